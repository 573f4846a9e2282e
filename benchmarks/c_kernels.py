"""Compiling and running the C that stands beside each kernel."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.programs import HERE

FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fwrapv")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="eptrans-benchmarks-")


@cache
def compiled(name: str) -> str:
    """The path of the compiled kernel. Raises CalledProcessError if the compiler refuses it."""
    output = str(Path(_folder().name, name))
    source = str(HERE / "kernels" / f"{name}.c")
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, *FLAGS, "-Wall", "-Wextra", source, "-o", output, "-lm"], check=True)
    return output


def run(name: str, repeats: int) -> tuple[str, float]:
    """The checksum that a kernel prints, and the processor seconds it took by its own clock."""
    done = subprocess.run([compiled(name), str(repeats)], check=True, capture_output=True, text=True)
    checksum, seconds = done.stdout.split()
    return checksum, float(seconds)
