"""The table of -t: every core, or what tells most of many; the slowest path below it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

import eptrans
from eptrans.recording import Recording
from eptrans.tables import MOST_ROWS, show_sizes, show_times

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


pytestmark = pytest.mark.usefixtures("own_cache")


def shown(example: str, cores: int, every_core: bool = False) -> tuple[list[str], Recording]:
    result = eptrans.build(EXAMPLES / f"{example}.py").run(cores, record=True)
    stream = io.StringIO()
    show_times(result.outcome, result.recording, stream, every_core)
    return stream.getvalue().splitlines(), result.recording


def test_each_core_and_the_machine() -> None:
    lines, recording = shown("jacobi", 4)
    assert "at 600 MHz" in lines[0]
    assert "epiphany3" in lines[0]
    assert "mesh model ideal" in lines[0]
    rows = [re.split(r"\s{2,}", line) for line in lines[2:6]]
    for row, core in zip(rows, recording.cores, strict=True):
        name, cycles, _, *spent = (cell.replace(",", "") for cell in row)
        assert name == f"device {core['number']}"
        busy, messages, links, idle = map(float, spent[:4])
        assert (busy, messages) == (core["busy"] / 2, core["waited_message"] / 2)
        assert busy + messages + links == float(cycles)
        assert float(cycles) + idle == recording.end / 2


def test_many_cores_are_summed_up() -> None:
    lines, _ = shown("hello", 4096)
    assert len(lines) < 20
    assert any(line.startswith("mean of 4,096") for line in lines)
    assert any("(slowest)" in line for line in lines)
    lines, _ = shown("hello", MOST_ROWS + 1, every_core=True)
    assert sum(line.startswith("device ") for line in lines) == MOST_ROWS + 1


def test_patterns_of_the_slowest_path_are_joined() -> None:
    lines, recording = shown("jacobi", 4)
    start = lines.index(f"slowest path through the program, {len(recording.path):,} steps:")
    path = lines[start:]
    assert len(recording.path) > 200
    assert len(path) < 20
    assert re.fullmatch(r"  \d+ times, [\d,.]+ cycles in all:", path[1])
    assert "sendrecv at" in path[2]
    assert "  most of it:" in path
    shares = [float(found[1]) for line in path if (found := re.match(r" +([\d.]+) %  ", line))]
    assert sum(shares) == pytest.approx(100, abs=1)


def test_one_core_has_no_path() -> None:
    lines, _ = shown("hello", 1)
    assert not any("slowest" in line for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [200, 80, 45, 12])
def test_on_a_terminal_no_figure_is_cut(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit beside the other columns stands below them, beside the cores' names again."""
    for name, value in {"COLUMNS": str(columns), "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    result = eptrans.build(EXAMPLES / "jacobi.py").run(5, record=True)
    plain, drawn = io.StringIO(), Terminal()
    for stream in (plain, drawn):
        show_times(result.outcome, result.recording, stream)
        show_sizes(result.outcome, 4, stream)
    text = re.sub("\x1b\\[[0-9;]*m", "", drawn.getvalue())
    assert "…" not in text
    for table in ("device 4", "device 0-4"):
        lines = [line for line in text.splitlines() if re.match(rf"{table}  ", line)]
        cells = [cell for line in lines for cell in re.split(r"\s{2,}", line.strip())[1:]]
        row = next(line for line in plain.getvalue().splitlines() if re.match(rf"{table}  ", line))
        assert cells == re.split(r"\s{2,}", row)[1:]
        assert columns < 100 or len(lines) == 1
        assert max(map(len, lines)) <= max(columns, 25)
