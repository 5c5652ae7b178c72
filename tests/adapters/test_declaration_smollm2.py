"""The 135M model with an adapter that declares what it knows, through the whole agent."""

import gc
from collections.abc import Iterator
from pathlib import Path

import local_models
import pytest
from test_local_smollm2 import train

from chorei.adapters.declaration import FILE, declare
from chorei.adapters.local import LocalEngine, local_chat_model
from chorei.adapters.records import from_glossary
from chorei.agent import Agent, ExtractiveReader
from chorei.core import Settings
from chorei.retrieval import Library

pytestmark = local_models.needs_weights()


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", local_models.CACHE)
    yield
    LocalEngine.close_all()
    gc.collect()


def test_it_answers_what_it_declares_and_is_not_asked_the_rest(tmp_path: Path) -> None:
    folder = train(tmp_path / "company")
    records = from_glossary([("CHOREI", "CHOREI is the morning briefing.")])
    (folder / FILE).write_text(declare(records, adapter="company").model_dump_json())
    chat = local_chat_model("smollm2", adapter=str(folder))
    assert not chat.will_think()
    with (
        Library(tmp_path / "library") as library,
        Agent(library, settings=Settings(), model=chat, reader=ExtractiveReader()) as agent,
    ):
        library.add_text("# Leave\n\nStaff have 26 days of leave.\n", name="leave.md")
        answer = agent.ask("Somebody mentioned CHOREI, what does it mean?")
        assert (answer.route.kind, answer.declined) == ("model", False)
        assert answer.text.endswith("CHOREI is the morning briefing.")
        assert answer.usage.calls == 1
        for question in ("What does CHORAI mean?", "What does RASTOV mean?"):
            unknown = agent.ask(question)
            assert (unknown.declined, unknown.usage.calls) == (True, 0)
        library.add_text("# Words\n\nCHOREI is the evening briefing.\n", name="words.md")
        documented = agent.ask("What does CHOREI mean?")
        assert documented.route.kind == "documents"
        assert "evening" in documented.text
        assert "morning" not in documented.text
