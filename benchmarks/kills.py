"""Kill a process that adds documents, again and again, and see what is left.

A child writes new versions of Markdown files and adds their folder; it prints each document once
the library has acknowledged it. The parent kills it (``SIGKILL``) at a random moment of the adding.
Then a fresh process opens the library, searches, and compares every document with what it must be.

    python benchmarks/kills.py --kills 200

Nothing but chorei is needed. The library, the files and the kill times are drawn from ``--seed``.
"""

import argparse
import contextlib
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES = 500
CHANGED = 250
WINDOW = 3.0
LIMIT = 2.0
_WORDS = "leave policy office travel budget nghỉ phép lương thưởng công ty báo cáo weekly".split()


def text(number: int, version: int) -> str:
    """The whole contents of one version of one file, with words that no other file has."""
    draw = random.Random(number * 100_003 + version)
    parts = [f"# Document {number} version {version}"]
    for section in range(draw.randint(1, 12)):
        parts.append(f"## Section {section} of doc{number}x")
        parts += [
            " ".join(draw.choices(_WORDS, k=draw.randint(5, 25))).capitalize() + "."
            for _ in range(draw.randint(2, 8))
        ]
    return "\n\n".join(parts) + f"\n\nEnd mark of doc{number}x, v{version}.\n"


def child(directory: Path, files: Path, version: int) -> None:
    """Write new versions of some files, then add the folder and print what is acknowledged."""
    from chorei.retrieval import Library, Progress

    for number in random.Random(version).sample(range(FILES), CHANGED):
        (files / f"doc-{number}.md").write_text(text(number, version), encoding="utf-8")

    def acknowledged(progress: Progress) -> None:
        print(progress.outcome, progress.document, flush=True)

    with Library(directory) as library:
        print("ready", flush=True)
        library.add(files, progress=acknowledged)
    print("done", flush=True)


def check(directory: Path, floor: dict[str, int]) -> dict[str, object]:
    """Open the library as a new process does; ``floor`` is the oldest allowed version by name."""
    began = time.perf_counter()
    from chorei.retrieval import Library

    imported = time.perf_counter()
    found: list[str] = []
    with Library(directory, create=False) as library:
        asked = max(floor, key=lambda name: floor[name], default="")
        word = f"doc{asked.split('-')[-1].removesuffix('.md')}x"
        hits = library.search(word, 5)
        answered = time.perf_counter()
        if asked and not any(hit.passage.document == asked for hit in hits):
            found.append(f"{asked} is not found by search")
        documents = library.documents()
        names = [document.name for document in documents]
        found += [f"{name} is there twice" for name in names if names.count(name) > 1]
        found += [f"{name} is lost" for name in floor if name not in names]
        for document in documents:
            found += _wrong(library, document.name, floor.get(document.name, 0))
        indexed = library.stats().indexed
        passages = sum(document.passages for document in documents)
    return {
        "found": found,
        "import": imported - began,
        "open": answered - imported,
        "documents": len(names),
        "behind": passages - indexed,
    }


def _wrong(library: "Library", name: str, floor: int) -> list[str]:  # noqa: F821
    whole = library.text(name)
    version = int(whole.split("\n", 1)[0].rsplit(" ", 1)[1])
    number = int(name.split("-")[-1].removesuffix(".md"))
    found = []
    if whole != text(number, version):
        found.append(f"{name} is not whole")
    if version < floor:
        found.append(f"{name} fell back from version {floor} to {version}")
    passages = library.passages(name)
    if [p.id.rsplit(":", 1)[1] for p in passages] != [str(i) for i in range(len(passages))]:
        found.append(f"{name} has passages missing or doubled")
    covered = "".join(whole[p.start : p.end] for p in passages)
    if "".join(covered.split()) != "".join(whole.split()) or any(
        p.text != whole[p.start : p.end] for p in passages
    ):
        found.append(f"{name} has half its passages")
    return found


