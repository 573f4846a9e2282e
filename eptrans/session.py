"""What the commands `eptrans` and `epython` share: the note of the last build, running, exit statuses.

Standard output belongs to the programs that run; everything said about them goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from eptrans.core_spec import OptionError
from eptrans.diagnostics import CompileError, EptransError
from eptrans.epx import Package
from eptrans.files import FileError, reason, write_whole
from eptrans.machine import MachineOptions, Status
from eptrans.options import CompileOptions, Standard
from eptrans.record_options import RecordOptions

LAST_BUILD = Path(".eptrans", "last")
"""Names the .epx file that was built last in the current folder."""


class Exit(IntEnum):
    """Exit statuses of the commands."""

    SUCCESS = 0
    ERROR = 1  # the program cannot be built, or failed, or a file cannot be used
    USAGE = 2
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141  # as of a command that a closed pipe has ended


_EXITS = {
    Status.FINISHED: Exit.SUCCESS,
    Status.FAULT: Exit.ERROR,
    Status.DEADLOCK: Exit.ERROR,
    Status.INTERRUPTED: Exit.INTERRUPTED,
    Status.OUTPUT_CLOSED: Exit.OUTPUT_CLOSED,
}


# ---- building --------------------------------------------------------------------------------------------


def compile_options(standard: str | None, word: int | str | None) -> CompileOptions:
    """The options of a build; without a word, the standard's own."""
    chosen = Standard(standard) if standard is not None else Standard.EPYTHON
    return CompileOptions(chosen, int(word) if word is not None else chosen.default_word)


def default_output(source: str) -> Path:
    """`PROG.epx` in the current folder."""
    return Path(Path(source).stem + ".epx")


def note_last_build(output: Path) -> None:
    """Let `eptrans run` without a name find the build; where that cannot be, only warn."""
    if not output.is_file():  # a device or a pipe: there is nothing to find
        return
    try:
        LAST_BUILD.parent.mkdir(exist_ok=True)
        write_whole(LAST_BUILD, f"{output}\n".encode("utf-8", "surrogateescape"))
    except (OSError, FileError):
        tell(f"warning: {LAST_BUILD} cannot be written, so 'eptrans run' will need the name {output}")


def last_build() -> str:
    """The .epx file that was built last in this folder. Raises OptionError if there is none."""
    try:
        name = LAST_BUILD.read_bytes().decode("utf-8", "surrogateescape").rstrip("\n")
    except OSError:
        name = ""
    if not name:
        raise OptionError(
            "nothing has been built in this folder yet: 'eptrans build PROG.py' first, "
            "or name a program, as in 'eptrans run PROG.py'"
        )
    if not os.path.exists(name):
        raise OptionError(
            f"{name}, which was built last in this folder, is gone: build it again, "
            "or name a program, as in 'eptrans run PROG.py'"
        )
    return name


def show_warnings(package: Package) -> None:
    """What the front end warned of when the program was built."""
    for warning in package.warnings:
        tell(warning)


# ---- running --------------------------------------------------------------------------------------------


def run_package(
    package: Package,
    options: MachineOptions,
    *,
    cc: str | None = None,
    times: bool = False,
    sizes: bool = False,
) -> Exit:
    """Run a program on standard input and output, tell what went wrong, and show tables where asked for."""
    from eptrans.program import Program

    program = Program(package, cc)
    sys.stdout.flush()
    outcome = program.run_machine(options, record=RecordOptions() if times else None)
    message = program.explain(outcome)
    if message:
        tell(message)
    if times or sizes:
        from eptrans import tables

        if times:
            from eptrans.recorded_run import recording_of

            recording = recording_of(outcome, options, package.options.word_bytes, package.sources)
            tables.show_times(outcome, recording, sys.stderr)
        if sizes:
            tables.show_sizes(outcome, package.options.word_bytes, sys.stderr)
    return _EXITS[outcome.status]


# ---- ending --------------------------------------------------------------------------------------------


def tell(text: str) -> None:
    """A message for the user, on standard error."""
    print(text, file=sys.stderr, flush=True)


def finish(command: str, action: Callable[[], Exit]) -> NoReturn:
    """Run a whole command and end the process with its exit status; no error shows as a traceback."""
    _open_standard_streams()
    try:
        status = _guarded(command, action)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        status = Exit.OUTPUT_CLOSED
    except OSError as error:  # the standard output is full or gone
        _discard_output()
        tell(f"{command}: error: cannot write the output: {reason(error)}")
        status = Exit.ERROR
    sys.exit(int(status))


def _guarded(command: str, action: Callable[[], Exit]) -> Exit:
    try:
        return action()
    except OptionError as error:
        tell(f"{command}: error: {error}")
        return Exit.USAGE
    except CompileError as error:
        tell(str(error))
    except EptransError as error:
        tell(f"{command}: error: {error}")
    except KeyboardInterrupt:
        tell(f"{command}: interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        tell(f"{command}: error: {f'{error.filename}: ' if error.filename else ''}{reason(error)}")
    except MemoryError:
        tell(f"{command}: error: this machine has not enough memory for that")
    except Exception as error:
        if os.environ.get("EPTRANS_DEBUG"):
            raise
        tell(
            f"{command}: internal error: {type(error).__name__}: {error}\n"
            "  this is a fault of eptrans, not of your program: please report it, with what "
            "EPTRANS_DEBUG=1 in the environment adds"
        )
    return Exit.ERROR


def _open_standard_streams() -> None:
    """Where a standard stream was closed (`>&-`), no other file may take its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere: the standard output does not take it."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
    except OSError:
        return
