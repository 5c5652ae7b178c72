"""How well passages are found, against plain FTS5 bm25 and Chroma alone, in one run."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chorei.core import Frozen
from chorei.evaluation.retrieval_collections import Collection, collections, halves
from chorei.evaluation.retrieval_metrics import hit, ndcg, reciprocal_rank
from chorei.evaluation.retrieval_systems import ChromaOnly, Hybrid, PlainFTS5, System
from chorei.retrieval.embedding import embedder_for

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TOKENIZERS = tuple(
    f"{kind}unicode61 remove_diacritics {n}" for kind in ("", "porter ") for n in "20"
)


class Score(Frozen):
    """What one system reached on one collection.

    Attributes:
        collection: The collection's name.
        system: The system's name.
        queries: Number of queries.
        measures: Mean of each measure over the queries.
        halves: The collection's main measure on its even and its odd queries.
        milliseconds: Median time of a query.
    """

    collection: str
    system: str
    queries: int
    measures: dict[str, float]
    halves: tuple[float, float]
    milliseconds: float


def measured(system: System, collection: Collection) -> Score:
    """Ask one system all queries of one collection."""
    rankings: list[list[str]] = []
    seconds: list[float] = []
    for query in collection.queries:
        start = time.perf_counter()
        rankings.append(system.find(query.text))
        seconds.append(time.perf_counter() - start)
    gains = [query.gains for query in collection.queries]
    each = {
        "hit@1": [hit(r, g, at=1) for r, g in zip(rankings, gains, strict=True)],
        "hit@5": [hit(r, g, at=5) for r, g in zip(rankings, gains, strict=True)],
        "MRR@10": [reciprocal_rank(r, g) for r, g in zip(rankings, gains, strict=True)],
        "nDCG@10": [ndcg(r, g) for r, g in zip(rankings, gains, strict=True)],
    }
    main_one = each[collection.measure]
    return Score(
        collection=collection.name,
        system=system.name,
        queries=len(rankings),
        measures={name: _mean(values) for name, values in each.items()},
        halves=(_mean(main_one[::2]), _mean(main_one[1::2])),
        milliseconds=1000 * sorted(seconds)[len(seconds) // 2],
    )


def compared(data: Path, embedder: str, threads: int) -> Iterator[tuple[Collection, list[Score]]]:
    """Score all systems on each collection; those with the same documents share the systems."""
    with ExitStack() as stack:
        systems: dict[frozenset[str], list[System]] = {}
        for collection in collections(data):
            held = frozenset(collection.documents)
            if held not in systems:
                systems[held] = stack.enter_context(
                    _systems(collection, embedder, threads, len(systems))
                )
            yield collection, [measured(system, collection) for system in systems[held]]


@contextmanager
def _systems(
    collection: Collection, embedder: str, threads: int, number: int
) -> Iterator[list[System]]:
    with tempfile.TemporaryDirectory() as folder:
        library = Hybrid(collection.documents, Path(folder), embedder)
        vectors = ChromaOnly(library, embedder_for(embedder, threads=threads), number)
        plain = [PlainFTS5(collection.documents, tokenize) for tokenize in TOKENIZERS]
        systems: list[System] = [*plain, vectors, library]
        try:
            yield systems
        finally:
            for system in systems:
                system.close()


def main(argv: list[str] | None = None) -> int:
    """Print the comparison; the exit code is 1 if chorei is not above the others everywhere."""
    parser = argparse.ArgumentParser(
        prog="python -m chorei.evaluation retrieval", description=__doc__
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder with xquad/ and cranfield/")
    parser.add_argument("--embedder", default="builtin", help="builtin, or a model's name")
    parser.add_argument("--threads", type=int, default=2, help="threads for an embedding model")
    parser.add_argument("--json", action="store_true", help="print one object per line instead")
    arguments = parser.parse_args(argv)
    if not arguments.data.is_dir():
        parser.error(f"there is no folder {arguments.data}; give one with --data")
    start = time.perf_counter()
    console, behind = Console(width=110), []
    for collection, scores in compared(arguments.data, arguments.embedder, arguments.threads):
        *others, own = (score.measures[collection.measure] for score in scores)
        if own <= max(others):
            behind.append(collection.name)
        if arguments.json:
            for score in scores:
                print(json.dumps(score.model_dump(), ensure_ascii=False), flush=True)
        else:
            console.print(_table(collection, scores))
    if not arguments.json:
        verdict = f"not above: {', '.join(behind)}" if behind else "above all others everywhere"
        console.print(f"chorei is {verdict} ({time.perf_counter() - start:.0f} s)")
    return 1 if behind else 0


def _table(collection: Collection, scores: list[Score]) -> Table:
    even, odd = (len(half.queries) for half in halves(collection))
    table = Table(
        title=f"{collection.name}: {len(collection.documents)} documents, "
        f"{len(collection.queries)} queries"
    )
    table.add_column("system")
    for name in (*scores[0].measures, f"{collection.measure} of {even} | {odd}", "p50 ms"):
        table.add_column(name, justify="right")
    for score in scores:
        table.add_row(
            score.system,
            *(f"{value:.4f}" for value in score.measures.values()),
            f"{score.halves[0]:.3f} | {score.halves[1]:.3f}",
            f"{score.milliseconds:.1f}",
        )
    return table


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
