"""HTML, in the child process."""

# markdownify calls every `convert_…` with the same three arguments.
# ruff: noqa: ARG002

import codecs
import re
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from markdownify import ATX, MarkdownConverter

from chorei.retrieval.loading.protocol import RefusedError

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_UNREAD = ("script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "head")
_CONTROLS = ("button", "select", "input", "textarea", "datalist")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DATES = ("date", "last-modified", "dcterms.modified", "dcterms.date", "article:modified_time")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_MOST_COLUMNS = 50


def parse(data: bytes, max_bytes: int) -> dict[str, Any]:  # noqa: ARG001
    """The visible text of a page as Markdown, with its title and date.

    Raises:
        RefusedError: Its characters cannot be told.
    """
    soup = BeautifulSoup(_decoded(data), "lxml")
    title = soup.title.get_text() if soup.title else ""
    date = _date(soup)
    for tag in soup.find_all((*_UNREAD, *_CONTROLS)):
        tag.decompose()
    for tag in soup.find_all(_hidden):
        tag.decompose()
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for numbered in soup.find_all("ol"):
        start = str(numbered.get("start", "1"))
        first = int(start) if start.isdecimal() and len(start) < 10 else 1
        for number, item in enumerate(numbered.find_all("li", recursive=False), start=first):
            item["value"] = str(number)
    text = _Converter(
        heading_style=ATX,
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        table_infer_header=True,
        newline_style="backslash",
    ).convert_soup(soup)
    pages = [_BLANK_LINES.sub("\n\n", text)]
    return {"title": " ".join(title.split()), "date": date, "pages": pages}


class _Converter(MarkdownConverter):
    """Markdown without decoration: what is quoted should read like the page."""

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Addresses that work from anywhere; other links are text."""
        target = str(el.get("href", ""))
        label = text.strip()
        if not target.startswith(("http://", "https://", "mailto:")) or not label:
            return text
        if label in (target, target.removeprefix("mailto:")):
            return text
        return text.replace(label, f"[{label}]({target.replace(' ', '%20')})", 1)

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """What the picture says to people who do not see it."""
        return str(el.get("alt", ""))

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A new line; inside a heading or a cell, a space."""
        return " " if "_inline" in parent_tags else "\n"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """One item; its number was counted before, which keeps long lists linear."""
        mark = f"{el['value']}. " if el.parent is not None and el.parent.name == "ol" else "- "
        lines = text.strip().split("\n")
        rest = [f"{' ' * len(mark)}{line}" if line.strip() else "" for line in lines[1:]]
        return "\n".join([mark + lines[0], *rest]) + "\n" if text.strip() else "\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A term, above its description."""
        return f"\n\n**{' '.join(text.split())}**\n\n" if text.strip() else ""

    convert_summary = convert_dt

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A description as a paragraph."""
        return f"\n\n{text.strip()}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """One cell; a bar in it is no border."""
        written = str(el.get("colspan", "1"))
        span = int(written) if written.isdecimal() and len(written) < 4 else 1
        cell = " ".join(text.split()).replace("|", "\\|")
        return f" {cell} |" + " |" * (min(max(span, 1), _MOST_COLUMNS) - 1)

    convert_th = convert_td


def _decoded(data: bytes) -> str:
    """The characters: by byte order mark, as UTF-8, or as the page itself declares."""
    declared = _CHARSET.search(data[:4096])
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    tried = ["utf-16"] if utf16 else ["utf-8-sig"]
    if declared and not utf16:
        tried.append(declared[1].decode("ascii"))
    for encoding in tried:
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
        if "\0" not in text:
            return text
    raise RefusedError("malformed", f"its characters are not {' or '.join(tried)}.")


def _hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or bool(_INVISIBLE.search(str(tag.get("style", ""))))
    )


def _date(soup: BeautifulSoup) -> str | None:
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or "").lower()
        written = str(tag.get("content", ""))[:10]
        if name in _DATES and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return written
    return None
