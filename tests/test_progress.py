"""The progress line: on terminals only, erased in the end, never inside the program's output."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORK = "i=0\nwhile i<{count}:\n\ti+=1\n\tif i%{every}==0:\n\t\tprint 'step '+i\n"
LINE = re.compile(r"[0-9.]+ m?s of the device, [0-9]+ of [0-9]+ cores running, [0-9.e+]+ messages/s")
ERASE = "\r\x1b[K"


def on_terminal(folder: Path, *options: str, output_too: bool = True, **environment: str) -> tuple[str, str]:
    """What a terminal is sent while a program runs there, and what its output is if that goes elsewhere."""
    terminal, its_end = pty.openpty()
    code = "from eptrans.cli import main\nmain()"
    command = [sys.executable, "-c", code, "run", "prog.py", "-d", "1", *options]
    variables = {**os.environ, "TERM": "xterm", **environment}
    variables = {name: value for name, value in variables.items() if value}
    child = subprocess.Popen(
        command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stderr=its_end,
        stdout=its_end if output_too else subprocess.PIPE,
    )  # fmt: skip
    os.close(its_end)
    seen = read_all(terminal)
    output = b"" if child.stdout is None else child.stdout.read()
    assert child.wait(60) == 0
    os.close(terminal)
    return seen.decode(), output.decode()


def read_all(terminal: int) -> bytes:
    parts = []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other end is closed
            part = b""
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def visible(sent: str) -> list[str]:
    """The lines that stand on the screen in the end."""
    return [line.rpartition(ERASE)[2].rstrip("\r") for line in sent.split("\n")]


@pytest.fixture
def long_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that runs for about a second and a half and prints meanwhile."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "prog.py").write_text(WORK.format(count=2_000_000_000, every=250_000_000))
    return tmp_path


def test_shown_and_erased(long_run: Path) -> None:
    sent, _ = on_terminal(long_run)
    assert len(LINE.findall(sent)) >= 2
    for line in visible(sent):
        assert line == "" or re.fullmatch(r"\[device 0\] step [0-9]+", line), repr(line)
    assert sent.count("step") == 8
    assert sent.replace("\r\n", "\n").endswith(ERASE) or sent.endswith("\r\n")


def test_on_several_threads(long_run: Path) -> None:
    """Cores that only compute, each on a thread if there are processors: still one line, and it goes on."""
    sent, _ = on_terminal(long_run, "-d", "2", "-j", "2")
    shown = LINE.findall(sent)
    assert len(shown) >= 2
    times = [float(text.split()[0]) * (1e3 if text.split()[1] == "s" else 1) for text in shown]
    assert times == sorted(times)
    assert times[0] < times[-1]
    for line in visible(sent):
        assert line == "" or re.fullmatch(r"\[device [01]\] step [0-9]+", line), repr(line)
    assert sent.count("step") == 16


def test_output_elsewhere_is_left_alone(long_run: Path) -> None:
    sent, output = on_terminal(long_run, output_too=False)
    assert LINE.search(sent)
    assert visible(sent) == [""]
    assert "\x1b" not in output
    assert len(output.splitlines()) == 8


@pytest.mark.parametrize("how", [("--no-progress", {}), ("", {"NO_COLOR": "1"}), ("", {"TERM": "dumb"})])
def test_off(long_run: Path, how: tuple[str, dict[str, str]]) -> None:
    option, environment = how
    sent, _ = on_terminal(long_run, *filter(None, [option]), **environment)
    assert "\x1b" not in sent
    assert sent.count("step") == 8


def test_a_short_run_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "prog.py").write_text("print 'hello'\n")
    assert on_terminal(tmp_path)[0] == "[device 0] hello\r\n"
