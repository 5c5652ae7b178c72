"""How Vietnamese asks for arithmetic; :mod:`~chorei.tools.calculator.phrases_en` has the notation.

Each word matches with its diacritics and without any.
"""

from typing import Final

from chorei.tools.calculator.template import Phrase

_TAX: Final = "(thuế vat|thuế gtgt|thuế giá trị gia tăng|thuế|vat|gtgt)"
_FEE: Final = f"({_TAX}|phí|phí dịch vụ|phụ phí|tiền boa|hoa hồng)"
_HOW_MUCH: Final = "(bao nhiêu|mấy) [tiền|đồng]"
_PERCENT: Final = "(bao nhiêu|mấy) percent"
_BILL: Final = "giá|số tiền|hóa đơn|hoá đơn|tổng tiền"
_HOLDS: Final = "(đã gồm|đã bao gồm|đã có|gồm|bao gồm)"
_NET: Final = (
    f"[thì] [hỏi] [tính] [giá|số tiền|tiền|giá tiền] (trước {_TAX}|chưa {_TAX}|gốc|chưa có {_TAX}"
    f"|chưa gồm {_TAX}|chưa bao gồm {_TAX}|không {_TAX})"
)
_REMAINS: Final = "[thì] [giá] [sẽ] [chỉ|phải] (còn|còn lại|trả|là còn) " + _HOW_MUCH
_YEARLY: Final = "[/ năm|một năm|mỗi năm|năm|hàng năm]"

BEFORE: Final = (
    "[xin|làm ơn|hãy|vui lòng|cho hỏi|cho tôi hỏi|cho tôi biết|cho biết|hỏi|thế|vậy]"
    " (tính|hãy tính|tính giúp|tính giùm|tính giúp tôi|tính cho tôi|kết quả của|giá trị của|mua"
    "|nếu mua|nếu|khi|cho tôi biết|cho biết|số tiền|tiền)"
)
AFTER: Final = (
    f"([thì] [giá] [tổng] [tổng cộng|tất cả] [tổng cộng là] (là|bằng|hết|tốn|được|thành|ra|giá"
    f"|có giá|phải trả|mất|cần trả|thì được|cộng lại là|thành)"
    f" [tổng cộng|tất cả|tổng] {_HOW_MUCH} [vậy|nhỉ|ạ|thế]"
    f"|{_HOW_MUCH} [vậy|nhỉ|ạ|thế]|[tổng cộng|tất cả] {_HOW_MUCH}|là gì|vậy|nhỉ|ạ|tất cả)"
)

PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase("{n} {t} [có] (giá|hết|tốn|là) [là] {a,} [thì] [giá] (mỗi|một) {u} [giá]", "{a} / {n}"),
    # "12 chai giá 300k mỗi chai bao nhiêu": with a comma it asks for one, else it is unclear.
    Phrase("{n} {t} [có] [giá] {a!} (mỗi|một) {u} [giá] bao nhiêu [tiền]", ""),
    Phrase(
        "{n} {t} [với|có] [giá|đơn giá|giá là] {a!} (mỗi|một|/|cho mỗi|cho một) {u}", "{n} * {a}"
    ),
    Phrase("{n} {t} (mỗi|một) {u} [có] [giá|đơn giá] [là] {a}", "{n} * {a}"),
    Phrase("[nếu] (mỗi|một) {u} [có] [giá|đơn giá] [là] {a} [thì] [mua] {n} {t}", "{n} * {a}"),
    Phrase("{n} {t} [với] đơn giá [là] {a}", "{n} * {a}"),
    Phrase("{p} của {a}", "{p} * {a}"),
    Phrase("[một] nửa [của] {a}", "{a} / 2"),
    Phrase("một phần ba [của] {a}", "{a} / 3"),
    Phrase("một phần tư [của] {a}", "{a} / 4"),
    Phrase("(gấp đôi|gấp hai lần|hai lần) [của] {a}", "2 * {a}"),
    Phrase("gấp ba [lần] [của] {a}", "3 * {a}"),
    Phrase("[tính] (tổng|tổng cộng|tổng số|tổng số tiền) [của|cộng|các số] {list}", "sum({list})"),
    Phrase("cộng {list} [lại]", "sum({list})"),
    Phrase("{list} (cộng lại|tổng cộng|tất cả)", "sum({list})"),
    Phrase(
        "[tính] [số|giá trị|điểm] (trung bình|trung bình cộng) [của|giữa] [các số] {list}",
        "avg({list})",
    ),
    Phrase("[số] trung vị [của] {list}", "median({list})"),
    Phrase("[số] lớn nhất (trong|trong các số|của|giữa) {list}", "max({list})"),
    Phrase("[số] nhỏ nhất (trong|trong các số|của|giữa) {list}", "min({list})"),
    Phrase("tích [của] {a} và {b}", "{a} * {b}"),
    Phrase("hiệu [của|giữa] {a} và {b}", "{a} - {b}"),
    Phrase("[số tiền|mức|độ] (chênh lệch|chênh nhau) [của|giữa] {a} và {b}", "abs({a} - {b})"),
    Phrase("{a} và {b} (chênh lệch|chênh nhau|hơn kém nhau) [bao nhiêu]", "abs({a} - {b})"),
    Phrase("{a} (hơn|lớn hơn|nhiều hơn|cao hơn) {b} [là]", "{a} - {b}"),
    Phrase("{a} (kém|nhỏ hơn|ít hơn|thấp hơn) {b} [là]", "{b} - {a}"),
    Phrase("thương [của] {a} và {b}", "{a} / {b}"),
    Phrase("{a} chia [cho] {b} [thì] (dư|còn dư) [bao nhiêu|mấy]", "{a} mod {b}"),
    Phrase("số dư (khi|của) {a} chia [cho] {b}", "{a} mod {b}"),
    # Percentages asked for.
    Phrase(
        f"{{a}} (là|bằng|chiếm) {_PERCENT} (của|so với|trên|trong|trong tổng số) {{b}}",
        "{a} / {b} * 100",
        "%",
    ),
    Phrase(
        f"{{a}} (trên|so với|trong|trong tổng số) {{b}} (là|bằng|chiếm|được) {_PERCENT}",
        "{a} / {b} * 100",
        "%",
    ),
    Phrase("(tỷ lệ|tỉ lệ) [percent] [của] {a} (trên|so với|trong) {b}", "{a} / {b} * 100", "%"),
    Phrase("{a} (là|bằng|chiếm) {p} của (số nào|bao nhiêu|số bao nhiêu)", "{a} / {p}"),
    Phrase("{p} của (số nào|bao nhiêu|số bao nhiêu) (là|bằng) {a}", "{a} / {p}"),
    Phrase(
        f"[giá|{{t}}] [tăng] từ {{a}} (lên|đến|thành|sang|tới|lên đến|lên tới) {{b}} [là|thì]"
        f" (tăng|thay đổi|tăng thêm|tăng lên) {_PERCENT}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        f"[giá|{{t}}] [giảm] từ {{a}} (xuống|còn|đến|thành|sang|tới|xuống còn) {{b}} [là|thì]"
        f" (giảm|giảm đi) {_PERCENT}",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[tỷ lệ|tỉ lệ|mức] [percent] (tăng|tăng trưởng|thay đổi) [percent] từ {a}"
        f" (lên|đến|thành|sang|tới) {{b}} [là] [{_PERCENT}]",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[tỷ lệ|tỉ lệ|mức] [percent] giảm [percent] từ {a} (xuống|còn|đến|tới|xuống còn) {b}"
        f" [là] [{_PERCENT}]",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    # Discounts, taxes and what they leave.
    Phrase(
        f"(giảm|giảm giá|chiết khấu|khuyến mãi) {{p}} (của|cho|trên|từ|giá|cho giá|cho đơn"
        f"|cho đơn hàng) {{a}} {_REMAINS}",
        "{a} - {p}",
    ),
    Phrase("(tiền|số tiền) [được] (giảm|giảm giá|chiết khấu) {p} (của|cho|trên) {a}", "{p} * {a}"),
    Phrase(f"{_FEE} {{p}} (của|trên|cho|tính trên) {{a}}", "{p} * {a}"),
    Phrase(f"{{p}} {_FEE} (của|trên|cho|tính trên) {{a}}", "{p} * {a}"),
    Phrase(
        f"[nếu] [{_BILL}] [bán] {_HOLDS} [{_TAX}] {{p}} [{_TAX}] là {{a}} {_NET}",
        "{a} / (1 + {p})",
    ),
    Phrase(
        f"[nếu] [{_BILL}] {{a}} {_HOLDS} [{_TAX}] {{p}} [{_TAX}] {_NET}",
        "{a} / (1 + {p})",
    ),
    Phrase(
        f"[{_BILL}] {{a}} {_HOLDS} [{_TAX}] {{p}} [{_TAX}] [thì] (tiền|số tiền) {_TAX}",
        "{a} - {a} / (1 + {p})",
    ),
    Phrase(
        "[giá|số tiền] sau khi (giảm|giảm giá|chiết khấu) {p} (của|từ|cho|trên) {a}", "{a} - {p}"
    ),
    Phrase(f"(cộng thêm|cộng|thêm|tính thêm) [{_FEE}] {{p}} [{_FEE}] (vào|cho) {{a}}", "{a} + {p}"),
    Phrase("tăng {a} [thêm|lên] {p}", "{a} + {p}"),
    Phrase("giảm {a} [đi|bớt] {p}", "{a} - {p}"),
    Phrase(
        f"{_NET} [là] [{_HOW_MUCH}] (nếu|khi|biết) [giá|số tiền|tổng tiền] (đã gồm|đã bao gồm"
        f"|đã có|gồm|bao gồm) [{_TAX}] {{p}} [{_TAX}] là {{a}}",
        "{a} / (1 + {p})",
    ),
    Phrase(
        f"[giá] (chưa|trước|chưa gồm|chưa có|chưa bao gồm) {_TAX} [là] {{a}} {_TAX} {{p}} [thì]"
        f" [giá] [sau {_TAX}|đã gồm {_TAX}|tổng cộng|tổng]",
        "{a} + {p}",
    ),
    Phrase(f"{_PERCENT} của {{b}} (là|bằng) {{a}}", "{a} / {b} * 100", "%"),
    Phrase("bình phương [của] {a}", "{a} ** 2"),
    Phrase("lập phương [của] {a}", "{a} ** 3"),
    Phrase("lấy {a} trừ [đi] {b}", "{a} - {b}"),
    # Shares and prices of one.
    Phrase(
        "chia [đều] {a} (cho|ra) {n} [{t}] [thì] [mỗi {u} [được|nhận|trả|phải trả]]", "{a} / {n}"
    ),
    Phrase(
        "{a} chia [đều] [cho|ra] {n} [{t}] [thì] [mỗi {u} [được|nhận|trả|phải trả]]", "{a} / {n}"
    ),
    Phrase(
        "[nếu] {n} {t} [có] (giá|hết|tốn|là) [là] {a} [thì] [mua] {k} {u} [giá]", "{a} / {n} * {k}"
    ),
    # Interest and margins.
    Phrase(
        f"[tiền] lãi đơn [của|cho|khi gửi|gửi] {{a}} [với|ở] [lãi suất] {{p}} {_YEARLY}"
        " [trong|gửi|sau] {n} năm",
        "{a} * {p} * {n}",
    ),
    Phrase(
        f"[tiền] lãi đơn [của|cho|khi gửi|gửi] {{a}} [với|ở] [lãi suất] {{p}} {_YEARLY}"
        " [trong|gửi|sau] {n} tháng",
        "{a} * {p} * {n} / 12",
    ),
    Phrase(
        f"[tiền] lãi kép [của|cho|khi gửi|gửi] {{a}} [với|ở] [lãi suất] {{p}} {_YEARLY}"
        " [trong|gửi|sau] {n} năm",
        "{a} * (1 + {p}) ** {n} - {a}",
    ),
    Phrase(
        "biên lợi nhuận [gộp] [khi|nếu|với] giá vốn [là] {a} [và] giá bán [là] {b}",
        "({b} - {a}) / {b} * 100",
        "%",
    ),
)

