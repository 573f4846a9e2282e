"""Finding the C compiler and running it: C text in, shared object out.

A compiler is taken from `--cc`, else `$CC`, else the first of cc, gcc and clang on the path, else the
`ziglang` package. The flags are chosen so that results do not depend on the compiler: no contraction
of a*b+c, wrapping integers, and no calls of sin, pow and the like worked out at build time, where
the compiler's own arithmetic could differ from the C library's by the last bit.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from eptrans.costs import runtime_costs
from eptrans.diagnostics import EptransError
from eptrans.memory_layout import NOTHING_FAR, FarParts

RUNTIME_HEADERS = Path(__file__).resolve().parent.parent / "runtime"
"""The folder of eptrans_rt.h, in the source tree and in an installed package alike."""

COMMANDS_ON_PATH = ("cc", "gcc", "clang")

# Functions of <math.h> that are not correctly rounded everywhere.
_INEXACT_FUNCTIONS = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp", "exp2", "expm1",
    "fmod", "hypot", "log", "log10", "log1p", "log2", "pow", "sin", "sincos", "sinh", "tan", "tanh",
)  # fmt: skip

# Basic-block (SLP) vectorisation takes gcc 12 half of the whole build time (110 of 210 ms on eight small
# functions) and finds next to nothing in generated code; loops are vectorised all the same.
_FLAGS = (
    "-std=gnu11", "-O3", "-g1", "-pipe", "-fPIC", "-shared", "-Wall", "-Wextra",
    "-ffp-contract=off", "-fwrapv", "-fno-math-errno", "-fno-tree-slp-vectorize",
    *(f"-fno-builtin-{name}" for name in _INEXACT_FUNCTIONS),
)  # fmt: skip

HOW_TO_GET_ONE = (
    "install one with 'apt install gcc libc6-dev' (Debian, Ubuntu), 'dnf install gcc' (Fedora) or "
    "'xcode-select --install' (macOS); or, with no rights on this machine, 'pip install eptrans[zig]'"
)


class CompilerNotFoundError(EptransError):
    """There is no C compiler, or not the one that was asked for."""


class CompilerFailedError(EptransError):
    """The C compiler did not accept generated code: a fault of eptrans or of the installation."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler that was found.

    `command` starts it; `identity` changes when another compiler takes its place under the same
    name (a path, a size and a time: asking it for its version would take longer than a cached build).
    """

    command: tuple[str, ...]
    identity: str
    is_zig: bool = False

    def arguments(self) -> tuple[str, ...]:
        """The command line up to the output file; C text is read from standard input."""
        zig = ("-fno-sanitize=all",) if self.is_zig else ()
        return (*self.command, *_FLAGS, *native_flags(), *zig, f"-I{RUNTIME_HEADERS}")


@dataclass(frozen=True)
class SharedObject:
    """What a C compiler made: the file's bytes, and its warnings (none are expected)."""

    data: bytes
    warnings: str


def native_flags() -> tuple[str, ...]:
    """The flag that allows every instruction of this processor; x86 and arm spell it differently."""
    machine = os.uname().machine.lower()
    if machine in ("x86_64", "amd64", "i686", "i386"):
        return ("-march=native",)
    if machine in ("arm64", "aarch64"):
        return ("-mcpu=native",)
    return ()


def find_compiler(requested: str | None = None) -> Compiler:
    """The C compiler to use; `requested` is `--cc`, a command with or without arguments.

    Raises CompilerNotFoundError, which tells what was tried and how to get a compiler.
    """
    for source, command in (("--cc", requested), ("$CC", os.environ.get("CC"))):
        if command is not None and command.strip():
            return _explicit_compiler(source, command)
    for name in COMMANDS_ON_PATH:
        path = shutil.which(name)
        if path is not None:
            return Compiler((path,), _file_identity(path))
    zig = find_spec("ziglang")
    if zig is not None and zig.origin is not None:
        return Compiler((sys.executable, "-m", "ziglang", "cc"), _file_identity(zig.origin), is_zig=True)
    raise CompilerNotFoundError(
        f"no C compiler was found; tried $CC, {', '.join(COMMANDS_ON_PATH)} on the path and the Python "
        f"package ziglang: {HOW_TO_GET_ONE}"
    )


def _explicit_compiler(source: str, command: str) -> Compiler:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CompilerNotFoundError(f"{source} is not a command: {command} ({error})") from None
    path = shutil.which(words[0])
    if path is None:
        raise CompilerNotFoundError(
            f"the C compiler '{words[0]}' given by {source} was not found: name one that is on the path, "
            f"or leave {source} out to try {', '.join(COMMANDS_ON_PATH)}"
        )
    path = os.path.abspath(path)
    is_zig = Path(path).name == "zig"
    if is_zig and words[1:] == []:
        words.append("cc")
    return Compiler((path, *words[1:]), " ".join([_file_identity(path), *words[1:]]), is_zig)


