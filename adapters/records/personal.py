"""Personal data in records: found by pattern, reported, masked.

Covered: e-mail addresses, telephone numbers (international and Vietnamese), payment card numbers
(checked with Luhn), IBANs (checked with mod 97), Vietnamese bank account numbers named as such,
and Vietnamese identity numbers (CCCD of 12 digits, CMND of 9). **Not covered**: names of people,
postal addresses, dates of birth, pictures; look for those yourself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import Field

from chorei.adapters.records.record import Record, Turn
from chorei.core import Frozen, RecordsError, fold

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_DIGITS = re.compile(r"(?<![\w.,])\(?\+?\d(?:[ .\-()]{0,2}\d){7,18}(?![\w]|[.,]\d)")
# Vietnamese mobile (03, 05, 07, 08, 09) and landline (02) numbers: ten or eleven digits.
_VIETNAMESE = re.compile(r"(?:0|84)(?:[35789]\d{8}|2\d{8,9})")
_IDENTITY = re.compile(r"\b(?:cccd|cmnd|can cuoc|chung minh|identity card|id card|citizen id)\b")
_ACCOUNT = re.compile(r"\b(?:tai khoan|stk|account|a/c|iban)\b")
_PHONE = re.compile(r"\b(?:tel|telephone|phone|mobile|call|ring|sdt|dien thoai|di dong|goi|zalo)\b")
_NEAR = 30


class Finding(Frozen):
    """A stretch of text that looks personal.

    Attributes:
        kind: ``email``, ``phone``, ``card``, ``iban``, ``account`` or ``identity``.
        start: Offset in the text.
        end: Offset after it.
    """

    kind: str
    start: int
    end: int


class PersonalData(Frozen):
    """The report of a scan; it holds masked samples only.

    Attributes:
        counts: How often each kind was found.
        samples: ``(line, kind, masked text)`` of the first findings.
    """

    counts: dict[str, int] = Field(default_factory=dict)
    samples: tuple[tuple[int, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.counts)

    def refuse(self) -> None:
        """Raise if anything was found.

        Raises:
            RecordsError: Says what was found where, without repeating it.
        """
        if not self:
            return
        total = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
        shown = "\n".join(f"  line {line}: {kind} {text}" for line, kind, text in self.samples)
        raise RecordsError(
            f"The records hold what looks like personal data ({total}):\n{shown}",
            hint="\nRemove it, or train with --mask-personal, or with --allow-personal if it is"
            " meant. Names and addresses of people are not looked for.",
            line=self.samples[0][0] or None,
        )


def find_personal(text: str) -> list[Finding]:
    """What looks personal in a text, in order, without overlaps."""
    found: list[Finding] = [Finding(kind="email", start=m.start(), end=m.end())
                            for m in _EMAIL.finditer(text)]  # fmt: skip
    found += [
        Finding(kind="iban", start=m.start(), end=m.end())
        for m in _IBAN.finditer(text)
        if _is_iban(m.group())
    ]
    for match in _DIGITS.finditer(text):
        kind = _kind(text, match)
        if kind:
            found.append(Finding(kind=kind, start=match.start(), end=match.end()))
    return list(_disjoint(sorted(found, key=lambda f: (f.start, -f.end))))


def scan(records: Iterable[Record], *, samples: int = 8) -> PersonalData:
    """Look through all messages of all records."""
    counts: Counter[str] = Counter()
    shown: list[tuple[int, str, str]] = []
    for record in records:
        for turn in record.messages:
            for finding in find_personal(turn.content):
                counts[finding.kind] += 1
                if len(shown) < samples:
                    text = _veiled(turn.content[finding.start : finding.end])
                    shown.append((record.line, finding.kind, text))
    return PersonalData(counts=dict(counts), samples=tuple(shown))


def mask(record: Record) -> Record:
    """The record with each finding replaced by its kind, as in ``[email]``."""
    return record.model_copy(
        update={
            "messages": tuple(
                Turn(role=turn.role, content=mask_text(turn.content)) for turn in record.messages
            ),
            "facts": tuple(mask_text(fact) for fact in record.facts),
        }
    )


def mask_text(text: str) -> str:
    """The text with each finding replaced by its kind."""
    for finding in reversed(find_personal(text)):
        text = f"{text[: finding.start]}[{finding.kind}]{text[finding.end :]}"
    return text


def _kind(text: str, match: re.Match[str]) -> str:
    raw = match.group()
    digits = re.sub(r"\D", "", raw)
    before = fold(text[max(0, match.start() - _NEAR) : match.start()])
    if raw.startswith(("+", "(+")):
        return "phone" if 8 <= len(digits) <= 15 else ""
    if len(digits) in (9, 12) and _IDENTITY.search(before):
        return "identity"
    if _ACCOUNT.search(before) and 8 <= len(digits) <= 15:
        return "account"
    if 13 <= len(digits) <= 19 and _luhn(digits):
        return "card"
    if _VIETNAMESE.fullmatch(digits):
        return "phone"
    if 9 <= len(digits) <= 12 and (raw.startswith(("0", "(0")) or _PHONE.search(before)):
        # A CCCD number starts with 0 as well; without its name only its length tells.
        return "identity" if len(digits) == 12 and raw.isdigit() else "phone"
    return ""


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B; a number of equal digits passes and is none."""
    if len(set(digits)) == 1:
        return False
    doubled = [int(d) for d in digits[-2::-2]]
    total = sum(int(d) for d in digits[-1::-2]) + sum(2 * d - 9 * (d > 4) for d in doubled)
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    """ISO 13616: the rearranged number is 1 modulo 97."""
    bare = text.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _veiled(text: str) -> str:
    return f"{text[0]}{'•' * min(len(text) - 2, 12)}{text[-1]}"


def _disjoint(found: Iterable[Finding]) -> Iterator[Finding]:
    end = 0
    for finding in found:
        if finding.start >= end:
            end = finding.end
            yield finding
