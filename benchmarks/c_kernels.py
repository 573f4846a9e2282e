"""Compiling and running the C that stands beside each kernel."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.programs import HERE

FLAGS = ("-O3", "-ffp-contract=off", "-fwrapv", "-Wall", "-Wextra")
NATIVE = "-march=native"


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="eptrans-benchmarks-")


def command() -> list[str]:
    """The C compiler: $CC, else cc."""
    return shlex.split(os.environ.get("CC", "")) or ["cc"]


def compile_kernel(name: str, output: Path, compiler: Sequence[str], *flags: str) -> None:
    """Compile a kernel's C. Raises CalledProcessError if the compiler refuses it."""
    source = str(HERE / "kernels" / f"{name}.c")
    subprocess.run([*compiler, *FLAGS, *flags, source, "-o", str(output), "-lm"], check=True)


@cache
def compiled(name: str) -> str:
    """The path of the compiled kernel, for this processor. Raises CalledProcessError."""
    output = Path(_folder().name, name)
    compile_kernel(name, output, command(), NATIVE)
    return str(output)


def run(name: str, repeats: int) -> tuple[str, float]:
    """The checksum that a kernel prints, and the processor seconds it took by its own clock."""
    done = subprocess.run([compiled(name), str(repeats)], check=True, capture_output=True, text=True)
    checksum, seconds = done.stdout.split()
    return checksum, float(seconds)
