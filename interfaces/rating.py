"""``/good`` and ``/bad`` of a chat: the last answer is rated, in the language of the answer."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chorei.core import Language, Verdict
    from chorei.interfaces.conversation import Conversation

_GOOD: Final[dict["Language", str]] = {
    "en": "Noted as good.",
    "vi": "Đã ghi nhận: câu trả lời tốt.",
}
_BAD: Final[dict["Language", str]] = {
    "en": "Noted as bad. Say what it should have been: /bad THE RIGHT ANSWER",
    "vi": "Đã ghi nhận: câu trả lời chưa tốt. Hãy cho biết câu đúng: /bad CÂU TRẢ LỜI ĐÚNG",
}
_CORRECTED: Final[dict["Language", str]] = {
    "en": "Noted as bad, with your correction.",
    "vi": "Đã ghi nhận: câu trả lời chưa tốt, kèm câu đúng của bạn.",
}
_WHERE: Final[dict["Language", str]] = {
    "en": "Kept with this conversation; chorei feedback lists all ratings.",
    "vi": "Lưu cùng cuộc trò chuyện này; xem tất cả bằng lệnh: chorei feedback",
}
_NOTHING: Final[dict["Language", str]] = {
    "en": "Nothing has been answered yet.",
    "vi": "Chưa có câu trả lời nào.",
}


def rate_last(conversation: "Conversation", rating: "Verdict", said: str) -> str:
    """Rates the last answer and gives what to say to the person.

    Args:
        conversation: The chat.
        rating: ``up`` or ``down``.
        said: After ``/bad`` what it should have said, after ``/good`` a remark.
    """
    answer = conversation.last
    if answer is None:
        setting = conversation.agent.settings.language
        return _NOTHING["vi" if setting == "vi" else "en"]
    if answer.approval is not None:
        return _NOTHING[answer.language]
    if rating == "up":
        conversation.agent.rate(conversation.session, "up", comment=said)
        told = _GOOD[answer.language]
    else:
        conversation.agent.rate(conversation.session, "down", correction=said)
        told = (_CORRECTED if said else _BAD)[answer.language]
    if not conversation.rated:
        conversation.rated = True
        told = f"{told} {_WHERE[answer.language]}"
    return told
