"""Other ways to do the same from Python: processes and pipes, pools, MPI, CPython itself, and Numba.

Messages and tasks between processes are timed by the wall clock, kernels by processor time. The ratio
is the peer's time divided by ours. A peer that is not installed gets a row that says so.
"""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import kernels
from benchmarks.cases import Case, Group, Row
from benchmarks.messages import EXCHANGES, Exchange
from benchmarks.programs import HERE
from benchmarks.timing import Effort, Measurement, compared

_COMMAND_SECONDS = 300
_WORKERS = 2
_MPI = "mpi4py on 2 ranks, a message"


class PeerError(Exception):
    """A peer that is installed does not work; the text tells in a line what it said."""


def _exchange(program: str) -> Exchange:
    """The first exchange that runs a program."""
    return next(exchange for exchange in EXCHANGES if exchange.program == program)


def _one_operation(measure: Measurement, operations: int) -> Measurement:
    """The time of one operation for each repeat, of a measurement whose repeats are several."""
    return lambda repeats: measure(repeats) / operations


def _echo(connection: Connection) -> None:
    """Send back all that comes, until None."""
    while (value := connection.recv()) is not None:
        connection.send(value)


def pipe(repeats: int) -> float:
    """Values to another process and back."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_echo, args=(there,))
    process.start()
    here.send(0)
    here.recv()
    start = time.perf_counter()
    for number in range(repeats):
        here.send(number)
        here.recv()
    seconds = time.perf_counter() - start
    here.send(None)
    process.join()
    return seconds


def _empty(number: int) -> int:
    return number


def pool(repeats: int) -> float:
    """Empty tasks, one by one, to a pool."""
    with multiprocessing.Pool(_WORKERS) as workers:
        workers.apply(_empty, (0,))
        start = time.perf_counter()
        for _ in workers.imap(_empty, range(repeats), chunksize=1):
            pass
        return time.perf_counter() - start


def futures(repeats: int) -> float:
    """Empty tasks, one by one, to an executor."""
    with ProcessPoolExecutor(_WORKERS) as executor:
        executor.submit(_empty, 0).result()
        start = time.perf_counter()
        for task in [executor.submit(_empty, number) for number in range(repeats)]:
            task.result()
        return time.perf_counter() - start


def mpi(launcher: str, repeats: int) -> float:
    """Values to another rank of mpi4py and back."""
    ranks = (sys.executable, "-m", "benchmarks.mpi_pingpong", str(repeats))
    return float(_command_output(launcher, "-n", "2", *ranks)[-1])


def python_kernel(name: str, options: tuple[str, ...], repeats: int) -> float:
    """Processor seconds of a kernel under CPython or, with the option --numba, compiled by Numba."""
    command = (sys.executable, "-m", "benchmarks.python_kernel", name, str(repeats), *options)
    return float(_command_output(*command)[-1])


def _command_output(*command: str) -> list[str]:
    """The words that a command prints. Raises PeerError if it fails or takes too long."""
    try:
        done = subprocess.run(
            command, cwd=HERE.parent, check=True, capture_output=True, text=True, timeout=_COMMAND_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise PeerError(f"took more than {_COMMAND_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"ended with status {error.returncode}"]
        raise PeerError(lines[-1]) from None
    return done.stdout.split()


def _beside(name: str, ours: Measurement, peer: Measurement, effort: Effort) -> Row:
    """The row of a peer; one that is installed and does not work is told, and spoils nothing else."""
    try:
        return Row.comparing(name, compared(ours, peer, effort).inverted())
    except PeerError as error:
        return Row(name, note=f"does not work: {error}")


def _beside_exchange(name: str, program: str, peer: Measurement, operations: int, effort: Effort) -> Row:
    """One operation of ours beside one of a peer, whose repeats are `operations` of them."""
    exchange = _exchange(program)
    ours = _one_operation(exchange.seconds, exchange.operations)
    return _beside(name, ours, _one_operation(peer, operations), effort)


def _mpi(effort: Effort) -> Row:
    launcher = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if find_spec("mpi4py") is None or launcher is None:
        return Row(_MPI, note="not installed (mpi4py, mpich)")
    return _beside_exchange(_MPI, "pingpong", partial(mpi, launcher), 2, effort)


def _kernel(name: str, kernel: str, options: tuple[str, ...], effort: Effort) -> Row:
    if "--numba" in options and find_spec("numba") is None:
        return Row(name, note="not installed (numba)")
    return _beside(name, partial(kernels.ours, kernel), partial(python_kernel, kernel, options), effort)


def _exchange_case(name: str, program: str, peer: Measurement, operations: int) -> Case:
    return Case(name, lambda effort: _beside_exchange(name, program, peer, operations, effort))


def _kernel_cases(language: str, *options: str) -> list[Case]:
    names = {f"{language}, {kernel}": kernel for kernel in kernels.KERNELS}
    return [Case(name, partial(_kernel, name, kernel, options)) for name, kernel in names.items()]


GROUP = Group(
    "peers",
    "Peers: the same in other ways",
    (
        _exchange_case("multiprocessing.Pipe, a message", "pingpong", pipe, 2),
        Case(_MPI, _mpi),
        _exchange_case("multiprocessing.Pool, an empty task", "empty_task", pool, 1),
        _exchange_case("concurrent.futures, an empty task", "empty_task", futures, 1),
        *_kernel_cases("CPython"),
        *_kernel_cases("Numba (float64)", "--numba"),
    ),
    reference="peer",
    ratio="peer / ours",
)
