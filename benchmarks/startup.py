"""Start-up: building, starting and ending; the front end's time by the length of the program.

Commands are timed from outside, as a user feels them, by the wall clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.cases import Case, Group, Row
from benchmarks.timing import Effort, Spread
from eptrans.compile import compile_program
from eptrans.options import CompileOptions, Standard

HELLO = 'import parallel\nprint("hello from core " + coreid())\n'
FRONT_END_LINES = (20, 200, 2000)
FRONT_END_BAR = 1.0
"""Seconds that the front end may take for the longest of these."""

_PEAK = """\
import os, sys
_, _, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0)
sys.stderr.write(str(usage.ru_maxrss))
"""

_FUNCTION = """\
def work{n}(data, count):
    total = {n}
    for i in range(count):
        if data[i] > total % 7:
            total += data[i] * {n} - i
        else:
            data[i] = total % 11 + work{previous}(data, 0)
    x = total * 0.5
    while x > 1.0:
        x = x / 3.0 + 0.25
    return total
"""
"""Eleven lines of a program; each function calls the one before."""


def _timed(command: Sequence[str], folder: str) -> float:
    """Wall seconds of a command. Raises CalledProcessError if it fails."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, env=_environment(folder), capture_output=True)
    return time.perf_counter() - start


def _peak_memory(command: Sequence[str], folder: str) -> int:
    """The most bytes of memory that a command had.

    It is started by a small process of its own: a child's peak begins with that of what it is forked from.
    """
    words = [sys.executable, "-S", "-c", _PEAK, *command]
    done = subprocess.run(words, cwd=folder, check=True, env=_environment(folder), capture_output=True)
    return int(done.stderr) * (1 if sys.platform == "darwin" else 1024)


def _environment(folder: str) -> dict[str, str]:
    """The environment of a command, with a cache of its own."""
    return {**os.environ, "EPTRANS_CACHE": str(Path(folder, "cache"))}


def _eptrans(*words: str) -> list[str]:
    return [sys.executable, "-m", "eptrans", *words]


def _build(effort: Effort, *, cold: bool) -> Row:
    """Build the hello program, changed each time or not at all."""
    name = "build hello, changed" if cold else "build hello, unchanged"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "hello.py")
        source.write_text(HELLO)
        _timed(_eptrans("build", "hello.py"), folder)
        times: list[float] = []
        for number in range(effort.rounds):
            if cold:
                source.write_text(f"{HELLO}print({number})\n")
            times.append(_timed(_eptrans("build", "hello.py"), folder))
    return Row(name, ours=Spread.of(times))


def _hello(effort: Effort, *, cores: int) -> Row:
    """Run a built hello program, the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.py").write_text(HELLO)
        _timed(_eptrans("build", "hello.py"), folder)
        command = _eptrans("run", "hello.epx", "-d", str(cores))
        times = [_timed(command, folder) for _ in range(effort.rounds)]
        peak = _peak_memory(command, folder)
    return Row(f"run hello on {cores:,} cores", ours=Spread.of(times), note=f"peak {peak / 2**20:.0f} MiB")


def generated_program(lines: int) -> str:
    """A program of that many lines (at least 20), mostly functions that are all used."""
    parts = ["def work0(data, count):\n    return count\n"]
    count = (lines - 4) // _FUNCTION.count("\n")
    parts += [_FUNCTION.format(n=n, previous=n - 1) for n in range(1, count + 1)]
    parts.append("data = [3] * 20\n")
    text = "".join(parts)
    rest = lines - text.count("\n")
    return text + "".join(f"print(work{max(count - k, 0)}(data, 20))\n" for k in range(rest))


def _front_end(effort: Effort, *, lines: int) -> Row:
    """Processor time from source to C text, in this process, which has the compiler loaded."""
    options = CompileOptions(Standard.EPYTHON, Standard.EPYTHON.default_word)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "generated.py")
        path.write_text(generated_program(lines))
        compile_program(str(path), options)
        times: list[float] = []
        for _ in range(effort.rounds):
            start = time.process_time()
            compile_program(str(path), options)
            times.append(time.process_time() - start)
    spread = Spread.of(times)
    return Row(
        f"front end, {lines:,} lines",
        ours=spread,
        bar=FRONT_END_BAR if lines == max(FRONT_END_LINES) else None,
        note=f"{spread.median / lines * 1e6:.0f} us a line",
    )


GROUP = Group(
    "startup",
    "Start-up and building",
    (
        Case("build hello, changed", partial(_build, cold=True)),
        Case("build hello, unchanged", partial(_build, cold=False)),
        Case("run hello on 16 cores", partial(_hello, cores=16)),
        Case("run hello on 4,096 cores", partial(_hello, cores=4096)),
        *(Case(f"front end, {lines:,} lines", partial(_front_end, lines=lines)) for lines in FRONT_END_LINES),
    ),
)
