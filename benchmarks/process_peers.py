"""Processes of Python's own library that do what the programs of benchmarks/programs do.

Each function takes a number of repeats and gives the wall seconds, after a warm-up. What one repeat does
there, one repeat does here, in the fastest way that the library has.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

ELEMENTS = 1024
TASK_ELEMENTS = 100
WARM_UP = 100
WORKERS = 2


def _echo(connection: Connection) -> None:
    """Send back all that comes, one more, until None."""
    while (value := connection.recv()) is not None:
        connection.send(value + 1)


def pipe(repeats: int) -> float:
    """One value to another process and back."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_echo, args=(there,))
    process.start()

    def run(count: int) -> None:
        number = 0
        for _ in range(count):
            here.send(number)
            number = here.recv()

    seconds = _timed(run, repeats)
    here.send(None)
    process.join()
    return seconds


def _swallow(connection: Connection) -> None:
    """Take arrays; answer the empty one, and end at the second of these."""
    buffer = bytearray(4 * ELEMENTS)
    for _ in range(2):
        while connection.recv_bytes_into(buffer):
            pass
        connection.send_bytes(buffer[:4])


def pipe_array(repeats: int) -> float:
    """Arrays of 1,024 four-byte values to another process, and one value back at the end."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_swallow, args=(there,))
    process.start()
    values = bytearray(4 * ELEMENTS)

    def run(count: int) -> None:
        for number in range(count):
            values[0] = (number + 1) & 0xFF
            here.send_bytes(values)
        here.send_bytes(b"")
        here.recv_bytes()

    seconds = _timed(run, repeats)
    process.join()
    return seconds


def _meet(barrier: Barrier, repeats: int) -> None:
    for _ in range(WARM_UP + repeats):
        barrier.wait()


def barrier(repeats: int) -> float:
    """Two processes meet."""
    meeting = multiprocessing.Barrier(2)
    process = multiprocessing.Process(target=_meet, args=(meeting, repeats))
    process.start()

    def run(count: int) -> None:
        for _ in range(count):
            meeting.wait()

    seconds = _timed(run, repeats)
    process.join()
    return seconds


def _timed(run: Callable[[int], object], repeats: int) -> float:
    run(WARM_UP)
    start = time.perf_counter()
    run(repeats)
    return time.perf_counter() - start


def empty_task(_number: int) -> int:
    """The task that does nothing."""
    return 1


def array_task(values: Sequence[int]) -> int:
    """The task with an array."""
    return values[0] - values[TASK_ELEMENTS - 1]


_DATA = [1] * (TASK_ELEMENTS - 1) + [0]


def pool_empty(repeats: int) -> float:
    """Empty tasks, one by one, to a pool."""
    with multiprocessing.Pool(WORKERS) as workers:
        return _timed(lambda count: sum(workers.imap(empty_task, range(count), chunksize=1)), repeats)


def pool_array(repeats: int) -> float:
    """Tasks with arrays, one by one, to a pool."""
    with multiprocessing.Pool(WORKERS) as workers:
        return _timed(
            lambda count: sum(workers.imap(array_task, (_DATA for _ in range(count)), chunksize=1)), repeats
        )


def futures_empty(repeats: int) -> float:
    """Empty tasks, one by one, to an executor."""
    with ProcessPoolExecutor(WORKERS) as executor:
        return _timed(lambda count: sum(executor.map(empty_task, range(count))), repeats)


def futures_array(repeats: int) -> float:
    """Tasks with arrays, one by one, to an executor."""
    with ProcessPoolExecutor(WORKERS) as executor:
        return _timed(lambda count: sum(executor.map(array_task, [_DATA] * count)), repeats)
