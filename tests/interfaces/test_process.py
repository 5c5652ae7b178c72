"""What only a process of its own shows: streams, pipes, locales, start-up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture
def chorei(tmp_path):
    (tmp_path / ".chorei").mkdir()

    def chorei(*arguments, stdin=b"", **environment):
        return subprocess.run(
            [sys.executable, STAND_IN, *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | environment,
            timeout=60,
        )

    return chorei


def python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from chorei.interfaces import main\n"
        "code = main(['--help'])\n"
        "heavy = {'pydantic', 'rich', 'chromadb', 'langgraph', 'prompt_toolkit', 'numpy'}\n"
        "sys.exit(code or ', '.join(heavy & {*sys.modules}) or None)"
    )
    ended = python(script)
    assert ended.stderr == ""
    assert ended.returncode == 0
    assert "Exit codes" in ended.stdout


def test_a_command_imports_no_other_command():
    script = (
        "import sys; from chorei.interfaces import main\n"
        "main(['show', '--help'])\n"
        "rooms = ('adapters', 'ask', 'chat', 'sessions')\n"
        "sys.exit(', '.join(r for r in rooms if f'chorei.interfaces.{r}' in sys.modules) or None)"
    )
    ended = python(script)
    assert ended.stderr == ""
    assert "chorei show" in ended.stdout


def test_an_unknown_command_is_named_with_the_nearest(chorei):
    ended = chorei("serch", "leave")
    assert ended.returncode == 2
    assert "search" in ended.stderr.decode()


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "LC_ALL": "C"}]
)
def test_output_and_input_are_utf8_whatever_the_locale(chorei, locale):
    listed = chorei("list", **locale)
    assert "handbook/nghỉ-phép.md" in listed.stdout.decode("utf-8")
    asked = chorei("ask", "--json", stdin="Nghỉ phép?".encode(), **locale)
    assert json.loads(asked.stdout)["question"] == "Nghỉ phép?"


def test_without_a_terminal_there_are_no_control_codes(chorei):
    for arguments in (["ask", "leave?", "-v"], ["search", "tea"], ["list"], ["doctor"]):
        ended = chorei(*arguments, TERM="xterm-256color")
        assert ended.returncode == 0, ended.stderr
        assert b"\x1b" not in ended.stdout + ended.stderr
        assert b"\r" not in ended.stdout + ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes end otherwise elsewhere")
@pytest.mark.parametrize("command", ["list", "ask leave?", "show leave.md --text", "--help"])
def test_a_reader_that_goes_away_is_no_trouble(tmp_path, command):
    (tmp_path / ".chorei").mkdir()
    process = subprocess.Popen(
        [sys.executable, STAND_IN, *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    # The help is printed by click itself, which ends with 1.
    assert process.wait(60) == (1 if command == "--help" else 141)
    assert errors == b""


def test_python_m_runs_it_too(tmp_path):
    for module in ("chorei.interfaces", "chorei.interfaces.reference"):
        ended = subprocess.run(
            [sys.executable, "-m", module, "--version"], capture_output=True, cwd=tmp_path
        )
        assert ended.returncode == 0
        assert b"chorei" in ended.stdout
        assert ended.stderr == b""


def test_wrong_usage_names_the_nearest_command(chorei):
    ended = chorei("serach", "x")
    assert ended.returncode == 2
    assert "'search'" in ended.stderr.decode()
