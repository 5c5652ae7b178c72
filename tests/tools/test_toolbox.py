import asyncio
import threading
import time
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from chorei.core import ToolArgumentError, ToolCall, ToolError, ToolNotFoundError
from chorei.tools import Tool, Toolbox, ToolOutput, calculator_tool, tool
from chorei.tools import calling as calling_of_tools


class Where(BaseModel):
    city: str


class Order(BaseModel):
    number: str
    price: Decimal


@dataclass
class Stock:
    item: str
    left: int


def box_of(function, **declared):
    return Toolbox([Tool.of(function, description="-", **declared)])


def returning(value):
    def give():
        return value

    return box_of(give).call("give")


def test_unique_and_valid_names():
    box = Toolbox([calculator_tool()])
    with pytest.raises(ToolError, match="already"):
        box.add(calculator_tool())
    for name in ("", "two words", "tính", "x" * 65, "a.b"):
        with pytest.raises(ToolError, match="cannot be the name"):
            box.add(lambda: "x", name=name or "?", description="-")


def test_unknown_tool_suggests_the_nearest():
    box = Toolbox([calculator_tool()])
    with pytest.raises(ToolNotFoundError, match="Did you mean 'calculator'"):
        box.get("calculater")
    call = box.call("calculater", {"expression": "1+1"})
    assert call.outcome == "invalid"
    assert "Did you mean 'calculator'" in call.result
    assert Toolbox().call("x").outcome == "invalid"


def test_added_tools_can_be_removed_and_listed():
    box = Toolbox([calculator_tool()])
    box.add(lambda: "x", name="other", description="-")
    assert [each.name for each in box] == ["calculator", "other"]
    box.remove("calculator")
    assert "calculator" not in box
    assert len(box) == 1
    with pytest.raises(ToolNotFoundError):
        box.remove("calculator")


def test_a_call_says_what_to_fix_and_runs_nothing():
    ran = []

    def order(number: str, count: int = 1) -> str:
        """Order."""
        ran.append(number)
        return number

    box = Toolbox([order])
    wrong = box.call("order", {"nmber": "A", "count": "many"})
    assert wrong.outcome == "invalid"
    for said in ("nmber", "did you mean 'number'", "count", '"many"', "required"):
        assert said in wrong.result
    assert "order(number: string, count: integer = 1)" in wrong.result
    assert not ran
    assert box.call("order", '{"number": "A", "count": "3"}').result == "A"
    assert box.call("order", {"number": 17}).result == "17"


@pytest.mark.parametrize(
    "arguments", ["{", "[1]", "nul", '{"number": }', 3, ["a"], '{"number": NaN, "count": 1}', b"{"]
)
def test_arguments_that_are_no_object(arguments):
    def order(number: str, count: int) -> str:
        """Order."""
        raise AssertionError

    call = Toolbox([order]).call("order", arguments)
    assert call.outcome == "invalid"
    assert "order(number: string, count: integer)" in call.result


def test_bare_text_for_a_single_argument():
    def find(query: str, k: int = 5) -> str:
        """Find."""
        return f"{query}/{k}"

    box = Toolbox([find])
    assert box.call("find", "annual leave").result == "annual leave/5"
    assert box.call("find", '"annual leave"').result == "annual leave/5"
    assert box.call("find", "42").result == "42/5"
    assert box.call("find", '{"query": "x", "k": 2}').result == "x/2"
    assert box.call("find", '{"query": "x"').outcome == "invalid"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["order", "count", "x", ""]), JSON) | JSON | st.text())
def test_arbitrary_arguments_never_raise_and_never_run_unless_valid(arguments):
    ran = []

    def send(order: str, count: int = 1) -> str:
        """Send."""
        assert isinstance(order, str)
        assert type(count) is int
        ran.append(order)
        return order

    call = Toolbox([send]).call("send", arguments)
    assert call.outcome in ("done", "invalid")
    assert bool(ran) == (call.outcome == "done")
    assert call.seconds >= 0
    assert ToolCall.model_validate_json(call.model_dump_json()) == call


@settings(max_examples=100, deadline=None)
@given(st.text(), JSON)
def test_arbitrary_names_never_raise(name, arguments):
    assert Toolbox([calculator_tool()]).call(name, arguments).outcome in (
        "done",
        "failed",
        "invalid",
    )


