"""Judged collections: documents, and queries with what answers them."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from chorei.core import Frozen, fold


class Judged(Frozen):
    """A query and the documents that answer it.

    Attributes:
        text: The query.
        gains: How relevant each document is, above 0; all others are not.
    """

    text: str
    gains: Mapping[str, int]


class Collection(Frozen):
    """Documents with judged queries.

    Attributes:
        name: What it is called in the report.
        documents: Title (may be empty) and text of each document by its key.
        queries: The queries.
        measure: What counts most for it: ``hit@1`` or ``nDCG@10``.
    """

    name: str
    documents: Mapping[str, tuple[str, str]]
    queries: tuple[Judged, ...]
    measure: str


def collections(data: Path) -> list[Collection]:
    """XQuAD in both languages, also asked without diacritics, Cranfield, and all in one.

    Args:
        data: Folder with ``xquad/`` and ``cranfield/``.

    Raises:
        FileNotFoundError: One of the files is missing.
    """
    english, vietnamese = xquad(data, "en"), xquad(data, "vi")
    cranfield = _cranfield(data / "cranfield")
    plain = without_diacritics(vietnamese)
    alone = [english, vietnamese, plain, cranfield]
    everything = {**english.documents, **vietnamese.documents, **cranfield.documents}
    mixed = [
        one.model_copy(update={"name": f"mixed: {one.name}", "documents": everything})
        for one in alone
    ]
    return [*alone, *mixed]


def xquad(data: Path, language: str) -> Collection:
    """XQuAD (Artetxe, Ruder and Yogatama, ACL 2020): find the paragraph of each question."""
    file = data / "xquad" / f"xquad.{language}.json"
    paragraphs = [
        paragraph
        for article in json.loads(file.read_text("utf-8"))["data"]
        for paragraph in article["paragraphs"]
    ]
    keyed = {f"{language}{number}": paragraph for number, paragraph in enumerate(paragraphs)}
    return Collection(
        name=f"XQuAD {language}",
        documents={key: ("", paragraph["context"]) for key, paragraph in keyed.items()},
        queries=tuple(
            Judged(text=qa["question"], gains={key: 1})
            for key, paragraph in keyed.items()
            for qa in paragraph["qas"]
        ),
        measure="hit@1",
    )


def without_diacritics(collection: Collection) -> Collection:
    """The same, the queries typed without diacritics."""
    return collection.model_copy(
        update={
            "name": f"{collection.name}, typed plain",
            "queries": tuple(
                query.model_copy(update={"text": fold(query.text)}) for query in collection.queries
            ),
        }
    )


def halves(collection: Collection) -> tuple[Collection, Collection]:
    """Its even and its odd queries: a difference that is real shows on both."""
    even, odd = (
        collection.model_copy(update={"queries": collection.queries[start::2]}) for start in (0, 1)
    )
    return even, odd


def _cranfield(folder: Path) -> Collection:
    """Cranfield 1400 in BEIR's layout."""
    documents = {
        f"cranfield{record['_id']}": (record["title"], record["text"])
        for record in _records(folder / "corpus.jsonl")
    }
    gains: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            gains[row["query-id"]][f"cranfield{row['corpus-id']}"] = int(row["score"])
    queries = tuple(
        Judged(text=record["text"], gains=gains[record["_id"]])
        for record in _records(folder / "queries.jsonl")
        if record["_id"] in gains
    )
    return Collection(name="Cranfield", documents=documents, queries=queries, measure="nDCG@10")


def _records(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
