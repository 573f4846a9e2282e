"""The Python calls: `build` a program, `Program.run` it, read the `Result`.

    program = eptrans.build("farm.py")
    result = program.run(cores=64, seed=7)
    print(result.output, result.cores["cycles"].max())

What goes wrong is raised: `CompileError` at build time; at run time `Fault`, `DeadlockError` or
`Interrupted`, each a `RunError` with the output so far.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eptrans import core_spec, epx, report
from eptrans.codegen.compiler_driver import PLAIN_OBJECT, ObjectKind
from eptrans.diagnostics import EptransError
from eptrans.machine import (
    DEFAULT_SHARED_MEMORY,
    MachineOptions,
    MeshModel,
    OtherObjectNeeded,
    Outcome,
    Status,
)
from eptrans.options import CompileOptions, Standard
from eptrans.record_options import RecordOptions
from eptrans.toolchain import LoadableObject, build_package, loadable_object, special_object

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from eptrans.recording import Recording

_PREFIX = re.compile(r"\[(?:device|host) ([0-9]+)\] ")


class RunError(EptransError):
    """A program ended other than by reaching its end.

    `result` has what it printed and what each core had done by then.
    """

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result

    @property
    def output(self) -> str:
        """All that the program had printed."""
        return self.result.output


class Fault(RunError):
    """An error in a running program, such as a division by zero; `result.outcome.fault` tells where."""


class DeadlockError(RunError):
    """No core could go on; `result.outcome.waits` tells what each waited for."""


class Interrupted(RunError, KeyboardInterrupt):
    """Ctrl-C ended the program; `result.outcome.waits` tells where each core was."""


_ERRORS: dict[Status, type[RunError]] = {
    Status.FAULT: Fault,
    Status.DEADLOCK: DeadlockError,
    Status.INTERRUPTED: Interrupted,
}


@dataclass(frozen=True, repr=False)
class Result:
    """What a run gave."""

    outcome: Outcome
    """The machine's own report: lists with one entry a core."""
    recorder: Callable[[], Recording] | None = None
    """Gives what was recorded; None: nothing was."""

    def __repr__(self) -> str:
        cores, lines = len(self.outcome.core_ids), self.output.count("\n")
        return f"<eptrans.Result: {cores:,} cores, {self.cycles:,.1f} cycles, {lines:,} lines printed>"

    @cached_property
    def recording(self) -> Recording:
        """What was recorded of a run with `record`: numpy arrays; times are ticks (half cycles).

        `cores` has cycles by kind and bytes of memory, `path` the slowest path, `traffic` the message matrix
        and `links` what each link carried, in bytes; `slices` and `messages` are events, up to a limit, and
        `lost` counts those beyond it.
        `eptrans.recording` names every field. Raises ValueError for a run without `record`.
        """
        if self.recorder is None:
            raise ValueError("the run was not recorded: use run(..., record=True)")
        return self.recorder()

    @cached_property
    def output(self) -> str:
        """All that was printed, each line with its `[device N] ` or `[host N] `."""
        return self.outcome.output.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> dict[int, list[str]]:
        """The lines that each core printed, without their prefix."""
        found: dict[int, list[str]] = {core: [] for core in self.outcome.core_ids}
        core = -1
        # Not splitlines(): to a program, a form feed and the like are characters of a line.
        for line in self.output.removesuffix("\n").split("\n") if self.output else ():
            prefix = _PREFIX.match(line)
            if prefix is not None:
                core = int(prefix[1])
            found.setdefault(core, []).append(line[prefix.end() :] if prefix else line)
        return found

    @cached_property
    def cores(self) -> NDArray[numpy.void]:
        """A structured array with one row a core.

        Fields: `core` (its number), `host` (whether it is a host core), `cycles` (in all), `wait` (cycles
        spent waiting for other cores), `link_wait` (of these, because messages waited for links), `sent` and
        `received` (messages), `tasks` (of the task farm), `local` and `shared` (most bytes of data at one
        time), `stack` (most words of stack).
        """
        import numpy

        outcome = self.outcome
        columns: dict[str, tuple[Iterable[Any], str]] = {
            "core": (outcome.core_ids, "i4"),
            "host": (outcome.is_host, "?"),
            "cycles": (outcome.cycles, "f8"),
            "wait": (outcome.waited, "f8"),
            "link_wait": (outcome.waited_link, "f8"),
            "sent": (outcome.messages_sent, "i8"),
            "received": (outcome.messages_received, "i8"),
            "tasks": (outcome.tasks, "i8"),
            "local": (outcome.local_peak, "i8"),
            "shared": (outcome.shared_peak, "i8"),
            "stack": (outcome.stack_peak, "i8"),
        }
        table = numpy.zeros(
            len(outcome.core_ids), dtype=[(name, kind) for name, (_, kind) in columns.items()]
        )
        for name, (values, _) in columns.items():
            table[name] = values
        return table

    @property
    def wait(self) -> NDArray[numpy.float64]:
        """Cycles that each core spent waiting for others."""
        return self.cores["wait"]

    @property
    def cycles(self) -> float:
        """Cycles until the last core ended."""
        return max(self.outcome.cycles, default=0.0)

    @property
    def seconds(self) -> float:
        """The time until the last core ended, at the device's clock."""
        return self.cycles / self.outcome.clock_hz


