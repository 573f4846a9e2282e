"""Runs programs under Callgrind: `valgrind ... python -m benchmarks.count_driver JOBS COUNTER`.

JOBS is a JSON list of what to run: objects of eptrans' programs, and the C kernels as shared objects. Each is
run with n repeats and with 2n, and Callgrind is told to count just that. `benchmarks.counting` starts it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from eptrans.runtime.core import run_program

from eptrans.core_spec import machine_options
from eptrans.machine import Status

Count = Callable[[str, Callable[[], Any]], Any]


def _run_program(job: dict[str, Any], repeats: int, name: str, count: Count) -> None:
    """Run one of eptrans' programs. Raises RuntimeError if it fails or prints anything unexpected."""
    options = machine_options(job["cores"], jobs=1)
    with tempfile.TemporaryFile() as file:
        file.write(f"{repeats}\n".encode())
        file.seek(0)
        options = replace(options, capture=True, input_fd=file.fileno())
        outcome = count(name, lambda: run_program(job["object"], options))
    printed = outcome.output.decode().split()[-1:]
    if outcome.status is not Status.FINISHED or (job["prints_repeats"] and printed != [str(repeats)]):
        raise RuntimeError(f"{job['name']} ended with {outcome.status} and printed {printed}")


def _run_c(job: dict[str, Any], repeats: int, name: str, count: Count) -> None:
    """Run a kernel in C, whose `main` is in a shared object."""
    kernel = ctypes.CDLL(job["object"])
    words = (ctypes.c_char_p * 2)(b"kernel", str(repeats).encode())
    if count(name, lambda: kernel.main(2, words)) != 0:
        raise RuntimeError(f"{job['name']} in C failed")


def main(jobs_file: str, counter_object: str) -> None:
    """Run every job once to warm up, then with n and with 2n repeats under the counter."""
    counter = ctypes.CDLL(counter_object)

    def counted(name: str, run: Callable[[], Any]) -> Any:
        counter.count_from_here()
        result = run()
        counter.count_to_here(name.encode())
        return result

    gc.disable()  # its moments depend on what Python did before
    for job in json.loads(Path(jobs_file).read_text(encoding="utf-8")):
        run = _run_c if job["cores"] is None else _run_program
        run(job, job["repeats"], job["name"], lambda _, run: run())
        for label, factor in (("n", 1), ("2n", 2)):
            run(job, job["repeats"] * factor, f"{label} {job['name']}", counted)


if __name__ == "__main__":
    main(*sys.argv[1:])
