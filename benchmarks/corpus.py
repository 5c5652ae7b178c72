"""Made-up prose for benchmarks: English and Vietnamese, words as frequent as in real text."""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

_ENGLISH = (
    "ba be bi co da de di fa ga he in ka la le lo ma me mi na ne no or pa re ri sa se so ta te"
)
_VIETNAMESE = (
    "và của các là có trong được cho với không người này một những khi để về theo phải nghỉ phép"
    " lương công ty nhân viên hợp đồng bảo hiểm"
)
_INITIALS = "b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x".split()
_RHYMES = (
    "a á à ả ạ an án ang áng ao áo ăn ắn âm ấm ân ấn âu ấu e é em én ê ế ên i í inh ính o ó oa on"
    " óng ô ố ôi ối ông ống ơ ớ ơi ới u ú ui uy uý uyên uyến ư ứ ương ướng ươi ưu iên iến yêu iêu"
).split()
_STOP = "the of and to in a is for on with as by at from or be an this that are".split()


class Prose:
    """Draws words by Zipf's law (the n-th most frequent has weight 1/n).

    Args:
        seed: The same seed gives the same text.
        words: Size of the English vocabulary; the Vietnamese one has some 1,500 syllables.
    """

    def __init__(self, seed: int, words: int = 30_000) -> None:
        self._draw = random.Random(seed)
        syllables = _ENGLISH.split()
        made = dict.fromkeys(_STOP)
        while len(made) < words:
            made["".join(self._draw.choices(syllables, k=self._draw.randint(2, 5)))] = None
        self.words = list(made)
        spelt = [initial + rhyme for initial in _INITIALS for rhyme in _RHYMES]
        self._draw.shuffle(spelt)
        self._syllables = list(dict.fromkeys(_VIETNAMESE.split() + spelt))
        self._common = list(accumulate(1 / rank for rank in range(1, len(self._syllables) + 1)))
        self._weights = list(accumulate(1 / rank for rank in range(1, words + 1)))

    def sentence(self, *, vietnamese: bool = False) -> str:
        """One sentence of 6 to 24 words."""
        count = self._draw.randint(6, 24)
        if vietnamese:
            chosen = self._draw.choices(self._syllables, cum_weights=self._common, k=count)
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
