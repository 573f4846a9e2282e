"""Loops and arithmetic: kernels in ePython, each with the same control flow in C beside it."""

from __future__ import annotations

from functools import partial

from benchmarks import c_kernels, programs
from benchmarks.cases import Case, Group, Peer, Row, row_beside
from benchmarks.timing import Effort

KERNELS = ("pi", "jacobi", "mandelbrot", "matrix", "oddeven", "mergesort", "nbody", "sieve", "totals",
           "integral")

RANDOM_KERNELS = ("pi",)
"""The kernels whose checksum differs from C's, because the core's random numbers start elsewhere."""

MOST_RATIO = 1.25
MOST_MEAN = 1.05


def ours(name: str, repeats: int, *, word: int = 32) -> float:
    """Processor seconds of our kernel, from the start of the machine to its end."""
    return programs.run(f"kernels/{name}.py", repeats, word=word)[1]


def by_c(name: str, repeats: int) -> float:
    """Processor seconds of the kernel in C."""
    return c_kernels.run(name, repeats)[1]


def _measure(name: str, effort: Effort) -> Row:
    c = Peer("C", partial(by_c, name), bar=MOST_RATIO)
    return row_beside(name, partial(ours, name), [c], effort)


GROUP = Group(
    "kernels",
    "Kernels on one core, a repeat",
    tuple(Case(name, partial(_measure, name)) for name in KERNELS),
    mean_of=("C",),
    mean_bar=MOST_MEAN,
)
