"""What the mesh model `contention` costs: programs that mostly exchange messages, beside the model `ideal`.

Both run on one thread of this computer. The model is to take at most 1.5 times the run time of `ideal`;
programs that compute between their messages come nearer to it than those that do nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from benchmarks import programs
from benchmarks.cases import Case, Group, Peer, Row, row_beside
from benchmarks.timing import Effort

BAR = 1.5
"""The highest that the time with `contention` may be, as a multiple of that with `ideal`."""


@dataclass(frozen=True)
class Load:
    """A program on so many cores. `first` is its input before the number of repeats.

    `messages`: how many a repeat has, or 1 where the time of a whole repeat is to be shown.
    """

    name: str
    program: str
    cores: int
    messages: int = 1
    first: str = ""


LOADS = (
    Load("ping-pong of one pair", "pingpong", 2, messages=2),
    Load("ping-pong of 8 pairs", "pingpong", 16, messages=16),
    Load("ring of 16 cores", "ring", 16, messages=16),
    Load("ring of 16 permuted", "ring_permuted", 16, messages=16),
    Load("ring of 64 permuted", "ring_permuted", 64, messages=64),
    Load("all to one of 16 cores", "gather", 16, messages=15),
    Load("butterfly of 16 cores", "butterfly", 16, messages=16),
    Load("butterfly of 64 cores", "butterfly", 64, messages=64),
    Load("Jacobi 1-D, 62 cells a core", "jacobi_small", 16),
    Load("Jacobi 2-D, 8 rows of 20 a core", "jacobi_strips", 16, first="8\n20\n"),
    Load("Jacobi 2-D, 16 rows of 64 a core", "jacobi_strips", 16, first="16\n64\n"),
)


def seconds(load: Load, model: str, repeats: int) -> float:
    """Processor seconds of a run with a mesh model."""
    program = programs.built(f"programs/{load.program}.py")
    program.shared_object  # noqa: B018  (made here if this machine has not got it yet)
    start = time.process_time()
    result = program.run(load.cores, jobs=1, mesh_model=model, input=f"{load.first}{repeats}\n")
    taken = time.process_time() - start
    if len(result.lines[0]) != 1:
        raise RuntimeError(f"{load.program} printed {result.output!r} where one value was expected")
    return taken


def _measure(load: Load, effort: Effort) -> Row:
    ideal = Peer("ideal", partial(seconds, load, "ideal"), bar=BAR)
    return row_beside(load.name, partial(seconds, load, "contention"), [ideal], effort,
                      operations=load.messages)


GROUP = Group(
    "models",
    "The mesh model `contention` beside `ideal`, seconds a message (Jacobi: a step)",
    tuple(Case(load.name, partial(_measure, load)) for load in LOADS),
    mean_of=("ideal",),
)
