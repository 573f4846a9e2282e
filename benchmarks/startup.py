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

from benchmarks.cases import Beside, Case, Group, Row
from benchmarks.timing import Effort, Spread
from eptrans.compile import compile_program
from eptrans.options import CompileOptions, Standard

HELLO = 'import parallel\nprint("hello from core " + coreid())\n'
FRONT_END_LINES = (20, 200, 2000)
FRONT_END_BAR = 1.0
"""Seconds that the front end may take for the longest of these."""
LINEAR_BAR = 1.5
"""How much longer a line of the longest may take than one of the program before."""
_BUILD_ROUNDS = 3

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


def _front_end_seconds(path: Path, lines: int, rounds: int) -> list[float]:
    """Processor seconds from source to C text, in this process, which has the compiler loaded."""
    options = CompileOptions(Standard.EPYTHON, Standard.EPYTHON.default_word)
    path.write_text(generated_program(lines))
    compile_program(str(path), options)
    times: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        compile_program(str(path), options)
        times.append(time.process_time() - start)
    return times


def _front_end(effort: Effort, *, lines: int) -> Row:
    """All of the build but the C compiler; the longest program also a line, beside the one before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "generated.py")
        times = _front_end_seconds(path, lines, effort.rounds)
        name, spread = f"front end, {lines:,} lines", Spread.of(times)
        note = f"{spread.median / lines * 1e6:.0f} us a line"
        if lines != FRONT_END_LINES[-1]:
            return Row(name, spread, note=note)
        fewer = FRONT_END_LINES[-2]
        others = [seconds / fewer * lines for seconds in _front_end_seconds(path, fewer, effort.rounds)]
    ratio = Spread.of([one / other for one, other in zip(times, others)])
    linear = Beside(f"{lines // fewer} times {fewer:,} lines", Spread.of(others), ratio, LINEAR_BAR)
    return Row(name, spread, (linear,), FRONT_END_BAR, note)


def _whole_build(effort: Effort, *, lines: int) -> Row:
    """The whole command, C compiler and all, of a program that is changed each time."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "generated.py")
        text = generated_program(lines)
        times: list[float] = []
        for number in range(min(effort.rounds, _BUILD_ROUNDS)):
            source.write_text(text.replace("[3]", f"[{number + 3}]"))
            times.append(_timed(_eptrans("build", "generated.py"), folder))
    spread = Spread.of(times)
    return Row(f"build of {lines:,} lines", spread, note=f"{spread.median / lines * 1e6:,.0f} us a line")


GROUP = Group(
    "startup",
    "Start-up and building",
    (
        Case("build hello, changed", partial(_build, cold=True)),
        Case("build hello, unchanged", partial(_build, cold=False)),
        Case("run hello on 16 cores", partial(_hello, cores=16)),
        Case("run hello on 4,096 cores", partial(_hello, cores=4096)),
        *(Case(f"front end, {lines:,} lines", partial(_front_end, lines=lines)) for lines in FRONT_END_LINES),
        *(Case(f"build of {lines:,} lines", partial(_whole_build, lines=lines)) for lines in FRONT_END_LINES),
    ),
)