def _file_identity(path: str) -> str:
    """A file's real path, size and time of change."""
    real = os.path.realpath(path)
    status = os.stat(real)
    return f"{real} {status.st_size} {status.st_mtime_ns}"


@dataclass(frozen=True)
class ObjectKind:
    """Which of the shared objects of a program: what it tells and what it pays for besides."""

    traced: bool = False
    """It tells of its functions and blocks, to be run where that is recorded."""
    far: FarParts = NOTHING_FAR
    """What of the program lies in shared memory."""

    def flags(self) -> tuple[str, ...]:
        """For the C compiler; eptrans_inline.h tells what they mean."""
        traced = ("-DEP_TRACE",) if self.traced else ()
        return (*traced, *far_flags(self.far)) if self.far != NOTHING_FAR else traced


PLAIN_OBJECT = ObjectKind()


def far_flags(far: FarParts) -> tuple[str, ...]:
    """What code and data in shared memory cost, in ticks of half a cycle."""
    costs = runtime_costs()
    prices = {
        "FETCH": costs["shared_fetch"] if far.code else 0,
        "READ": costs["shared_read"] if far.data else 0,
        "WRITE": costs["shared_write"] if far.data else 0,
    }
    parts = far.code + 2 * far.data + 4 * far.stack  # enum ep_far in eptrans_rt.h
    return (f"-DEP_FAR={parts}", *(f"-DEP_{name}_PRICE={round(2 * price)}" for name, price in prices.items()))


def compile_c(
    c_text: str, compiler: Compiler, *, program: str, kind: ObjectKind = PLAIN_OBJECT
) -> SharedObject:
    """Compile generated C to one `kind` of shared object; `program` names its source, for messages.

    Raises CompilerFailedError. Nothing is left behind but the C text of a failure.
    """
    with tempfile.TemporaryDirectory(prefix="eptrans-") as folder:
        output = Path(folder, "program.so")
        # Debug information names no temporary folder, so that the same text gives the same bytes
        # and a debugger looks for the program's source from the folder it is started in.
        prefix = f"-fdebug-prefix-map={folder}=."
        command = [
            *compiler.arguments(),
            *kind.flags(),
            prefix,
            "-x",
            "c",
            "-",
            "-o",
            str(output),
            "-lm",
        ]
        status, messages = _run(command, c_text, folder)
        native = native_flags()
        refused = (*(flag.partition("=")[0] for flag in native), "target-cpu")
        if status != 0 and any(name in messages for name in refused):
            # An old compiler that does not know this processor, or emulation: plain code still runs. The
            # message need not hold the flag as it was given: gcc says "unknown value 'native' for '-mcpu'".
            status, messages = _run([word for word in command if word not in native], c_text, folder)
        if status != 0 or not output.exists():
            works = _run(command, "", folder)[0] == 0
            raise CompilerFailedError(_failure_text(c_text, compiler, status, messages, program, works))
        return SharedObject(output.read_bytes(), messages)


def _run(command: Sequence[str], text: str, folder: str) -> tuple[int, str]:
    """The exit status and the messages of a command that reads `text`, started in `folder`."""
    import subprocess  # slow to import, and not needed where the cache has the answer

    try:
        done = subprocess.run(
            command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            cwd=folder, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except OSError as error:
        raise CompilerNotFoundError(f"the C compiler {command[0]} cannot be run: {error.strerror}") from None
    return done.returncode, done.stdout.decode(errors="replace")


def _failure_text(
    c_text: str, compiler: Compiler, status: int, messages: str, program: str, works: bool
) -> str:
    """What to tell about a compiler that failed: the first error, and what to do about it.

    `works`: whether it takes a program that has nothing in it; if not, no C text is at fault.
    """
    name = " ".join(compiler.command)
    lines = messages.splitlines()
    if not lines or status < 0:
        how = f"signal {-status} ended it" if status < 0 else f"it ended with status {status} and no message"
        return f"the C compiler {name} does not work on this machine: {how}"
    first = next((line for line in lines if "error" in line.lower()), lines[0])
    if "No such file or directory" in first and ".h" in first and "eptrans_" not in first:
        return f"the C compiler {name} lacks its system headers ({first.strip()}): {HOW_TO_GET_ONE}"
    if not works or "No space left" in messages:
        return f"the C compiler {name} does not work on this machine: {first.strip()}"
    handle, kept = tempfile.mkstemp(prefix="eptrans-failed-", suffix=".c")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(c_text)
    return (
        f"the C compiler {name} did not accept the code generated for {program}: {first.strip()}\n"
        f"  this is a fault of eptrans, not of your program: please report it with the file {kept}"
    )
