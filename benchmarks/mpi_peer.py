"""Two ranks of mpi4py: `mpiexec -n 2 python -m benchmarks.mpi_peer PATTERN REPEATS`.

Rank 0 prints the wall seconds, after a warm-up. Buffers are used, which is mpi4py's fastest way. The patterns
are those of benchmarks/programs: what one repeat does there, one repeat does here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy
from mpi4py import MPI

ELEMENTS = 1024
WARM_UP = 100

world = MPI.COMM_WORLD
rank = world.Get_rank()


def ping_pong(repeats: int) -> None:
    """One value to and fro."""
    value = numpy.zeros(1, numpy.int32)
    for _ in range(repeats):
        if rank == 0:
            world.Send(value, 1)
            world.Recv(value, 1)
        else:
            world.Recv(value, 0)
            value[0] += 1
            world.Send(value, 0)


def array(repeats: int) -> None:
    """Arrays one way, and one value back at the end."""
    values = numpy.zeros(ELEMENTS, numpy.int32)
    for number in range(repeats):
        if rank == 0:
            values[0] = number + 1
            world.Send(values, 1)
        else:
            world.Recv(values, 0)
    if rank == 0:
        world.Recv(values[:1], 1)
    else:
        world.Send(values[:1], 0)


def barrier(repeats: int) -> None:
    """All meet."""
    for _ in range(repeats):
        world.Barrier()


def reduction(repeats: int) -> None:
    """One value of each added up, on all."""
    one, total = numpy.ones(1, numpy.int32), numpy.zeros(1, numpy.int32)
    for _ in range(repeats):
        world.Allreduce(one, total)


PATTERNS: dict[str, Callable[[int], None]] = {
    "ping_pong": ping_pong, "array": array, "barrier": barrier, "reduction": reduction,
}


def main(pattern: str, repeats: int) -> None:
    """Run a pattern and print how long it took."""
    run = PATTERNS[pattern]
    run(WARM_UP)
    world.Barrier()
    start = time.perf_counter()
    run(repeats)
    if rank == 0:
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
