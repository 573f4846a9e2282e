"""What other processors and compilers use: the context switch by itself, and generated C for arm64.

The arm64 tests need a cross compiler (Debian: gcc-aarch64-linux-gnu and libc6-dev-arm64-cross), those that
run something qemu-user as well, and they are left out where these are missing.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from eptrans.codegen.compiler_driver import RUNTIME_HEADERS
from eptrans.compile import compile_program
from eptrans.options import CompileOptions, Standard

ROOT = Path(__file__).resolve().parent.parent
FIBERS = ROOT / "tests/data/fiber/fibers.c"
GENERATED_RUNTIME = ROOT / "build/cython/eptrans/runtime"
EXAMPLES = {"task_mix.py": Standard.EPYTHON, "kernel_python3.py": Standard.PYTHON3}

ARM64_COMPILER = "aarch64-linux-gnu-gcc"
NO_ARM64_COMPILER = f"no {ARM64_COMPILER}: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{RUNTIME_HEADERS}")
GENERATED = (*STRICT, "-O2", "-fwrapv", "-ffp-contract=off", "-c", "-o", "/dev/null")
LONGEST = 120  # seconds; a context switch that goes wrong may well run for ever


@dataclass(frozen=True)
class Target:
    """A compiler with its flags, and whether what it makes is arm64 code for another machine."""

    compiler: str
    flags: tuple[str, ...] = ()
    is_arm64: bool = False

    def __str__(self) -> str:
        return " ".join((self.compiler, *self.flags))


UCONTEXT = "-DEPTRANS_FIBER_UCONTEXT"
TARGETS = (
    Target("cc"),
    Target("cc", (UCONTEXT,)),
    Target("clang"),
    Target("clang", (UCONTEXT,)),
    Target(ARM64_COMPILER, ("-static", "-fPIC"), is_arm64=True),
    Target(ARM64_COMPILER, ("-static", "-fPIC", "-mbranch-protection=standard"), is_arm64=True),
    Target(ARM64_COMPILER, ("-static", "-fPIC", UCONTEXT), is_arm64=True),
)


def emulator() -> tuple[str, ...]:
    """What to put before an arm64 program to run it."""
    if platform.machine() in ("aarch64", "arm64"):
        return ()
    for name in EMULATORS:
        if shutil.which(name):
            return (name,)
    pytest.skip("no qemu-aarch64: apt install qemu-user")


def need(compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(NO_ARM64_COMPILER if compiler == ARM64_COMPILER else f"no {compiler}")


def compile_strictly(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_context_switch(target: Target, level: str, tmp_path: Path) -> None:
    need(target.compiler)
    program = tmp_path / "fibers"
    before = emulator() if target.is_arm64 else ()
    compile_strictly(target.compiler, *STRICT, *target.flags, level, str(FIBERS), "-o", str(program))
    run = [*before, str(program)]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert (done.returncode, done.stdout[:3]) == (0, "ok "), done.stdout + done.stderr


@pytest.mark.parametrize("word", [32, 64])
@pytest.mark.parametrize("compiler", ["clang", ARM64_COMPILER])
@pytest.mark.parametrize("example", EXAMPLES)
def test_generated_c(example: str, compiler: str, word: int) -> None:
    need(compiler)
    built = compile_program(str(ROOT / "examples" / example), CompileOptions(EXAMPLES[example], word))
    compile_strictly(compiler, *GENERATED, "-x", "c", "-", text=built.c_text)


def test_runtime_modules_for_arm64() -> None:
    """Their syntax only, and with the headers of this machine's Python where those suit both."""
    need(ARM64_COMPILER)
    sources = sorted(GENERATED_RUNTIME.glob("*.c"))
    if not sources:
        pytest.skip(f"the runtime's C text is not in {GENERATED_RUNTIME.relative_to(ROOT)}")
    check = (ARM64_COMPILER, "-std=gnu11", "-fsyntax-only", f"-I{RUNTIME_HEADERS}",
             f"-I{sysconfig.get_path('include')}")  # fmt: skip
    probe = subprocess.run([*check, "-x", "c", "-"], input="#include <Python.h>\n", text=True, check=False,
                           capture_output=True)  # fmt: skip
    if probe.returncode != 0:
        pytest.skip("this Python's headers are for its own processor only")
    compile_strictly(*check, *map(str, sources))
