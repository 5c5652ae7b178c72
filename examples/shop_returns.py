"""A shop assistant that answers from documents and, after checks and a yes, returns an order.

Without a language model. In a terminal you talk to it yourself (try the order SEN-1002 of
minh@example.com); otherwise it goes through a conversation that stands below.
"""

import contextlib
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from chorei.agent import Agent, decision
from chorei.retrieval import Library
from chorei.tools import Fact, Problem, Tool, ToolOutput

ENGLISH = """# Returns

You can return an order within 30 days of delivery. Opened coffee cannot be returned.

The refund arrives on your card within 5 working days after we receive the parcel.
"""
VIETNAMESE = """# Trả hàng

Quý khách có thể trả hàng trong vòng 30 ngày kể từ khi nhận. Cà phê đã mở không được trả lại.

Tiền hoàn về thẻ trong 5 ngày làm việc sau khi chúng tôi nhận được hàng.
"""
ORDERS = (
    ("SEN-1001", "lan@example.com", "hand grinder", "cối xay tay"),
    ("SEN-1002", "minh@example.com", "drip kettle", "ấm rót"),
    ("SEN-1003", "lan@example.com", "phin filter", "phin cà phê"),
)
CONVERSATION = (
    "How long do I have to return an order?",
    "I want to return my order, please.",
    "minh@example.com",
    "Can opened coffee be returned?",
    "It is SEN-1001",
    "lan@example.com, SEN-1001",
    "yes",
    "Tôi muốn trả hàng",
    "Lan@Example.com",
    "sen-1003",
    "không",
    "Bao lâu thì tôi nhận được tiền hoàn?",
    "I'd like to return order SEN-1001, my e-mail is lan@example.com",
)


class Shop:
    """The shop's own database of orders."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with closing(sqlite3.connect(file)) as orders, orders:
            orders.execute("CREATE TABLE orders (number, email, en, vi, returned DEFAULT 0)")
            orders.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, 0)", ORDERS)

    def find(self, email: str, order: str) -> tuple[str, str, bool] | None:
        with closing(sqlite3.connect(self.file)) as orders:
            row = orders.execute(
                "SELECT en, vi, returned FROM orders WHERE email = ? AND number = ?", (email, order)
            ).fetchone()
        return (row[0], row[1], bool(row[2])) if row else None

    def verify(self, facts: Mapping[str, str]) -> Problem | None:
        found = self.find(facts["email"], facts["order"])
        if found is None:
            # One text for a wrong address and a wrong number: nobody can find out which it was.
            return Problem(
                text={
                    "en": "I find no order with this number and this e-mail address.",
                    "vi": "Tôi không tìm thấy đơn hàng nào có mã và e-mail này.",
                }
            )
        if found[2]:
            said = {"en": "This order was returned already.", "vi": "Đơn này đã được trả rồi."}
            return Problem(text=said, final=True)
        return None

    def return_order(self, email: str, order: str) -> ToolOutput:
        """Return an order: marks it as returned and sends the customer a label.

        Args:
            email: The address the order was placed with.
            order: The number of the order, SEN- and four digits.
        """
        found = self.find(email, order)
        with closing(sqlite3.connect(self.file)) as orders, orders:
            changed = orders.execute(
                "UPDATE orders SET returned = 1 WHERE email = ? AND number = ? AND NOT returned",
                (email, order),
            ).rowcount
        if found is None or changed != 1:
            raise LookupError("there is no such order to return")
        return ToolOutput(
            {
                "en": f"Done: {order} ({found[0]}) will be returned; the label goes to {email}.",
                "vi": f"Đã xong: trả đơn {order} ({found[1]}); nhãn gửi hàng tới {email}.",
            }
        )

    def tool(self) -> Tool:
        return Tool.of(
            self.return_order,
            acts=True,
            verify=self.verify,
            summary={
                "en": "I will return order {order} and send the label to {email}.",
                "vi": "Tôi sẽ trả đơn {order} và gửi nhãn gửi hàng tới {email}.",
            },
            facts=[
                Fact.email(),
                Fact.of_pattern(
                    "order",
                    r"SEN ?-? ?\d{4}",
                    normalise=lambda found: f"SEN-{found[-4:]}",
                    ask={
                        "en": "What is the number of the order (SEN- and four digits)?",
                        "vi": "Mã đơn hàng là gì (SEN- và bốn chữ số)?",
                    },
                ),
            ],
            phrases={
                "en": ["I want to return my order", "return this item", "send my order back"],
                "vi": ["tôi muốn trả hàng", "tôi muốn trả đơn", "hoàn hàng"],
            },
        )


def lines() -> Iterator[str]:
    if sys.stdin.isatty():
        with contextlib.suppress(EOFError):
            while (said := input("» ")) not in ("/quit", ""):
                yield said
    else:
        for said in CONVERSATION:
            print(f"» {said}")
            yield said


def talk(agent: Agent, said: Iterable[str]) -> None:
    session = agent.sessions.new()
    waiting = False
    for text in said:
        approved = decision(text) if waiting else None
        if approved is None:
            answer = agent.ask(text, session=session)
        else:
            answer = agent.decide(session, approved)
        waiting = answer.approval is not None
        print(f"{answer.text}\n")


with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library") as library:
    library.add_text(ENGLISH, name="returns.md")
    library.add_text(VIETNAMESE, name="tra-hang.md")
    shop = Shop(Path(folder) / "orders.sqlite")
    with Agent(library, tools=[shop.tool()]) as agent:
        talk(agent, lines())
