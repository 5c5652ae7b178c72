"""What the assistant says in its own words, in English and Vietnamese."""

from typing import Final

from chorei.core import Language

Phrase = dict[Language, str]

ACCORDING_TO: Final[Phrase] = {"en": "From {source}:", "vi": "Theo {source}:"}

NOT_FOUND: Final[Phrase] = {
    "en": "The documents do not answer this.",
    "vi": "Tài liệu không có câu trả lời cho câu hỏi này.",
}
NOTHING_ABOUT: Final[Phrase] = {
    "en": "They say nothing about {words}.",
    "vi": "Không tài liệu nào nói về {words}.",
}
CLOSEST: Final[Phrase] = {
    "en": "The closest documents are: {documents}.",
    "vi": "Tài liệu gần nhất: {documents}.",
}
EMPTY_LIBRARY: Final[Phrase] = {
    "en": "The library holds no documents yet. Add some with: chorei add PATH",
    "vi": "Thư viện chưa có tài liệu nào. Hãy thêm bằng lệnh: chorei add PATH",
}
CANNOT_COMPUTE: Final[Phrase] = {
    "en": "I cannot compute this: {reason}",
    "vi": "Tôi không tính được phép này: {reason}",
}
NO_QUESTION: Final[Phrase] = {
    "en": "I see no question there. Ask me something about the company's documents.",
    "vi": "Tôi không thấy câu hỏi nào. Hãy hỏi tôi về tài liệu của công ty.",
}
NOT_MY_TASK: Final[Phrase] = {
    "en": "I answer from the company's documents and compute; I do not write, translate or act.",
    "vi": "Tôi trả lời từ tài liệu của công ty và tính toán; tôi không soạn, dịch hay làm thay.",
}

GREETING: Final[Phrase] = {
    "en": "Hello! I am {assistant}. Ask me anything about {company}.",
    "vi": "Xin chào! Tôi là {assistant}. Bạn cứ hỏi tôi về {company}.",
}
IDENTITY: Final[Phrase] = {
    "en": (
        "I am {assistant}, an assistant that answers from the documents of {company}, quoting"
        " them word for word, and computes exactly. When the documents do not hold the answer,"
        " I say so."
    ),
    "vi": (
        "Tôi là {assistant}, trợ lý trả lời dựa trên tài liệu của {company}, trích nguyên văn,"
        " và tính toán chính xác. Khi tài liệu không có câu trả lời, tôi nói rõ."
    ),
}
ABILITIES: Final[Phrase] = {
    "en": (
        "Ask me about anything in the documents of {company}: I quote the sentences that answer"
        " and say where they stand. I also compute, for example a discount or a tax. You can ask"
        " in English or Vietnamese and follow up on an answer."
    ),
    "vi": (
        "Bạn có thể hỏi mọi điều có trong tài liệu của {company}: tôi trích câu trả lời và chỉ rõ"
        " nguồn. Tôi cũng tính toán, ví dụ chiết khấu hay thuế. Bạn có thể hỏi bằng tiếng Việt"
        " hoặc tiếng Anh và hỏi tiếp về câu trả lời."
    ),
}
THANKS: Final[Phrase] = {"en": "You are welcome.", "vi": "Không có gì ạ."}
FAREWELL: Final[Phrase] = {"en": "Goodbye!", "vi": "Tạm biệt!"}
THE_COMPANY: Final[Phrase] = {"en": "the company", "vi": "công ty"}

REASON_DOCUMENTS: Final[Phrase] = {
    "en": "A question of fact, so the company's documents were searched.",
    "vi": "Câu hỏi về thông tin, nên đã tìm trong tài liệu của công ty.",
}
REASON_FOLLOW_UP: Final[Phrase] = {
    "en": "It continues the question before it, so the documents were searched for both.",
    "vi": "Câu này tiếp nối câu hỏi trước, nên đã tìm tài liệu cho cả hai.",
}
REASON_CALCULATION: Final[Phrase] = {
    "en": "It continues the calculation before it, so a program computes it.",
    "vi": "Câu này tiếp nối phép tính trước, nên một chương trình sẽ tính.",
}
REASON_ARITHMETIC: Final[Phrase] = {
    "en": "Every number and word of it is arithmetic, so it was computed.",
    "vi": "Mọi con số và từ ngữ đều là phép tính, nên đã được tính.",
}
REASON_ABOUT: Final[Phrase] = {
    "en": "It is about the assistant itself.",
    "vi": "Câu này nói về chính trợ lý.",
}
REASON_NO_QUESTION: Final[Phrase] = {
    "en": "There is no word to search for.",
    "vi": "Không có từ nào để tìm.",
}
REASON_NOT_MY_TASK: Final[Phrase] = {
    "en": "It asks for a text to be made or an action, which needs a language model or a tool.",
    "vi": "Câu này yêu cầu soạn thảo hoặc hành động, cần mô hình ngôn ngữ hoặc công cụ.",
}
REASON_WITHOUT_MODEL: Final[Phrase] = {
    "en": "No language model could be asked, so the documents were searched.",
    "vi": "Không hỏi được mô hình ngôn ngữ nào, nên đã tìm trong tài liệu.",
}
MODEL_FAILED: Final[Phrase] = {
    "en": "The language model could not be used: {reason}",
    "vi": "Không dùng được mô hình ngôn ngữ: {reason}",
}
REASON_ADAPTER: Final[Phrase] = {
    "en": "The documents do not answer it, so the model's adapter was asked, which does not"
    " declare what it knows.",
    "vi": "Tài liệu không trả lời được, nên đã hỏi bộ điều hợp (adapter) của mô hình; nó không"
    " khai báo những gì nó biết.",
}
REASON_DECLARED: Final[Phrase] = {
    "en": "The model's adapter declares to know “{topic}”.",
    "vi": "Bộ điều hợp (adapter) của mô hình khai báo là biết “{topic}”.",
}
REASON_DOCUMENTED: Final[Phrase] = {
    "en": "The model's adapter declares to know “{topic}”, but the documents speak of it, and"
    " they count.",
    "vi": "Bộ điều hợp (adapter) khai báo là biết “{topic}”, nhưng tài liệu có nói đến và được"
    " ưu tiên.",
}
UNDECLARED: Final[Phrase] = {
    "en": "The model's adapter was not asked, as it does not declare to know this.",
    "vi": "Bộ điều hợp (adapter) của mô hình không được hỏi vì không khai báo là biết điều này.",
}
REASON_ACTION: Final[Phrase] = {
    "en": "It asks for something to be done, which one of the company's tools does.",
    "vi": "Câu này yêu cầu một việc mà công cụ của công ty làm được.",
}
ABANDONED: Final[Phrase] = {
    "en": "The action that waited for your decision was not done.",
    "vi": "Việc đang chờ bạn quyết định đã không được thực hiện.",
}
