from collections.abc import Iterator
from pathlib import Path

import pytest
from company_texts import HANDBOOK, SO_TAY

from chorei.agent import Agent
from chorei.core import Settings
from chorei.retrieval import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library") as library:
        library.add_text(HANDBOOK, name="handbook.md")
        library.add_text(SO_TAY, name="so-tay.md", tags=["vn"])
        yield library


@pytest.fixture
def agent(library: Library) -> Iterator[Agent]:
    with Agent(library, settings=Settings(company="Sen Coffee")) as agent:
        yield agent
