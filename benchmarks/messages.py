"""Messages, collectives and tasks: nanoseconds an operation on one host thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks import programs
from benchmarks.cases import Case, Group, Row
from benchmarks.timing import Effort, measured

ARRAY_BYTES = 1024 * 4
_NANOSECOND = 1e-9


@dataclass(frozen=True)
class Exchange:
    """A program of benchmarks/programs, and how many operations one repeat of it is.

    `bar` is the most that an operation may take, in nanoseconds; `size` the bytes that one moves, where
    the rate is of interest; `tasks` tells that operations are tasks, whose rate is of interest too.
    """

    name: str
    program: str
    cores: int
    operations: int
    bar: float
    size: int = 0
    tasks: bool = False

    def seconds(self, repeats: int) -> float:
        """Processor seconds of that many repeats. Raises RuntimeError if the program prints anything else."""
        printed, seconds = programs.run(f"programs/{self.program}.py", repeats, self.cores)
        if printed != str(repeats):
            raise RuntimeError(f"{self.program} printed {printed} after {repeats} repeats")
        return seconds


EXCHANGES = (
    Exchange("ping-pong of 1 pair, a message", "pingpong", 2, 2, 15),
    Exchange("ping-pong of 8 pairs, a message", "pingpong", 16, 16, 15),
    Exchange("ring of 16, a message", "ring", 16, 16, 15),
    Exchange("ring of 4,096, a message", "ring", 4096, 4096, 25),
    Exchange("ring of 16 permuted, a message", "ring_permuted", 16, 16, 15),
    Exchange("ring of 4,096 permuted, a message", "ring_permuted", 4096, 4096, 40),
    Exchange("sendrecv on 16, a core", "exchange", 16, 16, 15),
    Exchange("array of 1,024, a message", "array_message", 16, 1, 512, size=ARRAY_BYTES),
    Exchange("sync on 16, all", "barrier", 16, 1, 250),
    Exchange("reduce on 16, all", "reduction", 16, 1, 250),
    Exchange("empty task, out and back", "empty_task", 16, 15, 50, tasks=True),
    Exchange("task with an array of 100", "array_task", 16, 15, 200, tasks=True),
    Exchange("probe that finds nothing", "probing", 16, 1, 10),
)


def _measure(exchange: Exchange, effort: Effort) -> Row:
    spread = measured(exchange.seconds, effort).divided(exchange.operations)
    note = ""
    if exchange.size:
        note = f"{exchange.size / spread.median / 1e9:.1f} GB/s"
    elif exchange.tasks:
        note = f"{1e-6 / spread.median:.1f} million/s"
    return Row(exchange.name, spread, bar=exchange.bar * _NANOSECOND, note=note)


GROUP = Group(
    "messages",
    "Messages and tasks, an operation",
    tuple(Case(exchange.name, partial(_measure, exchange)) for exchange in EXCHANGES),
)
