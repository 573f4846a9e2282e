"""What the commands `eptrans` and `epython` share: the note of the last build, running, exit statuses.

Standard output belongs to the programs that run; everything said about them goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from eptrans.codegen.compiler_driver import CompilerNotFoundError, ObjectKind
from eptrans.core_spec import OptionError
from eptrans.diagnostics import CompileError, EptransError
from eptrans.epx import Package, refuse_source
from eptrans.files import FileError, check_writable, reason, write_whole
from eptrans.machine import MachineOptions, Outcome, Status
from eptrans.options import CompileOptions, Standard
from eptrans.record_options import ProgressTerminal, RecordOptions

if TYPE_CHECKING:
    from eptrans.program import Program

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


def default_output(source: str, suffix: str = ".epx") -> Path:
    """`PROG.epx` in the current folder, or another file of that name."""
    return Path(Path(source).stem + suffix)


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


@dataclass(frozen=True)
class Shown:
    """What a user wants to see of a run beside its output."""

    times: bool = False
    every_core: bool = False
    """In the table of times, however many there are."""
    sizes: bool = False
    trace: str | None = None
    """The path of a trace to write."""
    trace_window: str | None = None
    report: str | None = None
    """The path of a report page to write."""
    progress: bool = False
    """A line on standard error meanwhile, if it is a terminal."""


def run_package(
    package: Package, options: MachineOptions, *, cc: str | None = None, shown: Shown | None = None
) -> Exit:
    """Run a program on standard input and output, tell what went wrong, and show what was asked for.

    Raises FileError before the run where the report cannot be written.
    """
    from eptrans.program import Program

    shown = shown or Shown()
    if shown.report is not None:
        refuse_source(package, shown.report)
        check_writable(shown.report)
    program = Program(package, cc)
    sys.stdout.flush()
    options = replace(options, progress=_progress_terminal() if shown.progress else None)
    pictured = shown.report is not None
    lines = (pictured or shown.trace is not None) and _can_be_traced(program)
    record = RecordOptions(events=pictured, lines=lines)
    if shown.trace is not None:
        outcome, remark = _run_traced(program, options, shown, record)
    else:
        wanted = shown.times or pictured
        outcome, remark = program.run_machine(options, record=record if wanted else None), None
    for message in (program.explain(outcome), remark):
        if message:
            tell(message)
    if shown.times or shown.sizes:
        _show_tables(package, outcome, options, shown)
    if shown.report is not None:
        _write_report(package, outcome, options, shown.report)
    return _EXITS[outcome.status]


def _run_traced(
    program: Program, options: MachineOptions, shown: Shown, record: RecordOptions
) -> tuple[Outcome, str | None]:
    """The outcome, and what is to be said of the trace. Raises OptionError and TraceError before the run."""
    from eptrans.trace import TraceFile, parse_window

    assert shown.trace is not None
    window = parse_window(shown.trace_window, options.chip.clock_hz)
    file = TraceFile(shown.trace, options, window, [source.path for source in program.package.sources])
    outcome = None
    try:
        outcome = program.run_machine(options, record=replace(record, trace=file.target))
    finally:
        remark = file.finish(outcome.notes if outcome is not None else None)
    return outcome, remark


def _can_be_traced(program: Program) -> bool:
    """Whether the program can tell of its functions; compiles it, so that errors come before the run."""
    try:
        return bool(program.object_path(ObjectKind(traced=True)))
    except CompilerNotFoundError as error:
        tell(f"warning: functions and lines will not be shown: {error}")
        return not program.shared_object


def _show_tables(package: Package, outcome: Outcome, options: MachineOptions, shown: Shown) -> None:
    from eptrans import tables

    if shown.times:
        from eptrans.recorded_run import recording_of

        recording = recording_of(outcome, options, package.sources)
        tables.show_times(outcome, recording, sys.stderr, shown.every_core)
    if shown.sizes:
        tables.show_sizes(outcome, package.options.word_bytes, sys.stderr)


def _write_report(package: Package, outcome: Outcome, options: MachineOptions, path: str) -> None:
    """Write the page of a run; where that fails after all, as on a full disk, only say so."""
    from eptrans.page import write_report
    from eptrans.recorded_run import recording_of

    recording = recording_of(outcome, options, package.sources)
    try:
        write_report(recording, path, package.name)
    except FileError as error:
        tell(f"the run's report is lost: {error}")
    else:
        tell(f"report: {path}")


def _progress_terminal() -> ProgressTerminal | None:
    """Standard error, if a line can be drawn there and erased again."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb" or os.environ.get("NO_COLOR"):
        return None
    number = sys.stderr.fileno()
    return ProgressTerminal(number, os.get_terminal_size(number).columns or 80)


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
