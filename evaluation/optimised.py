"""What fewer bits and fewer weights cost: size, speed and quality beside the original.

Each form that runs in this process is measured in a process of its own, so that its memory is
its own. GGUF files are written, read back by transformers (which makes floats of them again) for
their quality, and run by llama-server for their speed if one is named.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chorei.adapters.advice import inference_bytes, shape_of
from chorei.evaluation.llamacpp import speed_of
from chorei.evaluation.variants import FILES, LOADED, NAMES, Measure, measure

_PREDICTED = {"GGUF Q8_0": "Q8_0", "GGUF Q4_1": "Q4_1"}


def main(argv: Sequence[str]) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation optimised")
    parser.add_argument("--base", default="smollm2", help="the model")
    parser.add_argument("--adapter", type=Path, help="version folder of a registry, put on top")
    parser.add_argument("--only", action="append", choices=NAMES, help="may be repeated")
    parser.add_argument("--tokens", type=int, default=384, help="of each text")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--llama-server", help="the program, to time the GGUF files")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.part:
        return _part(arguments)
    wanted = arguments.only or NAMES
    alone = [[name] for name in wanted if name in LOADED]
    rest = [name for name in wanted if name not in LOADED]
    found: list[Measure] = []
    with tempfile.TemporaryDirectory() as scratch:
        for names in [*alone, rest] if rest else alone:
            found += _child(names, argv, scratch)
        if arguments.llama_server:
            for place, each in enumerate(found):
                file = Path(scratch) / f"{each.name.replace(' ', '-')}.gguf"
                if each.name in FILES:
                    speed = speed_of(arguments.llama_server, file, threads=arguments.threads)
                    found[place] = each.model_copy(update={"speed": speed})
    if arguments.json:
        print(json.dumps([each.model_dump() for each in found]))
    else:
        print(table(found, inference_bytes(shape_of(arguments.base), context=0)))
    return 0


def table(found: Sequence[Measure], predicted: dict[str, int]) -> str:
    """The figures as Markdown.

    Args:
        found: What was measured.
        predicted: Bytes of the weights that ``chorei adapters advise`` reckons, by form.
    """
    head = (
        "form", "file MiB", "weights MiB", "advice MiB", "process grew MiB", "tokens/s", "loss",
        "general", "facts",
    )  # fmt: skip
    rows = [head, ("---",) + ("--:",) * (len(head) - 1)]
    for each in found:
        said = predicted.get(_PREDICTED.get(each.name, each.name))
        facts = "–" if each.facts is None else f"{each.facts:.1%}"
        speed = "–" if each.speed is None else f"{each.speed:.1f}"
        sizes = [_mib(size) for size in (each.disk, each.weights, said, each.grown)]
        rows.append((each.name, *sizes, speed, f"{each.loss:.3f}", f"{each.general:.1%}", facts))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _mib(size: int | None) -> str:
    return "–" if size is None else f"{size / 2**20:.0f}"


def _child(names: Sequence[str], argv: Sequence[str], scratch: str) -> list[Measure]:
    print(f"measuring {', '.join(names)} …", file=sys.stderr, flush=True)
    given = json.dumps({"names": names, "scratch": scratch})
    command = [sys.executable, "-m", "chorei.evaluation", "optimised", *argv, "--part", given]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Measure.model_validate_json(line) for line in lines.splitlines() if line[:1] == "{"]


def _part(arguments: argparse.Namespace) -> int:
    import torch

    torch.set_num_threads(arguments.threads)
    given = json.loads(arguments.part)
    for name in given["names"]:
        made = measure(
            name,
            arguments.base,
            adapter=arguments.adapter,
            scratch=Path(given["scratch"]),
            tokens=arguments.tokens,
            alone=len(given["names"]) == 1,
        )
        print(made.model_dump_json(), flush=True)
    return 0
