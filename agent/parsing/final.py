"""The final answer of a text that reasons first (chain of thought, arXiv 2201.11903)."""

import re
from collections.abc import Iterator
from typing import Final

from chorei.agent.parsing.labels import fold_in_place, labelled_parts
from chorei.agent.parsing.thinking import split_thinking
from chorei.core import nfc

_HASHES: Final = re.compile(r"^[ \t]*####[ \t]*(?=\S)", re.MULTILINE)
_BOXED: Final = re.compile(r"\\(?:boxed|fbox)[ ]?\{")
# On text without diacritics, in lower case.
_SENTENCE: Final = re.compile(
    r"\b(?:(?:the|my|our|final|correct|so) answer(?: to (?:the|this|your) (?:question|problem))?"
    r"|(?:vay |the )?(?:dap an|dap so|cau tra loi|ket qua)(?: cuoi cung| dung| chinh xac)?"
    r"(?: cua (?:bai toan|cau hoi|bai))?)"
    r"[*_ ]{0,4}(?: (?:is|would be|will be|must be|should be|equals|comes to|la|se la|bang)\b"
    r"(?: (?:therefore|thus|then|simply|approximately|about|do do|as follows|nhu sau)\b,?)?|[ ]?=)"
    r"[ ]?[:：]?"
)
# What follows the words of a cue and judges an answer more often than it is one.
_REMARK: Final = re.compile(
    r"[\s*_]*(?:(?:in)?correct|right|wrong|not|reasonable|plausible|below|above|given|verified"
    r"|dung|sai|chinh xac|hop ly|khong)\b(?! [0-9])[^0-9]{0,40}(?:[.!\n]|\Z)"
)
_STOP: Final = re.compile(r"[.!?](?=\s+[^\W\d_]|\s+[*_(\\])")
_ABBREVIATIONS: Final = frozenset("mr mrs ms dr st inc ltd co vs tp ths ts".split())
_MOST: Final = 2000
_SURE, _LIKELY, _PERHAPS = 2, 1, 0


def final_answer(text: str, cue: str | None = None) -> str | None:
    r"""What a text that reasons says its answer is.

    Known are ``#### 42``, ``\boxed{42}``, a label (``**Answer:** 42``, ``Final Answer:``,
    ``Đáp án:``) and a sentence (``The answer is 42.``, ``Câu trả lời cuối cùng là 42``), with or
    without diacritics. The last of them counts, since models correct themselves.

    Args:
        text: What the model wrote; thinking in tags is not searched.
        cue: Words of the prompt that the answer follows; if the text has them, their last
            occurrence decides.

    Returns:
        The answer without layout around it; None if the text states none.
    """
    said = nfc(split_thinking(text).text)
    plain = fold_in_place(said)
    if cue and (start := plain.rfind(fold_in_place(nfc(cue)))) >= 0:
        return _stated(said, start + len(nfc(cue))) or None
    stated = [found for found in _candidates(said, plain) if found[2]]
    return max(stated, key=lambda found: found[:2])[2] if stated else None


def _candidates(said: str, plain: str) -> Iterator[tuple[int, int, str]]:
    """How sure it is that this states the answer, where it begins, and the answer."""
    for match in _HASHES.finditer(said):
        line = said[match.end() : match.end() + _MOST].partition("\n")[0]
        yield _SURE, match.start(), _trimmed(line)
    for match in _SENTENCE.finditer(plain):
        sure = _LIKELY if _REMARK.match(plain, match.end()) else _SURE
        yield sure, match.start(), _stated(said, match.end())
    for part in labelled_parts(said)[1]:
        if part.kind in ("final", "answer"):
            answer = _trimmed(part.content.partition("\n\n")[0])
            # What follows "Answer:" may be the reasoning.
            sure = _PERHAPS if part.kind == "answer" and _STOP.search(answer) else _SURE
            yield sure, part.start, answer
    boxes = list(_BOXED.finditer(said))
    if boxes:
        yield _SURE, boxes[-1].start(), _trimmed(_inside(said, boxes[-1].end()))


def _stated(said: str, start: int) -> str:
    """The rest of the sentence; of the next line if the cue ends its own."""
    rest = said[start : start + _MOST].lstrip(" \t:：*_")
    line = next((line for line in rest.split("\n") if line.strip(" \t\r*_:`$")), "")
    for stop in _STOP.finditer(line):
        word = re.split(r"[\s.(]", line[max(stop.start() - 12, 0) : stop.start()])[-1]
        if fold_in_place(word) not in _ABBREVIATIONS and not (len(word) == 1 and word.isupper()):
            line = line[: stop.start()]
            break
    return _trimmed(line)


def _inside(said: str, start: int) -> str:
    depth = 1
    for offset, letter in enumerate(said[start : start + _MOST]):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return said[start : start + offset]
    return ""


def _trimmed(text: str) -> str:
    """Without white space, emphasis, a last full stop, and dollar signs that mean mathematics."""
    answer = text[:_MOST].strip().strip("*_`").strip()
    answer = answer.removesuffix(".").strip().strip("*_`").strip()
    box = _BOXED.search(answer)
    if box is not None:
        return _trimmed(_inside(answer, box.end()))
    if len(answer) > 2 and answer[0] == answer[-1] == "$":
        answer = answer.strip("$").strip()
    if answer.startswith(r"\(") and answer.endswith(r"\)"):
        answer = answer[2:-2].strip()
    return answer
