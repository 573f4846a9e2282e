"""Host threads: programs on 16 cores run by two threads of this computer, beside one.

The first row is the computer's own calibration: two machines of one core that compute at once. Its ratio is
the best that two threads can do here; the bars of the others hold where it is 1/1.9 or less.
"""

from __future__ import annotations

import threading
import time
from functools import partial

from benchmarks import programs
from benchmarks.cases import Case, Group, Peer, Row, row_beside
from benchmarks.timing import Effort

CORES = 16
THREADS = 2
BARS = {
    "pi_cores": 1 / 1.8,
    "jacobi_cores": 1 / 1.6,
    "ring": 1.05,
}
"""The highest that the time on two threads may be, as a part of that on one."""

NAMES = {
    "pi_cores": "Monte Carlo pi, 16 cores",
    "jacobi_cores": "Jacobi, 20,000 cells a core",
    "ring": "ring of messages, 16 cores",
}


def on_threads(program: str, threads: int, repeats: int) -> float:
    """Seconds that a program takes on so many threads."""
    built = programs.built(f"programs/{program}.py")
    built.shared_object  # noqa: B018  (made here if this machine has not got it yet)
    start = time.perf_counter()
    result = built.run(CORES, jobs=threads, input=f"{repeats}\n")
    seconds = time.perf_counter() - start
    if result.lines[0] != [str(repeats)]:
        raise RuntimeError(f"{program} printed {result.output!r} after {repeats} repeats")
    return seconds


def at_once(machines: int, repeats: int) -> float:
    """Seconds for each of so many machines of one core that compute at the same time."""
    compute = partial(programs.run, "kernels/pi.py", repeats)
    threads = [threading.Thread(target=compute) for _ in range(machines)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - start) / machines


def _calibrate(effort: Effort) -> Row:
    programs.run("kernels/pi.py", 1)  # built here, not by both
    return row_beside("calibration: two machines at once", partial(at_once, THREADS),
                      [Peer("one thread", partial(at_once, 1))], effort)


def _measure(program: str, effort: Effort) -> Row:
    one = Peer("one thread", partial(on_threads, program, 1), bar=BARS[program])
    return row_beside(NAMES[program], partial(on_threads, program, THREADS), [one], effort)


GROUP = Group(
    "threads",
    "Two host threads beside one, seconds a repeat",
    (Case("calibration", _calibrate), *(Case(NAMES[name], partial(_measure, name)) for name in BARS)),
)
