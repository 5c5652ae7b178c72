"""What is said around a form and its action, in English and Vietnamese."""

from typing import Final

from chorei.core import Language

Said = dict[Language, str]

SEVERAL: Final[Said] = {
    "en": "I see more than one there; please give just one.",
    "vi": "Tôi thấy nhiều hơn một; bạn hãy cho đúng một.",
}
UNCLEAR: Final[Said] = {
    "en": "I could not read that.",
    "vi": "Tôi chưa đọc được.",
}
MISMATCH: Final[Said] = {
    "en": "These details do not match our records.",
    "vi": "Các thông tin này không khớp với dữ liệu của chúng tôi.",
}
AGAIN: Final[Said] = {
    "en": "Let us try once more.",
    "vi": "Chúng ta thử lại nhé.",
}
GIVEN_UP: Final[Said] = {
    "en": "I cannot verify your details, so nothing was done. Please contact us directly.",
    "vi": "Tôi không xác minh được thông tin nên chưa làm gì cả. Bạn hãy liên hệ trực tiếp.",
}
NOT_CHECKED: Final[Said] = {
    "en": "The details cannot be checked right now, so nothing was done. Please try again later.",
    "vi": "Hiện không kiểm tra được thông tin nên chưa làm gì cả. Bạn hãy thử lại sau.",
}
NOT_ACCEPTED: Final[Said] = {
    "en": "These details cannot be used, so nothing was done: {reason}",
    "vi": "Không dùng được các thông tin này nên chưa làm gì cả: {reason}",
}
DECLINED: Final[Said] = {
    "en": "All right, nothing was done.",
    "vi": "Vâng, chưa có gì được thực hiện.",
}
FAILED: Final[Said] = {
    "en": "That did not work: {reason}",
    "vi": "Việc này không thành công: {reason}",
}
CANCELLED: Final[Said] = {
    "en": "All right, I have stopped. Nothing was done.",
    "vi": "Vâng, tôi đã dừng. Chưa có gì được thực hiện.",
}
CONFIRM: Final[Said] = {
    "en": "{summary} Shall I do that? (yes/no)",
    "vi": "{summary} Bạn có đồng ý không? (có/không)",
}
UNKNOWN_EFFECT: Final[Said] = {
    "en": "It is not known whether it took effect.",
    "vi": "Không rõ việc này đã có hiệu lực hay chưa.",
}
WOULD_RUN: Final[Said] = {
    "en": "Run '{tool}' with {arguments}.",
    "vi": "Chạy '{tool}' với {arguments}.",
}
WAITING: Final[Said] = {
    "en": "Back to your request: {question}",
    "vi": "Trở lại yêu cầu của bạn: {question}",
}