class Program:
    """A built program, ready to be run any number of times."""

    def __init__(self, package: epx.Package, cc: str | None = None) -> None:
        self.package = package
        self._cc = cc
        self._objects: dict[ObjectKind, LoadableObject] = {}

    def __repr__(self) -> str:
        options = self.package.options
        return f"<eptrans.Program {self.package.name!r} std={options.standard.value} word={options.word}>"

    @property
    def c_text(self) -> str:
        """The C that the program was compiled to."""
        return self.package.c_text

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of the build, each as it is shown to a user."""
        return self.package.warnings

    @property
    def shared_object(self) -> str:
        """The path of the program's shared object, compiled again if this machine needs it to be."""
        return self.object_path(PLAIN_OBJECT)

    def object_path(self, kind: ObjectKind) -> str:
        """The path of one of the program's shared objects. All but the plain one need a C compiler.

        Raises CompilerNotFoundError.
        """
        found = self._objects.get(kind)
        if found is None or not os.path.exists(found.path):
            if kind == PLAIN_OBJECT:
                found = loadable_object(self.package, self._cc)
            else:
                found = special_object(self.package, kind, self._cc)
            self._objects[kind] = found
        return found.path

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to an `.epx` file. Raises FileError."""
        epx.save_package(self.package, os.fspath(path))

    def run(
        self,
        cores: int | str | Iterable[int] | None = None,
        *,
        host: int = 0,
        mesh: str | tuple[int, int] | None = None,
        chip: str | os.PathLike[str] | None = None,
        chips: str | tuple[int, int] | None = None,
        mesh_model: str | MeshModel = MeshModel.IDEAL,
        local_memory: int | str | None = None,
        shared_memory: int | str = DEFAULT_SHARED_MEMORY,
        seed: int = 0,
        jobs: int | None = None,
        input: str | bytes = b"",
        record: bool | RecordOptions = False,
    ) -> Result:
        """Run the program to its end and collect what it prints.

        `cores` is how many run (by default 16), a specification such as "1,3:5" or the cores' numbers; `host`
        is the number of host cores; `mesh` is "8x8" or (rows, columns); `chip` is "epiphany3" or the like, or
        the path of a TOML file, and `chips` how many of them are tiled, as in "2x2"; `mesh_model` is "ideal",
        or "contention" where messages wait for links; the memory sizes are bytes, a core's (by default the
        chip's) and all cores' together, or text such as "32K"; `jobs` is the most threads of this
        computer that run the cores, by default all its processors (no result depends on it); `input` is what
        the program reads. With `record` the result has a `recording`: who waited for whom, messages, link
        loads; RecordOptions says how much. A recorded run takes one thread.

        Raises OptionError for what the machine cannot be, and Fault, DeadlockError or Interrupted.
        """
        options = core_spec.machine_options(
            cores,
            host=host,
            mesh=mesh,
            chip=None if chip is None else os.fspath(chip),
            chips=chips,
            mesh_model=mesh_model,
            local_memory=local_memory,
            shared_memory=shared_memory,
            seed=seed,
            jobs=jobs,
        )
        if record:
            chosen = record if isinstance(record, RecordOptions) else RecordOptions(events=True, lines=True)
            options = replace(options, record=chosen)
        text = input.encode() if isinstance(input, str) else input
        if not isinstance(text, bytes):
            raise core_spec.OptionError(f"the input of a program is text or bytes, not {input!r}")
        with tempfile.TemporaryFile() as file:
            file.write(text)
            file.seek(0)
            outcome = self.run_machine(options, capture=True, input_fd=file.fileno())
        result = Result(outcome, self._recorder(outcome, options) if record else None)
        error = _ERRORS.get(outcome.status)
        if error is not None:
            raise error(self.explain(outcome), result)
        return result

    def run_machine(self, options: MachineOptions, **changes: Any) -> Outcome:
        """Run on a machine that is described in full, with some of its options changed."""
        from eptrans.runtime.core import run_program

        options = replace(options, **changes)
        kind = ObjectKind(traced=options.record is not None and options.record.lines)
        outcome: Outcome
        try:
            outcome = run_program(self.object_path(kind), options)
        except OtherObjectNeeded as needed:  # some of the program lies in shared memory: with its price
            outcome = run_program(self.object_path(replace(kind, far=needed.parts)), options)
        return outcome

    def _recorder(self, outcome: Outcome, options: MachineOptions) -> Callable[[], Recording]:
        """Makes the recording of a run when it is asked for."""

        def recording() -> Recording:
            from eptrans.recorded_run import recording_of

            return recording_of(outcome, options, self.package.sources)

        return recording

    def explain(self, outcome: Outcome) -> str:
        """What went wrong in a run, with the source lines concerned; nothing after a good one."""
        return report.explain(outcome, self.source_line)

    def source_line(self, path: str, line: int) -> str | None:
        """A line of the program as it was when it was built (lines count from 1); None if there is none."""
        for source in self.package.sources:
            if source.path == path:
                lines = source.text.split("\n")
                return lines[line - 1] if 1 <= line <= len(lines) else None
        return None


def build(
    path: str | os.PathLike[str],
    *,
    std: str | Standard = Standard.EPYTHON,
    word: int | None = None,
    cc: str | None = None,
    output: str | os.PathLike[str] | None = None,
) -> Program:
    """Compile the program at `path`, or take it from the cache where nothing has changed.

    `std` is "epython" or "python3"; `word` is 32 or 64 bits, by default the standard's own; `cc` is the C
    compiler; `output` names an `.epx` file to write. Raises CompileError for errors in the program, and
    EptransError where there is no C compiler or a file cannot be written.
    """
    try:
        standard = Standard(std)
    except ValueError:
        raise core_spec.OptionError(f"'{std}' is not a standard: write 'epython' or 'python3'") from None
    bits = standard.default_word if word is None else core_spec.whole("the machine word", word)
    if bits not in (32, 64):
        raise core_spec.OptionError(f"the machine word is 32 or 64 bits, not {bits}")
    options = CompileOptions(standard, bits)
    program = Program(build_package(os.fspath(path), options, cc), cc)
    if output is not None:
        program.save(output)
    return program


def load(path: str | os.PathLike[str], *, cc: str | None = None) -> Program:
    """The program in an `.epx` file. Raises EptransError if it cannot be read or is not one."""
    return Program(epx.load_package(os.fspath(path)), cc)
