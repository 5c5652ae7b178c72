"""Time of one search at 10,000 and 100,000 passages, next to Chroma alone and FTS5 alone.

    python benchmarks/search.py --passages 10000 100000

Nothing but chorei is needed. Filling the larger library takes minutes; ``--keep DIR`` keeps the
libraries for another run. chorei's search is the whole of it: words, vectors of the built-in
embedder, fusion, and reading ten passages. "Chroma alone" queries one collection with default
settings and the same vectors, and "FTS5 alone" ranks the same texts by bm25, each for ten ids;
embedding the query is in the time of Chroma.
"""

import argparse
import contextlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from corpus import Prose, write_files

LIMITS_MS = {10_000: 10.0, 100_000: 25.0}
_BYTES_PER_PASSAGE = 600
_PAGE = 5_000


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    rows: list[tuple[str, ...]] = [("passages", "search", "p50 ms", "p95 ms", "limit ms")]
    good = True
    with contextlib.ExitStack() as stack:
        root = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for wanted in arguments.passages:
            measured = measure(root / str(wanted), wanted, arguments.queries, arguments.seed)
            limit = LIMITS_MS.get(wanted)
            for name, (passages, times) in measured.items():
                p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
                ours = name == "chorei"
                good &= not ours or limit is None or p50 <= limit
                shown = f"{limit:g}" if ours and limit else ""
                rows.append((str(passages), name, f"{p50:.1f}", f"{p95:.1f}", shown))
    for row in rows:
        print(f"{row[0]:>9}  {row[1]:<24}{row[2]:>8}{row[3]:>8}{row[4]:>10}")
    return 0 if good else 1


def measure(
    directory: Path, wanted: int, queries: int, seed: int
) -> dict[str, tuple[int, list[float]]]:
    """Milliseconds of each search, by what was searched, with the number of passages."""
    from chorei.retrieval import Library
    from chorei.retrieval.embedding import embedder_for

    prose = Prose(seed)
    embedder = embedder_for("builtin", threads=2)
    with Library(directory / "library") as library:
        _fill(library, directory / "files", prose, wanted)
    with Library(directory / "library", create=False) as library:
        passages = library.stats().passages
        asked = _questions(library, prose, queries, seed)
        alone = _fts5(library)
        chroma = _chroma(library, directory / "chroma-alone")
        searches: dict[str, Callable[[str], object]] = {
            "chorei": library.search,
            "chorei, first folder": lambda q: library.search(q, folder="from-0/000"),
            "Chroma alone": lambda q: chroma(embedder.embed_query(q)),
            "FTS5 alone": alone,
        }
        return {name: (passages, _times(search, asked)) for name, search in searches.items()}


def _fill(library: "Library", files: Path, prose: Prose, wanted: int) -> None:  # noqa: F821
    """Add files until there are as many passages as wanted, give or take one in fifty."""
    missing = wanted - library.passage_count
    while missing > wanted / 50:
        folder = files / f"from-{library.passage_count}"
        for _ in write_files(folder, prose, missing * _BYTES_PER_PASSAGE, 50_000):
            pass
        library.add(folder)
        missing = wanted - library.passage_count


def _questions(library: "Library", prose: Prose, number: int, seed: int) -> list[str]:  # noqa: F821
    """Half made of words by their frequency, half sentences that stand in the documents."""
    draw = random.Random(seed)
    documents = library.documents()
    asked = [prose.query() for _ in range(number // 2)]
    while len(asked) < number:
        text = library.text(draw.choice(documents).id)
        sentences = [line.split(". ")[0] for line in text.split("\n") if len(line) > 60]
        asked.append(draw.choice(sentences)[:120])
    draw.shuffle(asked)
    return asked


def _times(search: Callable[[str], object], asked: list[str]) -> list[float]:
    times = []
    for number, question in enumerate(asked):
        began = time.perf_counter()
        search(question)
        if number >= 20:
            times.append((time.perf_counter() - began) * 1000)
    return times


def _fts5(library: "Library") -> Callable[[str], object]:  # noqa: F821
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='porter unicode61')")
    for document in library.documents():
        connection.executemany(
            "INSERT INTO t VALUES (?)", ((p.text,) for p in library.passages(document.id))
        )

    def search(question: str) -> object:
        match = " OR ".join(f'"{word}"' for word in question.replace('"', " ").split())
        query = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        return connection.execute(query, (match,)).fetchall()

    return search


def _chroma(library: "Library", path: Path) -> Callable[[list[float]], object]:  # noqa: F821
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection(
        "alone", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    if not collection.count():
        last = 0
        while True:
            with library._catalogue.reading() as view:
                keys, vectors = view.vectors(last, None, _PAGE)
            if not keys:
                break
            collection.add(ids=[str(key) for key in keys], embeddings=vectors)
            last = keys[-1]
    return lambda vector: collection.query(query_embeddings=[vector], n_results=10, include=[])


if __name__ == "__main__":
    sys.exit(main())
