"""``python -m chorei.evaluation PART …`` runs one evaluation; ``PART --help`` explains it."""

import argparse
import importlib
import sys

PARTS = (
    "adapters",
    "arithmetic",
    "grounding",
    "optimised",
    "parsing",
    "programs",
    "reading",
    "reasoning",
    "retrieval",
    "routing",
    "sandbox",
)


def main(argv: list[str] | None = None) -> int:
    """Hand the arguments after the part's name to the part; its exit code is returned."""
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation", add_help=True)
    parser.add_argument("part", choices=PARTS, help="what is measured")
    arguments = sys.argv[1:] if argv is None else argv
    chosen = parser.parse_args(arguments[:1]).part
    part = importlib.import_module(f"chorei.evaluation.{chosen}")
    code: int = part.main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main())
