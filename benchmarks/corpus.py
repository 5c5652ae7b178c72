"""Made-up prose for benchmarks: English and Vietnamese, words as frequent as in real text."""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

_ENGLISH = (
    "ba be bi co da de di fa ga he in ka la le lo ma me mi na ne no or pa re ri sa se so ta te"
)
_VIETNAMESE = (
    "nghỉ phép lương thưởng công ty nhân viên hợp đồng bảo hiểm chính sách giờ làm việc đào tạo"
    " quản lý dự án khách hàng sản phẩm báo cáo tài chính văn phòng thiết bị an toàn sức khỏe"
    " tháng năm ngày tuần được không phải cần các những một và của cho trong theo khi thì là"
).split()
_STOP = "the of and to in a is for on with as by at from or be an this that are".split()


class Prose:
    """Draws words by Zipf's law (the n-th most frequent has weight 1/n).

    Args:
        seed: The same seed gives the same text.
        words: Size of the English vocabulary.
    """

    def __init__(self, seed: int, words: int = 30_000) -> None:
        self._draw = random.Random(seed)
        syllables = _ENGLISH.split()
        made = dict.fromkeys(_STOP)
        while len(made) < words:
            made["".join(self._draw.choices(syllables, k=self._draw.randint(2, 5)))] = None
        self.words = list(made)
        self._weights = list(accumulate(1 / rank for rank in range(1, words + 1)))

    def sentence(self, *, vietnamese: bool = False) -> str:
        """One sentence of 6 to 24 words."""
        count = self._draw.randint(6, 24)
        if vietnamese:
            chosen = self._draw.choices(_VIETNAMESE, k=count)
        else:
            chosen = self._draw.choices(self.words, cum_weights=self._weights, k=count)
        return " ".join(chosen).capitalize() + "."

    def document(self, characters: int) -> str:
        """A Markdown document of about this length, one section in five in Vietnamese."""
        parts = [f"# {self.sentence()[:-1]}"]
        length = 0
        while length < characters:
            vietnamese = self._draw.random() < 0.2
            parts.append(f"## {self.sentence(vietnamese=vietnamese)[:40]}")
            for _ in range(self._draw.randint(2, 6)):
                paragraph = " ".join(
                    self.sentence(vietnamese=vietnamese) for _ in range(self._draw.randint(2, 6))
                )
                parts.append(paragraph)
                length += len(paragraph) + 2
        return "\n\n".join(parts) + "\n"

    def query(self) -> str:
        """A question of a few words, frequent and rare ones."""
        asked = self._draw.choices(self.words, cum_weights=self._weights, k=5)
        return f"what is the {' '.join(asked)}"


def write_files(folder: Path, prose: Prose, total: int, each: int) -> Iterator[Path]:
    """Write files of about ``each`` bytes until there are ``total`` bytes."""
    written = number = 0
    while written < total:
        path = folder / f"{number // 100:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = prose.document(each).encode()
        path.write_bytes(data)
        written += len(data)
        number += 1
        yield path
