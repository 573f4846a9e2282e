"""Two ranks of mpi4py send 4 bytes to and fro: `mpiexec -n 2 python -m benchmarks.mpi_pingpong REPEATS`.

Rank 0 prints the wall seconds. Buffers are used, which is mpi4py's fastest way.
"""

from __future__ import annotations

import sys
import time

import numpy
from mpi4py import MPI


def main(repeats: int) -> None:
    """Exchange the value that many times, to and fro."""
    world = MPI.COMM_WORLD
    rank = world.Get_rank()
    value = numpy.zeros(1, numpy.int32)
    world.Barrier()
    start = time.perf_counter()
    for _ in range(repeats):
        if rank == 0:
            world.Send(value, 1)
            world.Recv(value, 1)
        else:
            world.Recv(value, 0)
            world.Send(value, 0)
    if rank == 0:
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main(int(sys.argv[1]))
