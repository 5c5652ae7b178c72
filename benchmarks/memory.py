"""Peak memory and speed from start to end while many files are added to one library.

    python benchmarks/memory.py --megabytes 200

Nothing but chorei is needed. The adding runs in a process of its own, whose peak resident memory is
printed (Python, SQLite and Chroma together), next to the passages per second in each tenth of
the run; the writing of the vector index is inside these times. Passages per second of processor
time (all threads) are printed, too: they tell about chorei where other programs are running.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import Prose, write_files

LIMIT_MB = 1000.0
SHARE = 0.8


def add(directory: Path, files: Path) -> None:
    """Add the files and print what was measured."""
    from chorei.retrieval import Library, Progress

    moments: list[tuple[float, float, str]] = []

    def stored(progress: Progress) -> None:
        moments.append((time.perf_counter(), time.process_time(), progress.document))

    with Library(directory) as library:
        began, cpu_began = time.perf_counter(), time.process_time()
        report = library.add(files, progress=stored)
        ended, cpu_ended = time.perf_counter(), time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stats = library.stats()
    passages = {document.name: document.passages for document in report.added}
    wall = [(moment - began, passages[name]) for moment, _, name in moments]
    cpu = [(moment - cpu_began, passages[name]) for _, moment, name in moments]
    print(
        json.dumps(
            {
                "seconds": ended - began,
                "peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10),
                "documents": stats.documents,
                "passages": stats.passages,
                "indexed": stats.indexed,
                "disk_mb": stats.bytes / 2**20,
                "tenths": tenths(wall, ended - began),
                "cpu_tenths": tenths(cpu, cpu_ended - cpu_began),
            }
        )
    )


def tenths(counts: list[tuple[float, int]], end: float) -> list[float]:
    """Passages per second in each tenth of the passages; the last one runs to the very end.

    Args:
        counts: When each document was stored, and its number of passages.
        end: When everything was done.
    """
    total = sum(number for _, number in counts)
    rates, seen, start, begun = [], 0, 0, 0.0
    for moment, number in counts:
        seen += number
        if seen >= total * (len(rates) + 1) / 10 and len(rates) < 9:
            rates.append((seen - start) / (moment - begun) if moment > begun else 0.0)
            start, begun = seen, moment
    return [*rates, (seen - start) / (end - begun)]


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--file-kilobytes", type=float, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--add", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.add:
        add(*arguments.add)
        return 0
    with tempfile.TemporaryDirectory(prefix="chorei-memory-") as root:
        files = Path(root, "files")
        size = int(arguments.file_kilobytes * 1000)
        total = int(arguments.megabytes * 1e6)
        number = sum(1 for _ in write_files(files, Prose(arguments.seed), total, size))
        run = subprocess.run(
            [sys.executable, __file__, "--add", str(Path(root, "library")), str(files)],
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode:
        print(run.stderr, file=sys.stderr)
        return 1
    result = json.loads(run.stdout)
    _table(number, arguments.megabytes, result)
    good = result["peak_mb"] < LIMIT_MB and _share(result["tenths"]) >= SHARE
    return 0 if good else 1


def _share(rates: list[float]) -> float:
    """Speed of the last fifth of the run as a share of that of the first."""
    # The harmonic mean of two equal parts is their common speed.
    first, last = (2 / (1 / a + 1 / b) for a, b in (rates[:2], rates[-2:]))
    return last / first


def _table(files: int, megabytes: float, result: dict[str, float | list[float]]) -> None:
    rates, cpu = result["tenths"], result["cpu_tenths"]
    assert isinstance(rates, list)
    assert isinstance(cpu, list)
    rows = {
        "text": f"{megabytes:g} MB in {files} files",
        "passages (in the vector index)": f"{result['passages']} ({result['indexed']})",
        "seconds": f"{result['seconds']:.0f}",
        "size on disk": f"{result['disk_mb']:.0f} MiB",
        "passages/s by tenths": " ".join(f"{rate:.0f}" for rate in rates),
        "last fifth / first fifth": f"{_share(rates):.2f} (at least {SHARE:g})",
        "per processor second, by tenths": " ".join(f"{rate:.0f}" for rate in cpu),
        "last fifth / first fifth of it": f"{_share(cpu):.2f}",
        "peak resident memory": f"{result['peak_mb']:.0f} MiB (below {LIMIT_MB:g})",
    }
    for name, value in rows.items():
        print(f"{name:<34}{value}")


if __name__ == "__main__":
    sys.exit(main())
