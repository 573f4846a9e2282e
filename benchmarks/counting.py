"""Counting the instructions of an operation with Valgrind's Callgrind.

All that is counted runs in one process under Valgrind, with n repeats and with 2n; the difference divided by
the operations of n repeats is free of start-up, of Python and of what first use costs. Programs are compiled
for x86-64-v3 where the processor is one of that family: this Valgrind knows no AVX-512, and the counts of
all such machines can be compared.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import eptrans
from benchmarks import c_kernels, kernels, messages
from benchmarks.programs import HERE
from eptrans.codegen.compiler_driver import find_compiler
from eptrans.diagnostics import EptransError

KERNEL_REPEATS = 8
MESSAGE_OPERATIONS = 16_000
"""Operations that the smaller of the two runs of a message program has, about."""
LEAST_REPEATS = 16
"""Of 4,096 cores too: how the C library clears their memory differs from one run to the next."""

C_SUFFIX = " in C"

_WRAPPER = HERE / "portable_cc.sh"
_TRIGGER = re.compile(r"^desc: Trigger: Client Request: (2?n) (.+)$", re.MULTILINE)
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_GCC = re.compile(r"^\S*\b(cc|gcc)(-\d+)? ")
"""How gcc calls itself, which is how it was called."""
_MOST_SECONDS = 600


class CountingError(EptransError):
    """Instructions cannot be counted here; the text tells why and what to install."""


@dataclass(frozen=True)
class Job:
    """Something to count. `object` is a shared object; `cores` is None for a kernel in C.

    A repeat is `operations` of what the count is given for.
    """

    name: str
    object: str
    cores: int | None
    repeats: int
    operations: int
    prints_repeats: bool


def missing() -> str | None:
    """What stands in the way of counting on this machine, with what to do; None if nothing does."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed (apt install valgrind)"
    if platform.machine() in ("x86_64", "AMD64") and not _has_avx2():
        return "this processor has no AVX2, which code for x86-64-v3 needs"
    return None


def _has_avx2() -> bool:
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True


def environment() -> dict[str, str]:
    """What counts depend on, besides eptrans itself."""
    return {
        "compiler": _GCC.sub("gcc ", _first_line(*find_compiler().command, "--version")),
        "library": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
        "valgrind": _first_line("valgrind", "--version"),
    }


def _first_line(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.partition("\n")[0]


def names() -> list[str]:
    """All that can be counted, by name."""
    return [*kernels.KERNELS, *(exchange.name for exchange in messages.EXCHANGES)]


def counts(wanted: Iterable[str]) -> dict[str, float]:
    """Instructions an operation, by name; a kernel has a second one, of its C, by its name and C_SUFFIX.

    Raises CountingError.
    """
    chosen = set(wanted)
    with tempfile.TemporaryDirectory(prefix="eptrans-counts-") as folder:
        jobs = [*_kernel_jobs(chosen, Path(folder)), *_message_jobs(chosen)]
        totals = _run(jobs, Path(folder))
    try:
        return {job.name: (totals["2n", job.name] - totals["n", job.name]) / (job.repeats * job.operations)
                for job in jobs}
    except KeyError as error:
        raise CountingError(f"Callgrind wrote no count of {error}") from None


def _compiler() -> str:
    """The command of the C compiler whose code Valgrind can run, for eptrans' `cc`."""
    found = find_compiler()
    return shlex.join(["sh", str(_WRAPPER), found.identity, *found.command])


def _program(path: str) -> str:
    return eptrans.build(HERE / path, cc=_compiler()).shared_object


def _kernel_jobs(chosen: set[str], folder: Path) -> list[Job]:
    """The kernels that are chosen, each followed by its C."""
    jobs: list[Job] = []
    for name in filter(chosen.__contains__, kernels.KERNELS):
        library = folder / f"{name}.so"
        c_kernels.compile_kernel(name, library, shlex.split(_compiler()), "-shared", "-fPIC")
        jobs += [
            Job(name, _program(f"kernels/{name}.py"), 1, KERNEL_REPEATS, 1, False),
            Job(name + C_SUFFIX, str(library), None, KERNEL_REPEATS, 1, False),
        ]
    return jobs


def _message_jobs(chosen: set[str]) -> list[Job]:
    return [
        Job(
            exchange.name,
            _program(f"programs/{exchange.program}.py"),
            exchange.cores,
            max(LEAST_REPEATS, MESSAGE_OPERATIONS // exchange.operations),
            exchange.operations,
            True,
        )
        for exchange in messages.EXCHANGES
        if exchange.name in chosen
    ]


def _run(jobs: list[Job], folder: Path) -> Mapping[tuple[str, str], int]:
    """The instructions of all runs, by "n" or "2n" and the name of the job. Raises CountingError."""
    counter = _counter(folder)
    jobs_file = folder / "jobs.json"
    jobs_file.write_text(json.dumps([asdict(job) for job in jobs]), encoding="utf-8")
    output = f"--callgrind-out-file={folder / 'counts'}"
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", output,
               sys.executable, "-m", "benchmarks.count_driver", str(jobs_file), counter]
    clean = {"LD_PRELOAD": counter, "PYTHONHASHSEED": "0"}
    try:
        subprocess.run(command, cwd=HERE.parent, env={**os.environ, **clean}, check=True,
                       capture_output=True, text=True, timeout=_MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise CountingError(f"counting took more than {_MOST_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if not line.startswith("==")]
        raise CountingError(f"counting failed: {(said or [f'status {error.returncode}'])[-1]}") from None
    return _totals(folder)


def _counter(folder: Path) -> str:
    """The helper that tells Callgrind what to count. Raises CountingError."""
    output = str(folder / "counter.so")
    flags = ("-O2", "-shared", "-fPIC", "-pthread")
    command = [*c_kernels.command(), *flags, str(HERE / "counter.c"), "-o", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CountingError(f"counter.c cannot be compiled; are Valgrind's headers there?\n{done.stderr}")
    return output


def _totals(folder: Path) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for path in folder.glob("counts*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        trigger, total = _TRIGGER.search(text), _TOTAL.search(text)
        if trigger is not None and total is not None:
            found[trigger[1], trigger[2]] = int(total[1])
    return found
