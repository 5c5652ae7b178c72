from collections.abc import Iterator
from pathlib import Path

import pytest

from chorei.agent import Agent
from chorei.core import Settings
from chorei.retrieval import Library

HANDBOOK = """# Staff handbook

## Leave

Full-time staff get 25 days of paid leave a year. Part-time staff get 15 days of paid leave a year.

Leave requests are approved by the team lead within three working days.

## Remote work

Everyone may work from home on two days a week. The office in Manchester closes at 6 pm.
"""
SO_TAY = """# Sổ tay nhân viên

## Nghỉ phép

Nhân viên chính thức được nghỉ phép 14 ngày mỗi năm. Nhân viên thử việc được nghỉ 1 ngày mỗi tháng.

## Ngày lễ

Công ty nghỉ 11 ngày lễ mỗi năm, vẫn hưởng nguyên lương.
"""


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
