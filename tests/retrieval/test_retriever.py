import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from chorei.retrieval import Library
from chorei.retrieval.retriever import LibraryRetriever


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library") as library:
        for number in range(4):
            library.add_text(
                f"# Leave {number}\n\nAnnual leave is {10 + number} days.",
                name=f"hr/leave{number}.md",
                tags=["hr"] if number % 2 else ["old"],
                date=dt.date(2020 + number, 1, 1),
            )
        library.add_text("# Office\n\nThe office opens at nine.", name="office/hours.md")
        yield library


class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _library(self, library: Library) -> None:
        self._params = {"library": library}

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return LibraryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._params

    @property
    def retriever_query_example(self) -> str:
        return "How many days of annual leave are there?"


def test_documents_tell_where_they_come_from(library: Library) -> None:
    best = library.as_retriever(k=1).invoke("When does the office open?")[0]
    about = best.metadata
    assert about["document"] == "office/hours.md"
    assert about["source"] == "text:office/hours.md"
    assert library.text(about["document_id"])[about["start"] : about["end"]] == best.page_content
    assert about.keys() >= {"title", "heading", "page", "row", "score"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"folder": "hr"}, {"leave0", "leave1", "leave2", "leave3"}),
        ({"tag": "hr"}, {"leave1", "leave3"}),
        ({"folder": "hr", "since": dt.date(2022, 1, 1)}, {"leave2", "leave3"}),
        ({"folder": "hr", "until": dt.date(2020, 12, 31)}, {"leave0"}),
    ],
)
async def test_filters(library: Library, filters: dict[str, Any], expected: set[str]) -> None:
    made, called = library.as_retriever(**filters), library.as_retriever()
    for documents in (
        made.invoke("annual leave"),
        called.invoke("annual leave", **filters),
        await called.ainvoke("annual leave", **filters),
    ):
        assert {Path(document.metadata["document"]).stem for document in documents} == expected


def test_k_is_positive(library: Library) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        library.as_retriever(k=0)
