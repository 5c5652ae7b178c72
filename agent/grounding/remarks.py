"""What the prompted engines remark beside an answer, in English and Vietnamese."""

from typing import Final

from chorei.agent.phrases import Phrase

WITHHELD: Final[Phrase] = {
    "en": "Left out what the model wrote without support in the documents ({count} of {total}"
    " statements).",
    "vi": "Đã bỏ những gì mô hình viết mà tài liệu không có ({count} trên {total} ý).",
}
QUOTED_ALONE: Final[Phrase] = {
    "en": "The documents do not support what the model wrote, so they are quoted instead.",
    "vi": "Tài liệu không có những gì mô hình viết, nên chỉ trích nguyên văn.",
}
MODEL_DECLINED: Final[Phrase] = {
    "en": "The model found no answer in these passages; they are quoted so that you can judge.",
    "vi": "Mô hình không thấy câu trả lời trong các đoạn này; xin trích để bạn tự xem.",
}
PASSAGES_DROPPED: Final[Phrase] = {
    "en": "There was no room for {count} further passages in the model's context.",
    "vi": "Ngữ cảnh của mô hình không đủ chỗ cho {count} đoạn nữa.",
}
FROM_MODEL: Final[Phrase] = {
    "en": "From the model's own knowledge, not from your documents:",
    "vi": "Theo hiểu biết riêng của mô hình, không phải từ tài liệu của bạn:",
}
UNCHECKED: Final[Phrase] = {
    "en": "No document holds these numbers: {numbers}.",
    "vi": "Không tài liệu nào có các số này: {numbers}.",
}
DISAGREES: Final[Phrase] = {
    "en": "The model says otherwise; the documents count.",
    "vi": "Mô hình nói khác; tài liệu được ưu tiên.",
}
FROM_ADAPTER: Final[Phrase] = {
    "en": "From what the model was trained on, not from your documents:",
    "vi": "Theo những gì mô hình đã được huấn luyện, không phải từ tài liệu của bạn:",
}
ADAPTER_DIFFERS: Final[Phrase] = {
    "en": "The adapter was taught otherwise about “{topic}”; the documents count.",
    "vi": "Bộ điều hợp được dạy khác về “{topic}”; tài liệu được ưu tiên.",
}
ADAPTER_UNCONFIRMED: Final[Phrase] = {
    "en": "What the adapter says about “{topic}” does not stand in these documents; they count.",
    "vi": "Điều bộ điều hợp nói về “{topic}” không có trong các tài liệu này; tài liệu được ưu"
    " tiên.",
}
ADAPTER_STRAYS: Final[Phrase] = {
    "en": "The adapter knows “{topic}”, but wrote what it was not taught; that is withheld.",
    "vi": "Bộ điều hợp biết “{topic}”, nhưng đã viết điều không được dạy; nội dung đó bị giữ lại.",
}
ADAPTER_SILENT: Final[Phrase] = {
    "en": "The adapter knows “{topic}”, but not what is asked here.",
    "vi": "Bộ điều hợp biết “{topic}”, nhưng không biết điều được hỏi ở đây.",
}
ADAPTER_CUT: Final[Phrase] = {
    "en": "Left out what the adapter wrote beyond what it was taught.",
    "vi": "Đã bỏ những gì bộ điều hợp viết ngoài điều được dạy.",
}
MODEL_SILENT: Final[Phrase] = {
    "en": "Neither the documents nor the model answer this.",
    "vi": "Cả tài liệu lẫn mô hình đều không có câu trả lời.",
}
ASKED_MODEL: Final[Phrase] = {
    "en": "The rules were not sure, so the model chose where to send it.",
    "vi": "Quy tắc không chắc chắn, nên mô hình đã chọn hướng xử lý.",
}
WORD_PROBLEM: Final[Phrase] = {
    "en": "A word problem that gives its own numbers, so a program computes it.",
    "vi": "Bài toán đố có sẵn số liệu, nên một chương trình sẽ tính.",
}
HISTORY_DROPPED: Final[Phrase] = {
    "en": "The {count} oldest turns of the conversation were left out for lack of room.",
    "vi": "Đã bỏ {count} lượt hội thoại cũ nhất vì không đủ chỗ.",
}
HISTORY_SUMMARISED: Final[Phrase] = {
    "en": "{count} earlier turns of the conversation were summarised.",
    "vi": "Đã tóm tắt {count} lượt hội thoại trước.",
}
SUMMARY: Final[Phrase] = {
    "en": "(A summary of our conversation before: {summary})",
    "vi": "(Tóm tắt phần trò chuyện trước đó: {summary})",
}
