"""Runs the command line over the stand-ins, in a process of its own."""

import sys
import types

import fakes

import chorei.retrieval
from chorei.interfaces import main

if __name__ == "__main__":
    chorei.retrieval.Library = fakes.FakeLibrary
    # The real one would import LangGraph, a second for each test.
    sys.modules["chorei.agent"] = types.ModuleType("chorei.agent")
    sys.modules["chorei.agent"].Agent = fakes.FakeAgent
    sys.modules["chorei.agent"].decision = lambda _: None
    sys.exit(main())
