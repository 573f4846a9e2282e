"""Other ways to do the same from Python: Numba, CPython itself, MPI, processes and pipes, pools.

Kernels are timed by processor time, with 64-bit words on our side, since that is what Numba and CPython
compute with. Messages and tasks between processes are timed by the wall clock, and ours do the same on
as many cores. A peer that is not installed is told, with the command that installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks import epython_peer, kernels, process_peers
from benchmarks.cases import Case, Group, Peer, Row, row_beside
from benchmarks.messages import EXCHANGES
from benchmarks.programs import HERE
from benchmarks.servers import PeerError, Server
from benchmarks.timing import Effort, Measurement

_COMMAND_SECONDS = 300
_WORD = 64

Makers = Sequence[tuple[str, Measurement]]


def _install(*packages: str) -> str:
    return f"not installed: pip install {' '.join(packages)}"


# ---- kernels ---------------------------------------------------------------------------------------------


def _kernel(name: str, title: str, effort: Effort) -> Row:
    """A kernel of ours beside Numba and CPython, each in a process that has it ready."""
    with ExitStack() as stack:
        peers = [_python_peer("Numba", name, stack, "numba"), _python_peer("CPython", name, stack)]
        return row_beside(title, partial(kernels.ours, name, word=_WORD), peers, effort)


def _python_peer(title: str, name: str, stack: ExitStack, package: str | None = None) -> Peer:
    """A kernel run by Python, as it is or by a package that compiles it."""
    if package is not None and find_spec(package) is None:
        return Peer(title, None, missing=_install(package))
    options = [f"--{package}"] if package else []
    command = [sys.executable, "-m", "benchmarks.python_kernel", name, *options]
    server = stack.enter_context(Server(command, HERE.parent, os.environ))
    return Peer(title, lambda repeats: float(server.ask(repeats)[1]))


def _interpreted(name: str, title: str, effort: Effort) -> Row:
    """A kernel of ours beside ePython's interpreter, whose words have 32 bits too."""
    peer = Peer(epython_peer.COMMAND, partial(epython_peer.run, name))
    return row_beside(title, partial(kernels.ours, name), [peer], effort)


def _interpreted_cases() -> list[Case]:
    """A case for each kernel, or one that tells that the interpreter is not there."""
    title = "ePython's interpreter"
    if not epython_peer.found():
        return [Case(title, lambda effort: Row(title, note=epython_peer.MISSING))]
    titles = {f"{name}, {title}": name for name in kernels.KERNELS}
    return [Case(each, partial(_interpreted, name, each)) for each, name in titles.items()]


# ---- messages and tasks ----------------------------------------------------------------------------------


def mpi(launcher: str, pattern: str, repeats: int) -> float:
    """A pattern of messages between two ranks of mpi4py."""
    ranks = (sys.executable, "-m", "benchmarks.mpi_peer", pattern, str(repeats))
    return float(_command_output(launcher, "-n", "2", *ranks)[-1])


def mpi_launcher() -> str | None:
    """The command that starts ranks: the one beside this Python, else one on the path."""
    return shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")


def _mpi_peer(pattern: str) -> Peer:
    launcher = mpi_launcher()
    if find_spec("mpi4py") is None or launcher is None:
        return Peer("mpi4py", None, missing=_install("mpi4py", "mpich"))
    return Peer("mpi4py", partial(mpi, launcher, pattern))


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


def _exchange(title: str, program: str, cores: int, operations: int, pattern: str | None, makers: Makers,
              effort: Effort) -> Row:
    """A program of ours beside two ranks of MPI, where there is a pattern for that, and processes.

    A repeat of ours is as many operations as one of the peers, or is made so.
    """
    exchange = replace(next(each for each in EXCHANGES if each.program == program), cores=cores)
    ours_operations = cores - 1 if exchange.tasks else operations
    peers = [_mpi_peer(pattern)] if pattern is not None else []
    peers += [Peer(name, measure) for name, measure in makers]

    def ours(repeats: int) -> float:
        return exchange.seconds(repeats) * operations / ours_operations

    return row_beside(title, ours, peers, effort, operations=operations)


def _exchange_case(title: str, program: str, cores: int, operations: int, pattern: str | None,
                   *makers: tuple[str, Measurement]) -> Case:
    return Case(title, partial(_exchange, title, program, cores, operations, pattern, makers))


GROUP = Group(
    "peers",
    "Peers: the same in other ways",
    (
        _exchange_case("message to and fro, one way", "pingpong", 2, 2, "ping_pong",
                       ("multiprocessing.Pipe", process_peers.pipe)),
        _exchange_case("array of 1,024 to another", "array_message", 2, 1, "array",
                       ("multiprocessing.Pipe", process_peers.pipe_array)),
        _exchange_case("barrier of two", "barrier", 2, 1, "barrier",
                       ("multiprocessing.Barrier", process_peers.barrier)),
        _exchange_case("sum over two, on both", "reduction", 2, 1, "reduction"),
        _exchange_case("empty task, farmed out", "empty_task", 16, 1, None,
                       ("multiprocessing.Pool", process_peers.pool_empty),
                       ("concurrent.futures", process_peers.futures_empty)),
        _exchange_case("task with 100 values, farmed out", "array_task", 16, 1, None,
                       ("multiprocessing.Pool", process_peers.pool_array),
                       ("concurrent.futures", process_peers.futures_array)),
        *(Case(f"{name}, 64 bits", partial(_kernel, name, f"{name}, 64 bits")) for name in kernels.KERNELS),
        *_interpreted_cases(),
    ),
    mean_of=("Numba", "CPython", epython_peer.COMMAND),
)
