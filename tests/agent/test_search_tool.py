from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from chorei.agent.answering import AnswerSettings, answering
from chorei.agent.search_tool import listed, search_tool
from chorei.core import Passage
from chorei.retrieval import Library
from chorei.tools import Tool, Toolbox

LEAVE = "# Leave\n\nFull-time staff get 25 days of paid leave a year.\n"
NGHI = "# Nghỉ phép\n\nNhân viên chính thức được nghỉ phép 14 ngày mỗi năm.\n"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("search") / "library"
    with Library(folder) as library:
        library.add_text(LEAVE, name="uk/leave.md", tags=["hr"])
        library.add_text(NGHI, name="vn/nghi-phep.md")
        library.add_text("Word " * 3_000, name="uk/long.md")
        yield library


def passage(number: int, text: str) -> Passage:
    return Passage(
        id=f"d:{number}",
        document_id="d",
        document="d.md",
        title=f"Title {number}",
        text=text,
        start=0,
        end=len(text),
        heading=(f"Title {number}", "Part", "Section"),
    )


def test_passages_are_numbered_and_handed_over(documents: Library) -> None:
    used = Toolbox([search_tool(documents)]).use("search_documents", "paid leave")
    assert used.call.outcome == "done"
    assert used.call.result.startswith("[1] Leave\n")
    assert "25 days of paid leave" in used.call.result
    texts = [hit.passage.text for hit in used.artifact]
    assert any("25 days" in text for text in texts)
    for number in range(1, len(texts) + 1):
        assert f"[{number}] " in used.call.result


def test_folder_tag_and_number(documents: Library) -> None:
    box = Toolbox([search_tool(documents)])

    def names(**arguments: object) -> list[str]:
        hits = box.use("search_documents", {"query": "leave nghỉ phép", **arguments}).artifact
        return [hit.passage.document for hit in hits]

    assert set(names(folder="vn")) == {"vn/nghi-phep.md"}
    assert set(names(tag="hr")) == {"uk/leave.md"}
    assert len(names(k=1)) == 1
    assert box.call("search_documents", {"query": "x", "k": 99}).outcome == "invalid"
    assert box.call("search_documents", {"query": ""}).outcome == "invalid"


def test_a_call_cannot_leave_the_folder_it_is_bound_to(documents: Library) -> None:
    box = Toolbox([search_tool(documents, folder="vn")])
    hits = box.use("search_documents", {"query": "paid leave", "folder": "uk"}).artifact
    assert {hit.passage.document for hit in hits} <= {"vn/nghi-phep.md"}


def test_a_call_cannot_leave_what_the_question_is_restricted_to(documents: Library) -> None:
    def found(tool: Tool, **arguments: object) -> set[str]:
        query = {"query": "leave nghỉ phép", **arguments}
        hits = Toolbox([tool]).use("search_documents", query).artifact
        return {hit.passage.document for hit in hits}

    with answering(AnswerSettings(folder="vn")):
        assert found(search_tool(documents), folder="uk") == {"vn/nghi-phep.md"}
        assert "vn/nghi-phep.md" not in found(search_tool(documents, folder="uk"))
    with answering(AnswerSettings(tag="hr")):
        assert found(search_tool(documents), folder="uk") == {"uk/leave.md"}
    assert "uk/leave.md" in found(search_tool(documents), folder="uk")


def test_nothing_found(documents: Library) -> None:
    call = Toolbox([search_tool(documents, tag="none")]).call("search_documents", "leave")
    assert call.result == "The documents hold nothing on this."


def test_the_list_stays_within_its_budget(documents: Library) -> None:
    for budget in (200, 500, 4_000):
        used = Toolbox([search_tool(documents, k=10, output=budget)]).use(
            "search_documents", "word leave"
        )
        assert len(used.call.result) <= budget
        assert "left out" not in used.call.result


@pytest.mark.parametrize("budget", [200, 400, 1_000, 3_000])
@pytest.mark.parametrize("length", [10, 300, 5_000])
@pytest.mark.parametrize("count", [1, 4, 20])
def test_every_passage_gets_its_share(budget: int, length: int, count: int) -> None:
    passages = [passage(number, "x" * length) for number in range(1, count + 1)]
    text = listed(passages, range(7, 7 + count), budget)
    assert len(text) <= budget
    assert text.startswith("[7] Title 1 › Part › Section\nx")
    shown = text.count("] Title")
    assert shown == count or f"({count - shown} more did not fit.)" in text


class _Search:
    @pytest.fixture(autouse=True)
    def _library(self, documents: Library) -> None:
        type(self).library = documents

    @property
    def tool_constructor(self) -> BaseTool:
        return Toolbox([search_tool(self.library)]).as_langchain()[0]

    @property
    def tool_invoke_params_example(self) -> dict[str, object]:
        return {"query": "paid leave", "k": 2}


class TestSearchUnit(_Search, ToolsUnitTests):
    pass


class TestSearchIntegration(_Search, ToolsIntegrationTests):
    pass