def test_nested_too_deep_or_too_large():
    deep: object = []
    for _ in range(2_000):
        deep = [deep]
    box = box_of(lambda: "x", schema={"type": "object", "properties": {"a": {}}}, name="f")
    assert box.call("f", {"a": deep}).outcome == "invalid"
    assert box.call("f", "[" * 100_000).outcome == "invalid"
    assert box.call("f", {"a": 10**5000}).outcome == "invalid"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("xin chào", "xin chào"),
        (None, "Done."),
        (True, "true"),
        (1.5, "1.5"),
        (Decimal("0.10"), "0.10"),
        (Order(number="A-1", price=Decimal(5)), '{"number":"A-1","price":"5"}'),
        (Stock("phin", 3), '{"item":"phin","left":3}'),
        ([1, "hai", {"a": None}], '[1,"hai",{"a":null}]'),
        (ToolOutput("short", artifact=object()), "short"),
        ("lone \ud800", "lone ?"),
    ],
)
def test_results_as_text(value, text):
    call = returning(value)
    assert (call.outcome, call.result) == ("done", text)


@pytest.mark.parametrize("value", [b"bytes", object(), {"a": b"\xff"}])
def test_results_that_are_no_text_fail(value):
    assert returning(value).outcome == "failed"


def test_long_results_are_trimmed_with_head_and_tail():
    box = box_of(lambda: "a" * 5_000 + "ZZZ", name="f", output=400)
    call = box.call("f")
    assert len(call.result) <= 400
    assert call.result.startswith("aaa")
    assert call.result.endswith("ZZZ")


def test_the_note_counts_exactly_what_is_left_out():
    from chorei.tools.output import trim

    text = "".join(chr(0x4E00 + n % 5_000) for n in range(9_999))
    cut = trim(text, 333)
    head, note, tail = cut.partition("\n[…")[0], cut, cut.rpartition("…]\n")[2]
    assert len(cut) <= 333
    assert text.startswith(head)
    assert text.endswith(tail)
    assert f"{len(text) - len(head) - len(tail):,} characters" in note


def test_exceptions_are_observations_without_secrets():
    def fetch():
        raise RuntimeError(
            "GET https://bob:hunter2@shop/api?api_key=abc123 failed: Bearer eyJhbGciOi.x.y"
            " password='s3cret' sk-abcdefghijk\n  at line 3"
        )

    call = box_of(fetch).call("fetch")
    assert call.outcome == "failed"
    assert call.result.startswith("RuntimeError: GET https://")
    for secret in ("hunter2", "abc123", "eyJ", "s3cret", "sk-abc", "Traceback", "\n"):
        assert secret not in call.result


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    "error",
    [
        UnprintableError(),
        SystemExit(3),
        StopIteration(),
        ToolError("no"),
        asyncio.CancelledError(),
        GeneratorExit(),
    ],
)
def test_whatever_a_tool_raises(error):
    def raising():
        raise error

    async def waiting():
        await asyncio.sleep(0)
        raise error

    for function in (raising, waiting):
        box = box_of(function)
        assert box.call(function.__name__).outcome == "failed"
        if not isinstance(error, GeneratorExit):
            assert asyncio.run(box.acall(function.__name__)).outcome == "failed"


async def test_a_cancelled_caller_is_cancelled():
    async def wait():
        await asyncio.sleep(20)

    calling = asyncio.create_task(box_of(wait).acall("wait"))
    await asyncio.sleep(0.01)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


def test_many_threads_at_once():
    def double(x: int) -> int:
        """Double."""
        return 2 * x

    box = Toolbox([double])
    results = {}

    def work(start):
        for x in range(start, start + 50):
            results[x] = box.call("double", {"x": x}).result

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 400
    assert all(text == str(2 * x) for x, text in results.items())
    assert box.given_up == 0


def test_a_slow_function_is_given_up_and_counted():
    release = threading.Event()

    def wait():
        release.wait(20)

    box = box_of(wait, seconds=0.05)
    call = box.call("wait")
    assert call.outcome == "failed"
    assert "longer than 0.05 seconds" in call.result
    assert box.given_up == 1
    release.set()
    while box.given_up:
        time.sleep(0.01)


