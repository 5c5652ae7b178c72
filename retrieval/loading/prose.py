"""Markdown and plain text files."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from chorei.retrieval.loading.decoding import decode
from chorei.retrieval.loading.frontmatter import front_matter
from chorei.retrieval.loading.markdown import Scanner
from chorei.retrieval.loading.parsed import Block, Parsed

_NUMBERED = re.compile(r"(?:\w+ )?(?:\d+|[IVXLC]+)[.:)]")


def parse_markdown(data: bytes, name: str) -> Parsed:
    """A Markdown file: its own characters, front matter left out of the blocks."""
    text = decode(data, name)
    front = front_matter(text)
    blocks = Scanner(text).scan(front.end)
    return Parsed(
        text=text,
        title=front.title or title_among(blocks) or stem(name),
        date=front.date,
        blocks=tuple(blocks),
        keywords=front.keywords,
    )


def parse_text(data: bytes, name: str) -> Parsed:
    """A plain text file: paragraphs and list items, no headings."""
    text = decode(data, name)
    blocks = Scanner(text, markup=False).scan()
    return Parsed(text=text, title=stem(name), blocks=tuple(blocks))


def title_among(blocks: Sequence[Block]) -> str:
    """The heading that is the title: the only one of the highest level, or the very first line.

    A document of sections without a heading above them all has none, and a numbered first
    section (``Điều 1.``) is no title.
    """
    headings = [block.heading for block in blocks if block.kind == "heading"]
    if not headings:
        return ""
    alone = all(heading[0] == headings[0][0] for heading in headings)
    if alone or (blocks[0].kind == "heading" and not _NUMBERED.match(headings[0][-1])):
        return headings[0][-1]
    return ""


def stem(name: str) -> str:
    """The file's name without folder and ending."""
    return PurePath(name.replace("\\", "/")).stem or name
