"""Text as it is written: whole characters, no part of a stop string, thinking and calls apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.local.text import Detokenizer
from chorei.adapters.local.toolforms import HERMES, LLAMA, MISTRAL, complete, read_calls
from chorei.adapters.splitting import Splitter
from chorei.adapters.stops import StopStrings


class Bytes:
    """A tokenizer whose tokens are bytes."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool) -> str:
        return bytes(token_ids).decode(errors="replace")


@given(st.text())
def test_characters_come_whole(text: str) -> None:
    text = text.replace("\ufffd", "").encode(errors="ignore").decode()
    writer = Detokenizer(Bytes())
    pieces = [writer.add(byte) for byte in text.encode()]
    assert "".join(pieces) + writer.finish() == text
    assert all("\ufffd" not in piece for piece in pieces)


def test_vietnamese_letters_come_at_their_last_byte() -> None:
    writer = Detokenizer(Bytes())
    assert [writer.add(byte) for byte in "ộ".encode()] == ["", "", "ộ"]


def test_a_character_that_never_ends_is_left_out() -> None:
    writer = Detokenizer(Bytes())
    pieces = [writer.add(byte) for byte in "aộ".encode()[:-1]]
    assert "".join(pieces) + writer.finish() == "a"


def test_garbage_is_not_held_for_ever() -> None:
    writer = Detokenizer(Bytes())
    pieces = [writer.add(0x80) for _ in range(50)]
    assert sum(map(len, pieces)) >= 45


@given(st.text("abc", max_size=30), st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
       st.lists(st.integers(1, 5), max_size=30))  # fmt: skip
def test_stop_strings_whatever_the_cuts(text: str, stop: list[str], cuts: list[int]) -> None:
    places = [text.find(s) for s in stop if s in text]
    expected = text[: min(places)] if places else text
    watcher, shown, rest = StopStrings(stop), "", text
    for cut in [*cuts, len(rest)]:
        shown += watcher.add(rest[:cut])
        rest = rest[cut:]
    if not watcher.found:
        shown += watcher.add(rest) + watcher.finish()
    assert not any(s in shown for s in stop)
    # Where stop strings overlap, the one that is complete first ends the text.
    assert shown == expected or any(text.startswith(shown + s) for s in stop)


SPLITS = [
    ("<think>\nhm</think>\n\nHà Nội", False, None, ("hm", "Hà Nội", "")),
    ("hm</think>Hà Nội", True, None, ("hm", "Hà Nội", "")),
    ("<think>never closed", False, None, ("never closed", "", "")),
    ("  a < b <thin", False, None, ("", "  a < b <thin", "")),
    ("Sure.<tool_call>{}", False, "<tool_call>", ("", "Sure.", "<tool_call>{}")),
    ("<tool_call>{}</tool_call>", False, None, ("", "<tool_call>{}</tool_call>", "")),
    ("<think>x</think><tool_call>{}", False, "<tool_call>", ("x", "", "<tool_call>{}")),
    ('{"name": "f"}', False, "", ("", "", '{"name": "f"}')),
    ("no call {", False, "", ("", "no call {", "")),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(("text", "opened", "mark", "expected"), SPLITS)
def test_splitting(
    text: str, opened: bool, mark: str | None, expected: tuple[str, str, str], size: int
) -> None:
    splitter = Splitter(thinking=opened, mark=mark)
    thought = answer = ""
    for start in range(0, len(text), size):
        more = splitter.feed(text[start : start + size])
        thought, answer = thought + more[0], answer + more[1]
    last = splitter.close()
    assert (thought + last[0], answer + last[1], splitter.calls) == expected


SCHEMA = {"required": ["a"], "properties": {"b": {"type": "integer"}, "a": {"type": "string"}}}
TOOL = {"name": "f", "parameters": SCHEMA}
HERMES_CALL = '<tool_call>\n{"name": "tìm", "arguments": {"câu": "nghỉ phép"}}\n</tool_call>'
CALLS = [
    (HERMES_CALL, HERMES, [("tìm", {"câu": "nghỉ phép"})], ""),
    (HERMES_CALL + "\n" + HERMES_CALL + " x", HERMES, [("tìm", {"câu": "nghỉ phép"})] * 2, "x"),
    ('<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}', HERMES, [("f", {"a": 1})], ""),
    ('<tool_call>{"name": "f"}</tool_call>', HERMES, [("f", {})], ""),
    ('[TOOL_CALLS][{"name": "f", "arguments": {"a": 1}}]', MISTRAL, [("f", {"a": 1})], ""),
    ('{"name": "f", "parameters": {"a": 1}}', LLAMA, [("f", {"a": 1})], ""),
    ('{"name": "unknown", "parameters": {}}', LLAMA, [], '{"name": "unknown", "parameters": {}}'),
    ('{"answer": 3}', LLAMA, [], '{"answer": 3}'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form", "expected", "rest"), CALLS)
def test_calls_are_read(text, form, expected, rest) -> None:  # type: ignore[no-untyped-def]
    calls, broken, left = read_calls(text, form, ["f", "tìm"])
    assert [(call["name"], call["args"]) for call in calls] == expected
    assert not broken
    assert left == rest
    assert len({call["id"] for call in calls}) == len(calls)


def test_a_broken_call_is_kept_as_broken() -> None:
    calls, broken, rest = read_calls('<tool_call>{"name": "f", "argu', HERMES, ["f"])
    assert (calls, rest) == ([], "")
    assert broken[0]["args"] == '{"name": "f", "argu'


@given(st.text(max_size=60))
def test_reading_calls_never_fails(text: str) -> None:
    for form in (HERMES, MISTRAL, LLAMA):
        read_calls(form.opening + text, form, ["f"])
        complete(form.begin(TOOL) + text, form)


@pytest.mark.parametrize("form", [HERMES, MISTRAL, LLAMA])
def test_a_call_that_is_begun_can_be_completed(form) -> None:  # type: ignore[no-untyped-def]
    text = form.begin(TOOL) + 'Hà", "b": 1}}'
    assert not complete(text[:-1], form)
    assert complete(text, form)
    calls, _, _ = read_calls(text, form, ["f"])
    assert [(call["name"], call["args"]) for call in calls] == [("f", {"a": "Hà", "b": 1})]
