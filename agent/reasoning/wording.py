"""What the reasoning engines say to people in their own words, in English and Vietnamese."""

from typing import Final

from chorei.core import Language

Phrase = dict[Language, str]

RESULT: Final[Phrase] = {"en": "The result is {value}.", "vi": "Kết quả là {value}."}
NO_PROGRAM: Final[Phrase] = {
    "en": "I could not compute this: the model wrote no program.",
    "vi": "Tôi không tính được: mô hình không viết chương trình nào.",
}
PROGRAM_FAILED: Final[Phrase] = {
    "en": "I could not compute this: the program failed ({error}).",
    "vi": "Tôi không tính được: chương trình bị lỗi ({error}).",
}
DISAGREE: Final[Phrase] = {
    "en": "I could not compute this reliably: {samples} attempts gave different results: {values}.",
    "vi": "Tôi không tính được một cách chắc chắn: {samples} lần thử cho kết quả khác nhau:"
    " {values}.",
}
PROGRAMS_AGREE: Final[Phrase] = {
    "en": "{votes} of {samples} programs agreed.",
    "vi": "{votes} trên {samples} chương trình cho cùng kết quả.",
}
CHAINS_AGREE: Final[Phrase] = {
    "en": "{votes} of {samples} lines of reasoning agreed.",
    "vi": "{votes} trên {samples} lập luận cho cùng kết quả.",
}
INVENTED_ONE: Final[Phrase] = {
    "en": "The program uses {values}, which stands neither in your question nor in the documents.",
    "vi": "Chương trình dùng {values}, số này không có trong câu hỏi lẫn tài liệu.",
}
INVENTED_MANY: Final[Phrase] = {
    "en": "The program uses {values}, which stand neither in your question nor in the documents.",
    "vi": "Chương trình dùng {values}, các số này không có trong câu hỏi lẫn tài liệu.",
}
REPAIRED: Final[Phrase] = {
    "en": "The first program failed and was corrected.",
    "vi": "Chương trình đầu tiên bị lỗi và đã được sửa.",
}
NO_ANSWER: Final[Phrase] = {
    "en": "The model reasoned about it but came to no answer.",
    "vi": "Mô hình đã lập luận nhưng không đi đến câu trả lời.",
}
WRONG_EQUATION: Final[Phrase] = {
    "en": "The reasoning holds a wrong calculation: {equation} (it is {value}).",
    "vi": "Lập luận có phép tính sai: {equation} (đúng là {value}).",
}
UNSURE: Final[Phrase] = {
    "en": "The model's answer would be {answer}, but its reasoning holds a wrong calculation.",
    "vi": "Câu trả lời của mô hình là {answer}, nhưng lập luận có phép tính sai.",
}
ENDED: Final[dict[str, Phrase]] = {
    "steps": {
        "en": "The limit of {steps} steps was reached",
        "vi": "Đã đến giới hạn {steps} bước",
    },
    "tokens": {
        "en": "The limit of {tokens} tokens was reached",
        "vi": "Đã đến giới hạn {tokens} token",
    },
    "seconds": {
        "en": "The limit of {seconds} seconds was reached",
        "vi": "Đã đến giới hạn {seconds} giây",
    },
    "repeated": {
        "en": "The model kept repeating the same call",
        "vi": "Mô hình lặp lại mãi một lệnh gọi",
    },
    "unclear": {
        "en": "The model's steps could not be read",
        "vi": "Không đọc được các bước của mô hình",
    },
    "context": {
        "en": "The conversation became longer than the model takes",
        "vi": "Cuộc trao đổi dài hơn mức mô hình nhận được",
    },
    "model": {
        "en": "The model stopped answering",
        "vi": "Mô hình ngừng trả lời",
    },
}
BEST_EFFORT: Final[Phrase] = {
    "en": "{ended}; this is the best answer so far, not a checked one.",
    "vi": "{ended}; đây là câu trả lời tốt nhất đến lúc này, chưa chắc chắn.",
}
GAVE_UP: Final[Phrase] = {
    "en": "I could not finish this: {ended}.",
    "vi": "Tôi chưa giải quyết xong: {ended}.",
}
DONE_SO_FAR: Final[Phrase] = {"en": "Done so far: {done}", "vi": "Đã làm: {done}"}
FOUND_SO_FAR: Final[Phrase] = {
    "en": "Found so far: {found}",
    "vi": "Đã tìm được: {found}",
}
CUT: Final[Phrase] = {
    "en": "The output of {tool} was longer than {limit} characters; the model saw part of it.",
    "vi": "Kết quả của {tool} dài hơn {limit} ký tự; mô hình chỉ thấy một phần.",
}
IN_WORDS: Final[Phrase] = {
    "en": "This looks like a calculation in words; a language model (setting `model`) could write"
    " a program for it.",
    "vi": "Câu này giống một bài toán bằng lời; mô hình ngôn ngữ (thiết lập `model`) có thể viết"
    " chương trình để tính.",
}
SEVERAL_STEPS: Final[Phrase] = {
    "en": "This asks for several things that build on one another; a language model (setting"
    " `model`) could work them out step by step.",
    "vi": "Câu này gồm nhiều bước nối tiếp nhau; mô hình ngôn ngữ (thiết lập `model`) có thể giải"
    " từng bước.",
}
A_TEXT: Final[Phrase] = {
    "en": "This asks for a text to be written; a language model (setting `model`) could do that.",
    "vi": "Câu này yêu cầu soạn văn bản; mô hình ngôn ngữ (thiết lập `model`) có thể làm việc đó.",
}
PROPOSED: Final[Phrase] = {
    "en": "This action needs facts that you must state yourself, and that are checked first.",
    "vi": "Việc này cần thông tin do chính bạn cung cấp và phải được kiểm tra trước.",
}