BASES: Final = (
    Phrase(
        "[một] [cái|chiếc|món|sản phẩm|đơn hàng|hóa đơn|hoá đơn|món hàng]"
        " [giá gốc|giá bán|giá niêm yết|giá] [là] {a}",
        "{a}",
    ),
    Phrase("[một] {t} [có] [giá gốc|giá] [là] {a}", "{a}"),
)

CHANGES: Final = (
    Phrase(
        "[và] [được|đang|sau khi] (giảm|giảm giá|chiết khấu|trừ|bớt) [đi] {p} "
        f"[{_REMAINS}|thì còn|còn|còn lại]",
        "{x} - {p}",
    ),
    Phrase("[và] (tăng|tăng thêm|tăng giá) {p}", "{x} + {p}"),
    Phrase(
        f"[và] (cộng thêm|cộng|thêm|chưa gồm|chưa bao gồm|chưa có|chưa tính|chịu) [{_FEE}] {{p}}"
        f" [{_FEE}] [[thì] [giá] (sau|gồm|đã gồm|có|bao gồm) {_TAX}]",
        "{x} + {p}",
    ),
    Phrase("(cộng|thêm|cộng thêm|và) {a} [tiền] [phí] (ship|vận chuyển|giao hàng)", "{x} + {a}"),
    Phrase("(và|cộng) {n} {t} [với|có] [giá|đơn giá] {a} (mỗi|một|/) {u}", "{x} + {n} * {a}"),
    Phrase("chia [đều] [cho|ra] {n} [{t}] [thì] [mỗi {u} [được|nhận|trả|phải trả]]", "{x} / {n}"),
)