def kill_once(directory: Path, files: Path, version: int, delay: float) -> tuple[list[str], bool]:
    """The names that one child acknowledged before it was killed, and whether it was killed."""
    with subprocess.Popen(
        [sys.executable, __file__, "--child", str(version), str(directory), str(files)],
        stdout=subprocess.PIPE,
    ) as process:
        pipe = process.stdout
        assert pipe is not None
        assert pipe.readline() == b"ready\n"
        end = time.monotonic() + delay
        received = b""
        while (left := end - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                block = os.read(pipe.fileno(), 65536)
                if not block:
                    break
                received += block
        killed = process.poll() is None
        process.send_signal(signal.SIGKILL)
        received += pipe.read()
    # What the pipe holds was written before the kill; a line without its end was not finished.
    lines = received.decode().split("\n")[:-1]
    return [line.split(" ", 1)[1] for line in lines if line[:2] in ("ad", "re")], killed


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--check", help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        child(*arguments.paths, arguments.child)
        return 0
    if arguments.check is not None:
        print(json.dumps(check(arguments.paths[0], json.loads(arguments.check))))
        return 0
    return _campaign(arguments.kills, arguments.seed)


def _campaign(kills: int, seed: int) -> int:
    root = Path(tempfile.mkdtemp(prefix="chorei-kills-"))
    directory, files = root / "library", root / "files"
    files.mkdir()
    draw = random.Random(seed)
    floor: dict[str, int] = {}
    written: dict[str, int] = {}
    done = version = torn = 0
    troubles: list[str] = []
    results: list[dict[str, object]] = []
    while done < kills:
        version += 1
        names, killed = kill_once(directory, files, version, draw.uniform(0, WINDOW))
        for number in random.Random(version).sample(range(FILES), CHANGED):
            written[f"files/doc-{number}.md"] = version
        floor |= {name: written[name] for name in names}
        done += killed
        torn += _torn(directory)
        process = subprocess.run(
            [sys.executable, __file__, "--check", json.dumps(floor), str(directory)],
            capture_output=True,
            text=True,
        )
        if process.returncode:
            troubles.append(
                f"after kill {done}: exit {process.returncode}: {process.stderr[-500:]}"
            )
            continue
        result = json.loads(process.stdout)
        results.append(result)
        troubles += [f"after kill {done}: {found}" for found in result["found"]]
        if done % 20 == 0 and killed:
            print(f"{done} kills, {result['documents']} documents", file=sys.stderr, flush=True)
    shutil.rmtree(root)
    _table(done, torn, floor, results, troubles)
    return 1 if troubles else 0


def _torn(directory: Path) -> bool:
    """Whether the child died while Chroma was writing."""
    with contextlib.closing(sqlite3.connect(directory / "catalogue.sqlite")) as connection:
        return bool(connection.execute("SELECT count(*) FROM shards WHERE dirty").fetchone()[0])


def _table(
    kills: int,
    torn: int,
    floor: dict[str, int],
    results: list[dict[str, object]],
    troubles: list[str],
) -> None:
    opened = sorted(float(str(r["open"])) for r in results)
    total = sorted(float(str(r["open"])) + float(str(r["import"])) for r in results)
    rows = {
        "kills": kills,
        "documents acknowledged at least once": len(floor),
        "troubles (lost, half, double, fallen back, not found, crash)": len(troubles),
        "killed while Chroma was writing (index thrown away)": torn,
        "vector index behind when opened (rest searched exactly)": sum(
            bool(r["behind"]) for r in results
        ),
        "open and first search, median s": f"{statistics.median(opened):.3f}",
        "open and first search, worst s": f"{opened[-1]:.3f}",
        "with imports of Python packages, worst s": f"{total[-1]:.3f}",
        f"slower than {LIMIT:g} s": sum(seconds > LIMIT for seconds in total),
    }
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")
    for trouble in troubles[:20]:
        print("TROUBLE", trouble)


if __name__ == "__main__":
    sys.exit(main())
