"""Time to make a folder searchable: chorei next to LangChain's and LlamaIndex's own way.

The peers are not dependencies of chorei. In a virtual environment that has chorei::

    pip install langchain-community langchain-chroma langchain-text-splitters \
        llama-index-core llama-index-vector-stores-chroma
    python benchmarks/ingest.py --folder ../shared/data/handbooks/18f-handbook

All three read the same files, embed with chorei's built-in embedder, and write a persistent Chroma;
chorei also keeps texts, vectors and a lexical index in its catalogue. Each run is a process of its
own, imports are not counted, the systems take turns, and medians are compared. The peers cut at
sizes that give about as many passages as chorei has. chorei then adds the unchanged folder again.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT.parent / "shared" / "data" / "handbooks" / "18f-handbook"
ENDINGS = (".md", ".txt")
UNCHANGED_LIMIT = 0.03


def chorei(folder: Path, store: Path) -> dict[str, float]:
    """Seconds to add the folder, and to add it again."""
    import chromadb  # noqa: F401 - the peers import it before the clock starts, too

    from chorei.retrieval import Library

    began = time.perf_counter()
    with Library(store) as library:
        library.add(folder)
        ended = time.perf_counter()
        passages = library.stats().passages
        again = time.perf_counter()
        report = library.add(folder)
        seconds = time.perf_counter() - again
        assert not report.added
        assert not report.replaced
    return {"seconds": ended - began, "passages": passages, "again": seconds}


def langchain(folder: Path, store: Path) -> dict[str, float]:
    """DirectoryLoader, RecursiveCharacterTextSplitter, langchain_chroma."""
    from langchain_chroma import Chroma
    from langchain_community.document_loaders import DirectoryLoader, TextLoader
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from chorei.retrieval.embedding import embedder_for

    embedder = embedder_for("builtin", threads=2)
    began = time.perf_counter()
    loader = DirectoryLoader(
        str(folder),
        glob=[f"**/*{ending}" for ending in ENDINGS],
        loader_cls=TextLoader,
        loader_kwargs={"encoding": "utf-8"},
    )
    splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=0)
    pieces = splitter.split_documents(loader.load())
    Chroma.from_documents(pieces, embedder, persist_directory=str(store))
    return {"seconds": time.perf_counter() - began, "passages": len(pieces)}


def llamaindex(folder: Path, store: Path) -> dict[str, float]:
    """SimpleDirectoryReader, SentenceSplitter, ChromaVectorStore."""
    import chromadb
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from chorei.retrieval.embedding import embedder_for

    embedder = embedder_for("builtin", threads=2)

    class Same(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return embedder.embed_documents([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed_documents(texts)

        def _get_query_embedding(self, query: str) -> list[float]:
            return embedder.embed_query(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return embedder.embed_query(query)

    began = time.perf_counter()
    reader = SimpleDirectoryReader(str(folder), recursive=True, required_exts=list(ENDINGS))
    documents = reader.load_data()
    # Its default tokenizer is fetched from the internet; words do as well for cutting.
    splitter = SentenceSplitter(chunk_size=150, chunk_overlap=0, tokenizer=str.split)
    nodes = splitter.get_nodes_from_documents(documents)
    collection = chromadb.PersistentClient(str(store)).get_or_create_collection(
        "handbook", embedding_function=None
    )
    context = StorageContext.from_defaults(vector_store=ChromaVectorStore(collection))
    VectorStoreIndex(nodes, storage_context=context, embed_model=Same(embed_batch_size=256))
    return {"seconds": time.perf_counter() - began, "passages": len(nodes)}


SYSTEMS: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "chorei": chorei,
    "langchain": langchain,
    "llamaindex": llamaindex,
}


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=DEFAULT)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        with tempfile.TemporaryDirectory(prefix="chorei-ingest-") as store:
            print(json.dumps(SYSTEMS[arguments.one](arguments.folder, Path(store, "store"))))
        return 0
    results: dict[str, list[dict[str, float]]] = {name: [] for name in arguments.systems}
    for _ in range(arguments.rounds):
        for name in arguments.systems:
            command = [sys.executable, __file__, "--one", name, "--folder", arguments.folder]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode:
                print(run.stderr, file=sys.stderr)
                return 1
            results[name].append(json.loads(run.stdout.splitlines()[-1]))
    return _table(results)


def _table(results: dict[str, list[dict[str, float]]]) -> int:
    medians = {n: statistics.median(r["seconds"] for r in runs) for n, runs in results.items()}
    print(f"{'system':<12}{'passages':>9}{'median s':>10}{'min s':>8}{'max s':>8}{'of chorei':>12}")
    for name, runs in results.items():
        seconds = [run["seconds"] for run in runs]
        ratio = medians[name] / medians["chorei"] if "chorei" in medians else float("nan")
        print(
            f"{name:<12}{runs[0]['passages']:>9}{medians[name]:>10.2f}{min(seconds):>8.2f}"
            f"{max(seconds):>8.2f}{ratio:>11.2f}x"
        )
    good = min(medians.values()) == medians.get("chorei")
    if "chorei" in results:
        again = statistics.median(run["again"] / run["seconds"] for run in results["chorei"])
        print(f"adding the unchanged folder again: {again:.2%} of the first time (below 3%)")
        good &= again < UNCHANGED_LIMIT
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
