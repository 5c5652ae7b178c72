"""A program that a model wrote, run, and run again."""

from collections.abc import Iterable

from chorei.agent.reasoning.values import canonical, fault
from chorei.core import CalculationError, Frozen, Program
from chorei.tools import Extracted, Sandbox, calculate, extract_program

NO_PROGRAM = "SyntaxError: there is no Python program in the answer"


class Run(Frozen):
    """One run of a program.

    Attributes:
        source: The program as it ran; its last line is its value.
        value: A typed value as the sandbox gives it; None if the program failed.
        error: Why it failed, for the model that wrote it; empty if it did not.
        output: What it printed.
    """

    source: str
    value: object = None
    error: str = ""
    output: str = ""

    @property
    def result(self) -> str:
        """The value as canonical text, or in one line why there is none."""
        return f"error: {last_line(self.error)}" if self.error else canonical(self.value)

    @property
    def evidence(self) -> Program:
        """The program with its result, complete enough to be run again."""
        return Program(language="python", source=self.source, result=self.result)


class Replay(Frozen):
    """A program of an answer, run again.

    Attributes:
        program: The program with the result that the answer gives.
        result: What it gives now.
    """

    program: Program
    result: str

    @property
    def same(self) -> bool:
        """Whether both are the same."""
        return self.result == self.program.result


def run_text(text: str, sandbox: Sandbox) -> Run:
    """Run the program in what a model wrote.

    Raises:
        SandboxError: The sandbox itself cannot work.
    """
    extracted = extract_program(text)
    if extracted is None:
        return Run(source="", error=NO_PROGRAM)
    return run_source(complete(extracted), sandbox)


def run_source(source: str, sandbox: Sandbox) -> Run:
    """Run a program whose value is its last expression, or else the last line that it prints.

    A value that is no answer (None, NaN, infinite, of more than 50 digits) is a failure.

    Raises:
        SandboxError: The sandbox itself cannot work.
    """
    result = sandbox.run(source)
    if result.error is not None:
        return Run(source=source, error=result.error, output=result.output)
    value = result.value
    if value is None and result.output.strip():
        value = result.output.strip().splitlines()[-1].strip()
    return Run(source=source, value=value, error=fault(value) or "", output=result.output)


def complete(extracted: Extracted) -> str:
    """A program that ends with its value, so that nothing else is needed to run it again."""
    if extracted.entry is None:
        return extracted.program
    return f"{extracted.program.rstrip()}\n\n{extracted.entry}"


def replay(program: Program, sandbox: Sandbox) -> Replay:
    """Run a program of an answer again.

    Raises:
        SandboxError: The sandbox itself cannot work.
    """
    if program.language == "python":
        result = run_source(program.source, sandbox).result
    else:
        try:
            result = str(calculate(program.source).result)
        except CalculationError as error:
            result = f"error: {error.message}"
    return Replay(program=program, result=result)


def replay_all(programs: Iterable[Program]) -> tuple[Replay, ...]:
    """Run the programs of an answer again, in a sandbox of their own.

    Raises:
        SandboxError: The sandbox itself cannot work.
    """
    with Sandbox(workers=1) as sandbox:
        return tuple(replay(program, sandbox) for program in programs)


def last_line(error: str) -> str:
    """The line of a traceback that names the error."""
    return next((line for line in reversed(error.splitlines()) if line.strip()), "").strip()[:500]