def test_an_action_that_is_given_up_may_have_happened():
    release = threading.Event()
    box = box_of(lambda: release.wait(20), name="f", acts=True, seconds=0.05)
    assert "not known whether it took effect" in box.call("f", approved=True).result
    assert "Không rõ" in box.call("f", approved=True, language="vi").result
    release.set()


def test_no_more_starts_when_too_many_are_given_up(monkeypatch):
    monkeypatch.setattr(calling_of_tools, "MOST_GIVEN_UP", 2)
    release = threading.Event()
    ran = []

    def wait():
        ran.append(1)
        release.wait(20)

    box = box_of(wait, seconds=0.05)
    for _ in range(3):
        assert box.call("wait").outcome == "failed"
    assert len(ran) == 2
    release.set()


def test_coroutines_are_cancelled_at_the_limit():
    ended = []

    async def wait(seconds: float):
        try:
            await asyncio.sleep(seconds)
            return "slept"
        finally:
            ended.append(1)

    box = box_of(wait, seconds=0.05)
    assert "longer than" in box.call("wait", {"seconds": 20}).result
    assert "longer than" in asyncio.run(box.acall("wait", {"seconds": 20})).result
    assert len(ended) == 2
    assert box.given_up == 0
    assert box.call("wait", {"seconds": 0}).result == "slept"


def test_a_timeout_of_the_tool_itself_is_its_failure():
    async def ask():
        raise TimeoutError("the shop does not answer")

    box = box_of(ask)
    for call in (box.call("ask"), asyncio.run(box.acall("ask"))):
        assert call.result == "TimeoutError: the shop does not answer"


async def test_async_calls_do_not_block_the_loop():
    both = threading.Barrier(2, timeout=10)

    def meet():
        both.wait()
        return "met"

    box = box_of(meet)
    calls = await asyncio.gather(box.acall("meet"), box.acall("meet"))
    assert [call.result for call in calls] == ["met", "met"]


def test_a_tool_that_acts_never_runs_without_approval():
    ran = []

    @tool(acts=True)
    def delete(order: str) -> str:
        """Delete an order."""
        ran.append(order)
        return f"deleted {order}"

    box = Toolbox([delete])
    for call in (box.call("delete", {"order": "A"}), asyncio.run(box.acall("delete", "A"))):
        assert call.outcome == "refused"
    assert box.call("delete", {}).outcome == "invalid"
    assert box.as_langchain()[0].invoke({"order": "A"}).startswith("Nothing ran")
    assert not ran
    assert box.call("delete", {"order": "A"}, approved=True).result == "deleted A"
    assert ran == ["A"]


def test_approval_shows_one_clean_sentence():
    @tool(
        acts=True,
        summary={"en": "Delete order {order}.", "vi": "Xóa đơn {order}."},
    )
    def delete(order: str) -> str:
        """Delete an order."""
        return order

    box = Toolbox([delete])
    assert box.approval("delete", '{"order": "A-1"}', "vi").summary == "Xóa đơn A-1."
    spoofed = box.approval("delete", {"order": "A-1.\n\nApproved already\x1b[2J"}, "en").summary
    assert spoofed == "Delete order A-1. Approved already [2J."
    with pytest.raises(ToolArgumentError):
        box.approval("delete", {"ordr": "A"}, "en")
    assert box.approval("delete", {"order": "{order.__class__}"}, "en").summary.count("{") == 1


def test_a_summary_that_fails_allows_no_approval():
    box = box_of(lambda: "x", name="f", acts=True, summary="Send {nothing}.")
    with pytest.raises(ToolError, match="summary"):
        box.approval("f", {}, "en")
    plain = box_of(lambda: "x", name="f", acts=True)
    assert plain.approval("f", {}, "en").summary == "Run 'f' with –."


def test_texts_by_language():
    box = box_of(lambda: ToolOutput({"en": "done", "vi": "xong"}), name="f")
    assert box.call("f").result == "done"
    assert box.call("f", language="vi").result == "xong"


def test_artifacts_are_handed_to_the_program():
    box = box_of(lambda: ToolOutput("two", artifact=(1, 2)), name="f")
    assert box.use("f").artifact == (1, 2)
    assert asyncio.run(box.ause("f")).artifact == (1, 2)


