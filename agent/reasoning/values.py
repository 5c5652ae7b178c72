"""Values that a program or a chain of thought came to: compared exactly, written for people."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any, Final

from chorei.core import Language, fold
from chorei.tools.calculator.formatting import show

SIGNIFICANT: Final = 12
"""Digits of a float that count: 0.1 + 0.2 is 0.3, and values that differ less are one."""
MOST_DIGITS: Final = 50
"""Digits before the decimal mark of the largest number that passes for an answer."""
LONGEST: Final = 1000
"""Characters of the longest text that passes for an answer."""
_ROUNDING: Final = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_EVEN)
_YES_NO: Final[dict[Language, tuple[str, str]]] = {"en": ("no", "yes"), "vi": ("không", "có")}


def number(value: Any) -> Decimal | None:
    """The exact number that a value is, also if it is written as text; None if it is none.

    A float is rounded to 12 significant digits, which drops what binary fractions add.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return plain(_ROUNDING.create_decimal(repr(value)))
    if isinstance(value, int):
        # Decimal(int) is exact; Decimal(str(int)) would raise above 4,300 digits.
        return Decimal(value)
    try:
        parsed = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return plain(parsed) if parsed.is_finite() else None


def plain(value: Decimal) -> Decimal:
    """A number without trailing zeros or a positive exponent: 1.50 → 1.5, 1E+3 → 1000."""
    if not value or value.adjusted() > MOST_DIGITS:
        return value if value else Decimal(0)
    digits = max(len(value.as_tuple().digits), value.adjusted() + 1)
    value = value.normalize(Context(prec=digits))
    exponent = value.as_tuple().exponent
    positive = isinstance(exponent, int) and exponent > 0
    return value.quantize(Decimal(1), context=Context(prec=digits)) if positive else value


def fault(value: Any) -> str | None:
    """Why a value is no answer, in the terms of Python; None if it is one."""
    if value is None:
        return "ValueError: the result is None"
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return f"ValueError: the result is {value}"
    found = number(value) if isinstance(value, int | float | Decimal) else None
    if found is not None and found.adjusted() >= MOST_DIGITS:
        return f"OverflowError: the result has {found.adjusted() + 1:,} digits"
    if isinstance(value, list | dict) and not value:
        return "ValueError: the result is empty"
    if found is None and not str(value).strip():
        return "ValueError: the result is an empty text"
    if found is None and len(str(value)) > LONGEST:
        return f"ValueError: the result is longer than {LONGEST:,} characters"
    return next(filter(None, map(fault, _parts(value))), None)


def canonical(value: Any) -> str:
    """A value as text that is the same whenever the value is: ``18.0`` and ``18`` are ``18``."""
    found = number(value)
    if found is not None:
        return format(found, "f")
    if isinstance(value, list):
        return f"[{', '.join(map(canonical, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {canonical(item)}' for key, item in value.items())}}}"
    return str(value).strip()


def same_key(value: Any) -> tuple[str, str]:
    """What two values have in common if they are one answer."""
    kind = "truth" if isinstance(value, bool) else "value"
    return kind, fold(canonical(value)).rstrip(".")


def written(value: Any, language: Language) -> tuple[str, str]:
    """A value in the number format of a language, and the note that it was rounded ("" if not)."""
    if isinstance(value, bool):
        return _YES_NO[language][value], ""
    found = number(value)
    if found is not None:
        return show(found, "", language)
    if isinstance(value, list):
        items = [written(item, language) for item in value]
        return "; ".join(text for text, _ in items), next((n for _, n in items if n), "")
    if isinstance(value, dict):
        pairs = [(key, written(item, language)) for key, item in value.items()]
        text = "; ".join(f"{key}: {text}" for key, (text, _) in pairs)
        return text, next((n for _, (_, n) in pairs if n), "")
    return str(value).strip(), ""


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
