"""The command `epython`: the same engine behind the options of the original ePython.

    epython [options] PROG.py

Options are written with one dash in upper or lower case and may stand before or after the program.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from eptrans import __version__
from eptrans.core_spec import DEFAULT_CORES, OptionError, machine_options
from eptrans.epx import StoredSource, load_package, save_package
from eptrans.machine import MachineOptions
from eptrans.options import Standard
from eptrans.session import Exit, Shown, compile_options, finish, run_package, show_warnings

# option -> (what stands for its value, or nothing; its help)
OPTIONS: dict[str, tuple[str, str]] = {
    "-c": ("SPEC", "run on these cores: one (3), a list (1,2,9), a range (1:7) or all"),
    "-d": ("N", "run on the first N cores of the device (default: 16)"),
    "-h": ("N", "run on N cores of the host too"),
    "-t": ("", "show how long each core ran"),
    "-s": ("", "show the sizes of code, data and stack"),
    "-o": ("FILE", "write the compiled program to FILE and do not run it"),
    "-l": ("FILE", "run the compiled program in FILE"),
    "-pp": ("", "show the program as it is after preprocessing, then run it"),
    "-datashared": ("", "keep globals, arrays and strings in shared memory"),
    "-codecore": ("", "keep the code in the memory of each core (as without this option)"),
    "-codeshared": ("", "keep the code in shared memory (it takes no room on a core)"),
    "-help": ("", "show this text"),
}


@dataclass
class Request:
    """What a command line asks for: the options given, with their values, and the program."""

    values: dict[str, str] = field(default_factory=dict)
    program: str | None = None

    def has(self, option: str) -> bool:
        """Whether an option was given."""
        return option in self.values

    def number(self, option: str, default: int) -> int:
        """The value of an option that takes a number. Raises OptionError."""
        text = self.values.get(option)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise OptionError(f"'{text}' is not a number: write {option} N, as in {option} 4") from None


def parse(arguments: list[str]) -> Request:
    """Read a command line. Raises OptionError."""
    request = Request()
    rest = iter(arguments)
    for argument in rest:
        option = argument.lower()
        if option in OPTIONS:
            request.values[option] = _value(option, rest)
        elif argument.startswith("-") and argument != "-":
            raise OptionError(f"there is no option {argument} ('epython -help' lists them)")
        elif request.program is not None:
            raise OptionError(f"one program can be run at a time, not '{request.program}' and '{argument}'")
        else:
            request.program = argument
    _check(request)
    return request


def _value(option: str, rest: Iterator[str]) -> str:
    what = OPTIONS[option][0]
    if not what:
        return ""
    value = next(rest, None)
    if value is None:
        raise OptionError(f"{option} needs a value: {option} {what}")
    return value


def _check(request: Request) -> None:
    """Refuse what does not go together."""
    if request.has("-help"):
        return
    if request.has("-codecore") and request.has("-codeshared"):
        raise OptionError("-codecore and -codeshared contradict each other: give one of them")
    if request.has("-c") and request.has("-d"):
        raise OptionError("-c and -d both choose the cores: give one of them")
    if request.has("-l") and request.program is not None:
        raise OptionError("-l runs a compiled program: leave out the source")
    if request.program is None and not request.has("-l"):
        raise OptionError("no program is given: epython PROG.py ('epython -help' lists the options)")


def help_text() -> str:
    """What `-help` shows."""
    lines = [f"epython (eptrans {__version__})", "usage: epython [options] PROG.py", ""]
    lines += [f"  {f'{option} {value}':<14} {text}" for option, (value, text) in OPTIONS.items()]
    return "\n".join(lines)


def machine(request: Request) -> MachineOptions:
    """The machine that a command line describes. Raises OptionError."""
    cores: int | str = request.values.get("-c") or request.number("-d", DEFAULT_CORES)
    options = machine_options(cores, host=request.number("-h", 0))
    return replace(
        options,
        code_in_shared_memory=request.has("-codeshared"),
        data_in_shared_memory=request.has("-datashared"),
    )


def _run(request: Request) -> Exit:
    options = machine(request)
    if request.has("-l"):
        package = load_package(request.values["-l"])
    else:
        from eptrans.toolchain import build_package

        package = build_package(str(request.program), compile_options(None, None))
        show_warnings(package)
        if request.has("-pp"):
            _show_preprocessed(package.sources)
        if request.has("-o"):
            save_package(package, request.values["-o"])
            return Exit.SUCCESS
    shown = Shown(times=request.has("-t"), sizes=request.has("-s"), progress=True)
    return run_package(package, options, shown=shown)


def _show_preprocessed(sources: tuple[StoredSource, ...]) -> None:
    """The program as the front end reads it, in plain Python 3, each imported file under its name."""
    import ast

    from eptrans.frontend.dialect import parse as parse_source
    from eptrans.frontend.source import SourceFile

    for source in sources:
        if source is not sources[0]:
            print(f"# {source.path}")
        module = parse_source(SourceFile.from_text(source.path, source.text), Standard.EPYTHON)
        print(ast.unparse(module.tree))


def _action() -> Exit:
    request = parse(sys.argv[1:]) if len(sys.argv) > 1 else Request({"-help": ""})
    if request.has("-help"):
        print(help_text())
        return Exit.SUCCESS
    return _run(request)


def main() -> None:
    """Run the command `epython` and end the process."""
    finish("epython", _action)
