"""What the calculator says, in English and Vietnamese."""

from typing import Final

from chorei.core import CalculationError, Language

# key: (English, Vietnamese); the names in braces are filled in by `say`.
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "ambiguous_commas": (
        "'{text}' can be one number or several; write '; ' between the arguments.",
        "'{text}' có thể là một số hoặc nhiều số; hãy viết '; ' giữa các đối số.",
    ),
    "ambiguous_percent": (
        "'%' can mean percent or remainder here; write '% of' or 'mod'.",
        "Dấu '%' ở đây có thể là phần trăm hoặc phép chia lấy dư; hãy viết '% của' hoặc 'mod'.",
    ),
    "argument_count": (
        "'{name}' takes {expected}, not {count}.",
        "'{name}' cần {expected}, không phải {count}.",
    ),
    "character": ("'{text}' is not part of arithmetic.", "'{text}' không thuộc phép tính."),
    "currencies": (
        "{left} and {right} cannot be calculated together without an exchange rate.",
        "Không thể tính chung {left} và {right} nếu không có tỷ giá.",
    ),
    "domain": (
        "'{name}' is not defined for this value.",
        "'{name}' không xác định với giá trị này.",
    ),
    "empty": ("There is nothing to calculate.", "Không có gì để tính."),
    "ends": (
        "The expression ends where a number is expected.",
        "Biểu thức kết thúc ở chỗ cần một số.",
    ),
    "expected_bracket": ("Expected '(' after '{name}'.", "Cần '(' sau '{name}'."),
    "expected_number": (
        "Expected a number here, not '{text}'.",
        "Ở đây cần một số, không phải '{text}'.",
    ),
    "expected_operator": (
        "Expected an operator before '{text}'.",
        "Cần một phép tính trước '{text}'.",
    ),
    "grouping": (
        "The digits of '{text}' are not grouped in threes.",
        "Các chữ số của '{text}' không được nhóm theo ba chữ số.",
    ),
    "length": (
        "The expression is longer than {limit} characters.",
        "Biểu thức dài hơn {limit} ký tự.",
    ),
    "money": (
        "Two amounts of money cannot be multiplied.",
        "Không thể nhân hai số tiền với nhau.",
    ),
    "money_function": (
        "'{name}' cannot be taken of money.",
        "Không thể tính '{name}' của số tiền.",
    ),
    "money_power": (
        "An amount of money cannot be raised to a power, nor be an exponent.",
        "Không thể lấy lũy thừa của số tiền hay dùng số tiền làm số mũ.",
    ),
    "nesting": (
        "Brackets and powers are nested more than {limit} deep.",
        "Ngoặc và lũy thừa lồng nhau quá {limit} tầng.",
    ),
    "places": (
        "'round' takes a whole number of places, from -{limit} to {limit}.",
        "'round' cần số chữ số là số nguyên từ -{limit} đến {limit}.",
    ),
    "read_as": ("Read {text} as {value} ({form} format).", "Đọc {text} là {value} (kiểu {form})."),
    "root": (
        "A negative number has no such root.",
        "Số âm không có căn này.",
    ),
    "rounded": (
        "Rounded to {places}; the exact value goes on.",
        "Đã làm tròn đến {places}; giá trị đúng còn tiếp.",
    ),
    "separator": (
        "'{text}' separates the arguments of a function only.",
        "'{text}' chỉ dùng để ngăn cách các đối số của hàm.",
    ),
    "size": (
        "The numbers get longer than {limit} digits.",
        "Các số dài hơn {limit} chữ số.",
    ),
    "unclosed": ("This bracket is not closed.", "Ngoặc này chưa được đóng."),
    "unopened": ("This bracket was not opened.", "Ngoặc này chưa được mở."),
    "word": (
        "'{text}' is not a number, operator or function that I know.",
        "'{text}' không phải là số, phép tính hay hàm mà tôi biết.",
    ),
    "zero": ("Division by zero.", "Phép chia cho 0."),
}


def say(key: str, language: Language, **fields: object) -> str:
    """The sentence ``key`` in ``language``, its blanks filled with ``fields``."""
    return _SENTENCES[key][language == "vi"].format(**fields)


def fault(
    key: str, language: Language, expression: str, position: int | None, **fields: object
) -> CalculationError:
    """The error that says ``key`` about the character at ``position``."""
    return CalculationError(say(key, language, **fields), expression=expression, position=position)


def places(count: int, language: Language) -> str:
    """``count`` decimal places in words, for "Rounded to …"."""
    if language == "vi":
        return f"{count} chữ số thập phân" if count else "số nguyên"
    if count == 0:
        return "a whole number"
    return f"{count} decimal place" + ("s" if count > 1 else "")


def arguments(least: int, most: int | None, language: Language) -> str:
    """How many arguments a function takes, in words."""
    if most == least:
        count = str(least)
    elif most is None:
        count = f"{least} or more" if language == "en" else f"ít nhất {least}"
    else:
        count = f"{least}–{most}"
    if language == "vi":
        return f"{count} đối số"
    return f"{count} argument" + ("" if count == "1" else "s")
