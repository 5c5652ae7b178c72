"""The wordings in which a term, or a question of an FAQ, is asked."""

import random
from collections.abc import Sequence
from typing import Final

from chorei.core import Language

# How people ask for the meaning of a term. The last three of each list are never trained on, so
# that the test asks in words that no record has. The more ways are trained, the more a model heeds
# the term and not the words around it.
PHRASINGS: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "What does {term} mean?",
        "What is {term}?",
        "Explain {term}.",
        "Please tell me what {term} is.",
        "Define {term}.",
        "What do we mean by {term}?",
        "{term}: what does it stand for?",
        "Tell me about {term}.",
        "I do not know the word {term}. What does it mean?",
        "What should I know about {term}?",
        "Could you describe {term}?",
        "Hello, what's {term}?",
        "We were talking about {term} today. What is it exactly?",
        "{term}, what is it?",
        "Do you know what {term} is?",
        "Remind me what {term} means.",
        "Could you help me understand {term}?",
        "I am new here. What is {term}?",
        "Is there a definition of {term}?",
        "What is {term} about?",
        "How would you describe {term} in one sentence?",
        "Which thing here do we call {term}?",
        "I would like to ask about {term}.",
        "I keep reading {term} and wonder what it is.",
        "Can you explain {term} to me?",
        "Somebody mentioned {term}. What is that?",
        "Meaning of {term}?",
    ),
    "vi": (
        "{term} là gì?",
        "{term} có nghĩa là gì?",
        "Hãy giải thích {term}.",
        "Cho tôi biết {term} là gì.",
        "{term} nghĩa là sao?",
        "Công ty gọi {term} là gì?",
        "{term} dùng để chỉ cái gì?",
        "Nói cho tôi nghe về {term}.",
        "Tôi chưa biết từ {term}. Từ đó nghĩa là gì?",
        "Thế nào là {term}?",
        "Vui lòng mô tả {term}.",
        "Xin chào, cho tôi hỏi {term} là gì ạ?",
        "Hôm nay mọi người bàn về {term}. Cụ thể là gì?",
        "{term} là cái gì thế?",
        "Bạn có biết {term} là gì không?",
        "Nhắc lại cho tôi {term} là gì.",
        "Giúp tôi hiểu {term} với.",
        "Tôi mới vào làm, {term} là gì?",
        "Có định nghĩa nào cho {term} không?",
        "{term} được hiểu như thế nào?",
        "Bạn mô tả {term} trong một câu được không?",
        "Ở đây cái gì được gọi là {term}?",
        "Tôi muốn hỏi về {term}.",
        "Tôi hay đọc thấy {term} mà không rõ là gì.",
        "Bạn giải thích giúp tôi {term} nhé?",
        "Có người nhắc đến {term}, đó là gì vậy?",
        "Ý nghĩa của {term}?",
    ),
}
HELD: Final = 3
# What people say around a question. Turning the question itself by rules gives wrong sentences now
# and then, so it stays as it is. The first is trained always; the last three never are, and are
# long, since a short frame around a long question would be nearly the same question.
FRAMES: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "{question}",
        "I have a question: {question}",
        "Hello! {question}",
        "Could you help me with this? {question}",
        "A customer asked me: {question}",
        "Quick question: {question}",
        "Please answer this: {question}",
        "A colleague wants to know this, and I am not sure what to tell her: {question}",
        "I looked in the handbook and did not find it. {question} Thanks for your help!",
        "There is something I have wondered about for a while: {question} Can you tell me?",
    ),
    "vi": (
        "{question}",
        "Cho tôi hỏi: {question}",
        "Xin chào! {question}",
        "Bạn giúp tôi câu này nhé: {question}",
        "Khách hàng hỏi tôi: {question}",
        "Hỏi nhanh: {question}",
        "Hãy trả lời câu này: {question}",
        "Đồng nghiệp của tôi muốn biết điều này mà tôi không rõ phải trả lời sao: {question}",
        "Tôi đã tìm trong sổ tay nhưng không thấy. {question} Cảm ơn bạn!",
        "Có một điều tôi thắc mắc đã lâu: {question} Bạn cho tôi biết với nhé?",
    ),
}


def some(wordings: Sequence[str], count: int, draw: random.Random) -> list[str]:
    """So many of the wordings, in a drawn order; all of them where there are no more."""
    return draw.sample(list(wordings), min(count, len(wordings)))