def test_langchain_tools_keep_their_schema_artifact_and_failures():
    async def weather(city: str) -> tuple[str, dict[str, int]]:
        return f"18° in {city}", {"degrees": 18}

    def broken(city: str) -> str:
        raise ValueError("no network")

    box = Toolbox(
        [
            StructuredTool(
                name="weather",
                description="Weather.",
                args_schema={
                    "type": "object",
                    "properties": {"city": {"type": "string", "minLength": 2}},
                    "required": ["city"],
                },
                coroutine=weather,
                response_format="content_and_artifact",
            ),
            StructuredTool(name="broken", description="-", args_schema=Where, func=broken),
        ]
    )
    used = box.use("weather", {"city": "Huế"})
    assert (used.call.result, used.artifact) == ("18° in Huế", {"degrees": 18})
    assert asyncio.run(box.acall("weather", {"city": "Huế"})).outcome == "done"
    assert "city" in box.call("weather", {"city": "H"}).result
    assert box.call("weather", {"city": 3}).outcome == "invalid"
    assert box.call("broken", {"city": "Huế"}).result == "ValueError: no network"
    names = [each.name for each in box.as_langchain()]
    assert names == ["weather", "broken"]


def test_langchain_tools_that_a_graph_must_feed():
    from typing import Annotated

    from langchain_core.tools import InjectedToolArg, InjectedToolCallId, ToolException
    from langchain_core.tools import tool as langchain_tool

    @langchain_tool
    def fed(x: int, store: Annotated[dict, InjectedToolArg]) -> str:
        """Fed."""
        return str(x)

    @langchain_tool
    def knows_its_call(x: int, call: Annotated[str, InjectedToolCallId]) -> str:
        """Knows."""
        return f"{x} {bool(call)}"

    @langchain_tool
    def nested(item: Where, n: int = 2) -> str:
        """Nested."""
        assert isinstance(item, Where)
        return item.city * n

    def handled(x: int) -> str:
        raise ToolException("sold out, token=abc")

    handling = StructuredTool.from_function(
        handled, name="handled", description="-", handle_tool_error=True
    )
    with pytest.raises(ToolError, match="store"):
        Toolbox([fed])
    box = Toolbox([knows_its_call, nested, handling])
    assert box.call("knows_its_call", {"x": 1}).result == "1 True"
    assert box.call("nested", {"item": {"city": "Huế"}}).result == "HuếHuế"
    call = box.call("handled", {"x": 1})
    assert (call.outcome, call.result) == ("failed", "sold out, token=***")


def test_a_json_schema_fetches_nothing_over_the_network():
    box = box_of(
        lambda **_: "x",
        name="f",
        schema={"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}}},
    )
    assert box.call("f", {"a": 1}).outcome == "invalid"


@pytest.mark.slow
def test_a_process_of_its_own_is_killed(tmp_path, monkeypatch):
    module = tmp_path / "isolated_tools.py"
    module.write_text(
        "import os, time\n"
        "def pid(times: int) -> list[int]:\n"
        "    print('noise')\n"
        "    return [os.getpid()] * times\n"
        "def hang(file: str) -> str:\n"
        "    open(file, 'w').write(str(os.getpid()))\n"
        "    time.sleep(60)\n"
        "    return 'x'\n"
        "def fail() -> str:\n"
        "    raise ValueError('token=abc')\n"
        "def die() -> str:\n"
        "    os._exit(3)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import isolated_tools as there

    box = Toolbox()
    for function in (there.pid, there.fail, there.die):
        box.add(function, description="-", process=True)
    box.add(there.hang, description="-", process=True, seconds=3)
    import os

    assert str(os.getpid()) not in box.call("pid", {"times": 2}).result
    assert box.call("fail").result == "ValueError: token=***"
    assert "code 3" in box.call("die").result
    told = tmp_path / "pid"
    assert "longer than 3 seconds" in box.call("hang", {"file": str(told)}).result
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_only_functions_of_a_module_can_run_in_a_process():
    for function in (lambda: "x", calculator_tool().function):
        with pytest.raises(ToolError, match="process of its own"):
            Tool.of(function, name="f", description="-", process=True)
