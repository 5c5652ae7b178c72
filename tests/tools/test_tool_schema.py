import datetime as dt
import enum
import functools
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from chorei.core import ToolError
from chorei.tools import Tool, Toolbox, tool


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Item(BaseModel):
    name: str
    count: Annotated[int, Field(ge=1)] = 1


def book(
    item: Item,
    day: dt.date,
    price: Decimal,
    size: Size = Size.SMALL,
    kind: Literal["pick-up", "post"] = "post",
    *,
    tags: tuple[str, ...] = (),
) -> str:
    """Book an item.

    It is kept for a day.

    Args:
        item: What is booked, with
            its count.
        day (date): The day.
        price: The price: in euro.

    Returns:
        A text.
    """
    assert isinstance(item, Item)
    assert isinstance(day, dt.date)
    assert isinstance(tags, tuple)
    return f"{item.count} {item.name} {day} {price} {size.value} {kind} {'+'.join(tags)}"


def test_a_function_with_type_hints_and_a_docstring():
    made = Tool.of(book)
    assert made.name == "book"
    assert made.description == "Book an item.\n\nIt is kept for a day."
    properties = made.schema.json["properties"]
    assert properties["item"]["description"] == "What is booked, with its count."
    assert properties["day"]["description"] == "The day."
    assert properties["price"]["description"] == "The price: in euro."
    assert made.schema.required == ("item", "day", "price")
    assert made.schema.line("book") == (
        'book(item: Item, day: string (date), price: number | string, size: Size = "small",'
        ' kind: "pick-up" | "post" = "post", tags: array of string = [])'
    )


def test_json_becomes_the_types_of_the_hints():
    call = Toolbox([book]).call(
        "book",
        {"item": {"name": "cup"}, "day": "2026-03-01", "price": "1.50", "tags": ["a", "b"]},
    )
    assert call.result == "1 cup 2026-03-01 1.50 small post a+b"
    assert call.arguments["day"] == "2026-03-01"


def test_python_values_are_recorded_as_json():
    given = {"item": Item(name="cup"), "day": dt.date(2026, 3, 1), "price": Decimal(2)}
    call = Toolbox([book]).call("book", given)
    assert call.outcome == "done"
    assert call.arguments == {
        "item": {"name": "cup", "count": 1},
        "day": "2026-03-01",
        "price": "2",
    }


def test_faults_deep_inside_name_their_place():
    text = Toolbox([book]).call(
        "book", {"item": {"name": "cup", "count": 0}, "day": "soon", "price": "x", "kind": "air"}
    )
    for place in ("item.count", "day", "price", "kind", "'pick-up' or 'post'"):
        assert place in text.result


def test_a_decorated_function_can_still_be_called():
    @tool
    def double(x: int) -> int:
        """Double."""
        return 2 * x

    @tool(name="halve_it", seconds=3, acts=True)
    def halve(x: int) -> float:
        """Halve."""
        return x / 2

    assert double(4) == 8
    assert (halve(3), halve.name, halve.seconds, halve.acts) == (1.5, "halve_it", 3, True)


def test_a_pydantic_schema_for_a_function_without_hints():
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: dt.date
        sizes: tuple[int, ...] = ()

    def keep(day, sizes):
        return f"{day:%d.%m.%Y} {sum(sizes)}"

    made = Tool.of(keep, description="Keep.", schema=Strict)
    box = Toolbox([made])
    assert box.call("keep", {"day": "2026-03-01", "sizes": [1, 2]}).result == "01.03.2026 3"
    assert box.call("keep", {"day": "2026-03-01", "sizes": ["1"]}).outcome == "invalid"
    assert "no such argument" in box.call("keep", {"day": "2026-03-01", "x": 1}).result


def test_names_that_pydantic_uses_itself(recwarn):
    def store(copy: str, json: int, model_x: str = "m") -> str:
        """Store."""
        return f"{copy}{json}{model_x}"

    assert Toolbox([store]).call("store", {"copy": "c", "json": 1}).result == "c1m"
    assert not recwarn.list


def test_partial_and_callable_objects():
    class Shop:
        """Look into the shop."""

        def __call__(self, item: str) -> str:
            return item

    box = Toolbox([Tool.of(Shop(), name="shop")])
    assert box.call("shop", {"item": "cup"}).result == "cup"
    bound = functools.partial(book, kind="pick-up")
    assert "kind" not in Tool.of(bound).schema.required


def no_hint(x):
    """Text."""


def star(*args: int):
    """Text."""


def positional(x: int, /):
    """Text."""


def underscore(_x: int):
    """Text."""


def no_docstring(x: int): ...


def unknown_type(x: "Nowhere"):  # noqa: F821
    """Text."""


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (no_hint, "type hint"),
        (star, "no name of its own"),
        (positional, "no name of its own"),
        (underscore, "type hint"),
        (no_docstring, "docstring"),
        (unknown_type, "cannot be read"),
        (3, "cannot be a tool"),
    ],
)
def test_what_cannot_be_a_tool(function, said):
    with pytest.raises(ToolError, match=said):
        Tool.of(function)


def test_types_that_json_cannot_express():
    class Lock:
        pass

    def hold(x: Lock) -> str:
        """Hold."""
        return "x"

    with pytest.raises(ToolError, match="type that cannot be checked"):
        Tool.of(hold)


@pytest.mark.parametrize(
    "declared", [{"seconds": 0}, {"seconds": float("inf")}, {"output": 10}, {"colour": 1}]
)
def test_declarations_that_do_not_fit(declared):
    with pytest.raises(ToolError):
        Tool.of(book, **declared)


def test_a_validator_that_breaks_runs_nothing():
    from pydantic import field_validator

    class Broken(BaseModel):
        x: int

        @field_validator("x")
        @classmethod
        def check(cls, value):
            raise KeyError("table")

    call = Toolbox([Tool.of(lambda x: x, name="f", description="-", schema=Broken)]).call("f", "1")
    assert call.outcome == "invalid"
    assert "KeyError" in call.result


def test_json_schemas_as_servers_send_them():
    schema = {
        "type": "object",
        "properties": {
            "filter": {
                "type": "object",
                "properties": {"tag": {"type": "string"}},
                "additionalProperties": False,
            },
            "anything": True,
            "limit": {"type": ["integer", "null"], "default": None},
        },
        "required": ["filter"],
        "$defs": {},
    }
    made = Tool.of(lambda **given: sorted(given), name="f", description="-", schema=schema)
    box = Toolbox([made])
    assert (
        made.schema.line("f")
        == "f(filter: object, anything: any = null, limit: integer | null = null)"
    )
    assert box.call("f", {"filter": {}, "anything": [1]}).result == '["anything","filter"]'
    nested = box.call("f", {"filter": {"tg": "x"}})
    assert nested.outcome == "invalid"
    assert "filter" in nested.result
    assert "no such argument" in box.call("f", {"filter": {}, "x": 1}).result


def test_a_schema_without_names_is_open():
    made = Tool.of(lambda **given: len(given), name="f", description="-", schema={"type": "object"})
    assert Toolbox([made]).call("f", {"a": 1, "b": 2}).result == "2"
