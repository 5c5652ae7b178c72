"""The chat and the questions asked in a real (pseudo) terminal."""

import contextlib
import os
import re
import select
import signal
import struct
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a POSIX pseudo-terminal")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

READY = "Ctrl-D quits"
STAND_IN = Path(__file__).with_name("stand_in.py")
_CODES = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


class Terminal:
    """A child process in a pseudo-terminal, driven as by a person who reads before typing."""

    def __init__(self, *arguments, folder, columns=60, **environment):
        self.screen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
            # A caller that exports its own width must not set the width of this terminal.
            inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
            os.execve(
                sys.executable,
                [sys.executable, str(STAND_IN), *arguments],
                inherited | {"TERM": "xterm-256color"} | environment,
            )

    def wait_for(self, text, seconds=30.0):
        """Reads until ``text`` is shown, and forgets what was shown up to there."""
        until = time.monotonic() + seconds
        while text not in (plain := _CODES.sub("", self.screen)):
            left = until - time.monotonic()
            if left <= 0 or not self._read(left):
                pytest.fail(f"{text!r} is not shown in:\n{plain}")
        shown, _, self.screen = plain.partition(text)
        return shown + text

    def _read(self, seconds):
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # Linux: the other end is closed
            piece = b""
        for _ in range(piece.count(b"\x1b[6n")):  # asks where the cursor is
            os.write(self.fd, b"\x1b[10;1R")
        self.screen += piece.decode("utf-8", errors="replace")
        return bool(piece)

    def type(self, text):
        os.write(self.fd, text.encode())

    def exit_code(self):
        until = time.monotonic() + 30
        while self._read(until - time.monotonic()):
            if time.monotonic() > until:
                pytest.fail(f"It does not end:\n{self.screen}")
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def terminal(tmp_path):
    (tmp_path / ".chorei").mkdir()
    opened = []

    def terminal(*arguments, **options):
        opened.append(Terminal(*arguments, folder=tmp_path, **options))
        return opened[-1]

    yield terminal
    for one in opened:
        one.close()


def test_chat_from_welcome_to_quit(terminal):
    chat = terminal("chat")
    chat.wait_for("3 documents")
    chat.wait_for(READY)
    chat.type("leave?\r")
    chat.wait_for("24 days")
    chat.wait_for("[1] handbook/leave.md")
    chat.wait_for(READY)
    chat.type("/quit\r")
    assert chat.exit_code() == 0


def test_interrupt_stops_the_answer_and_not_the_chat(terminal):
    chat = terminal("chat")
    chat.wait_for(READY)
    chat.type("slow\r")
    chat.wait_for("word word")
    chat.type("\x03")
    shown = chat.wait_for("Stopped.")
    assert shown.count("word") < 500
    chat.wait_for(READY)
    chat.type("leave?\r")
    chat.wait_for("24 days")
    chat.wait_for(READY)
    chat.type("\x03")
    chat.wait_for("Ctrl-D or /quit ends the chat.")
    chat.wait_for(READY)
    chat.type("half a question\x03")
    chat.type("\x04")
    assert chat.exit_code() == 0


def test_several_lines_are_one_question(terminal):
    chat = terminal("chat")
    chat.wait_for(READY)
    chat.type("how much\\\r")
    chat.type("leave\x1b\rdo I get?\r")
    chat.wait_for("24 days")
    chat.wait_for(READY)
    chat.type("/export\r")
    chat.wait_for("how much")
    chat.wait_for("leave")
    chat.wait_for("do I get?")


def test_welcome_speaks_the_language_of_the_terminal_first(terminal):
    chat = terminal("chat", LC_ALL="vi_VN.UTF-8")
    assert "Ask in English" not in chat.wait_for("Bạn có thể hỏi")
    chat.wait_for("Ask in English")


def test_answer_is_wrapped_at_words_and_interrupted_with_130(terminal):
    asked = terminal("ask", "slow", columns=60)
    shown = asked.wait_for("word word word word word word word word")
    asked.type("\x03")
    assert asked.exit_code() == 130
    assert [line for line in re.split(r"[\r\n]+", shown) if len(line) > 60] == []


def test_no_color_leaves_out_colours(terminal):
    asked = terminal("ask", "leave?", NO_COLOR="1")
    code = asked.exit_code()
    assert code == 0
    assert not re.search(r"\x1b\[(?:\d+;)*3[0-7]m", asked.screen)


def test_remove_asks_in_a_terminal(terminal):
    removing = terminal("remove", "leave.md")
    removing.wait_for("Remove 1 document from the library? [y/N]")
    removing.type("n\r")
    assert removing.exit_code() == 1
    assert "removed" not in removing.screen
    removing = terminal("remove", "leave.md")
    removing.wait_for("[y/N]")
    removing.type("y\r")
    removing.wait_for("removed handbook/leave.md")
