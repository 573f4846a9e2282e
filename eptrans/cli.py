"""The command `eptrans`: build, run and check ePython programs.

Each command is a small function whose text is the help that a user reads; session.py does the work that
`epython` shares. Modules that not every command needs are imported where they are used, since the
start of the command is most of the time of a cached build.
"""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from eptrans import __version__
from eptrans.core_spec import OptionError, machine_options
from eptrans.session import (
    Exit,
    Shown,
    compile_options,
    default_output,
    finish,
    last_build,
    note_last_build,
    run_package,
    show_warnings,
    tell,
)

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """Names the way out for who forgets the command before the program."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and Path(name).suffix in (".py", ".epx"):
            ctx.fail(f"'{name}' is not a command: to run it, type 'eptrans run {name}'")
        return super().resolve_command(ctx, args)


def _build_options(command: Any) -> Any:
    """The options that decide what is built, and what is made of it."""
    for option in reversed((
        click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT.epx",
                     help="Write the built program here (default: PROG.epx in the current folder)."),
        click.option("--emit", type=click.Choice(["ir", "c"]),
                     help="Print the intermediate representation or the C text (to -o if given)."),
        _language_options,
    )):  # fmt: skip
        command = option(command)
    return command


def _language_options(command: Any) -> Any:
    """The options that decide what a program means and what compiles it."""
    for option in reversed((
        click.option("--std", type=click.Choice(["epython", "python3"]),
                     help="The meaning of the program: ePython's own (the default) or Python 3's."),
        click.option("--word", type=click.Choice(["32", "64"]),
                     help="Bits of the machine word (default: 32 for epython, 64 for python3)."),
        click.option("--cc", metavar="CC", help="The C compiler (default: $CC, cc, gcc, clang or ziglang)."),
    )):  # fmt: skip
        command = option(command)
    return command


def _machine_options(command: Any) -> Any:
    """The options that describe the machine."""
    for option in reversed((
        click.option("-d", "devices", type=int, metavar="N", help="Run on the first N cores (default: 16)."),
        click.option("-c", "cores", metavar="SPEC",
                     help="Run on these cores: 3, a list 1,2,9, a range 1:7, all, or mixed 1,3:5."),
        click.option("--host", type=int, default=0, metavar="N",
                     help="Run on N host cores too, numbered after the device's."),
        click.option("--mesh", metavar="RxC",
                     help="Rows and columns of the mesh (default: 4x4, or a square large enough)."),
        click.option("--chip", metavar="CHIP",
                     help="epiphany3 (the default), epiphany4, epiphany5 or the path of a TOML file."),
        click.option("--chips", metavar="RxC", help="Rows and columns of chips side by side (default: 1x1)."),
        click.option("--mesh-model", metavar="MODEL", default="ideal", show_default=True,
                     help="ideal, or contention: messages wait for links that others hold."),
        click.option("--local-memory", metavar="B",
                     help="Local memory of each core in bytes; K, M and G may follow (default: the chip's)."),
        click.option("--shared-memory", default="32M", metavar="B", show_default=True,
                     help="Shared memory of all cores together."),
        click.option("--seed", type=int, default=0, metavar="N", show_default=True,
                     help="Start of the cores' random numbers."),
        click.option("-j", "--jobs", type=int, metavar="N",
                     help="Run the cores on up to N threads of this computer, as many as pay "
                          "(default: all processors). Results do not depend on it."),
        click.option("-t", "--times", is_flag=True,
                     help="Show what each core did with its cycles, and the slowest path."),
        click.option("--all", "every_core", is_flag=True, help="Show every core in the table of -t."),
        click.option("--trace", type=click.Path(), metavar="OUT.json[.gz]",
                     help="Write the run as a trace for Chrome or Perfetto, compressed with .gz."),
        click.option("--trace-window", metavar="FROM:TO",
                     help="Trace this part of the device's time only: cycles, or with ns, us, ms, s; "
                          "either may be left out."),
        click.option("--progress/--no-progress", default=True,
                     help="Tell on a terminal how far a long run is (default: yes)."),
        click.option("-s", "--sizes", is_flag=True, help="Show the sizes of code, data and stack of a core."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings=CONTEXT, invoke_without_command=True)
@click.version_option(__version__, prog_name="eptrans")
@click.pass_context
def commands(context: click.Context) -> None:
    """Compile ePython programs to native code and run them on an emulated mesh of cores.

    \b
        eptrans build prog.py && eptrans run
        eptrans run prog.py -d 4
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@commands.command(context_settings=CONTEXT)
@click.argument("program", metavar="PROG.py")
@_build_options
def build(program: str, output: Path | None, std: str | None, word: str | None, emit: str | None,
          cc: str | None) -> Exit:  # fmt: skip
    """Compile PROG.py to an .epx file, which 'eptrans run' starts."""
    options = compile_options(std, word)
    if emit is not None:
        _emit(program, options, emit, output)
        return Exit.SUCCESS
    from eptrans import epx
    from eptrans.toolchain import build_package

    package = build_package(program, options, cc)
    show_warnings(package)
    target = output or default_output(program)
    epx.save_package(package, target)
    note_last_build(target)
    tell(f"built {target}")
    return Exit.SUCCESS


@commands.command(context_settings=CONTEXT)
@click.argument("program", metavar="[PROG.py | OUT.epx]", required=False)
@_build_options
@_machine_options
@click.option("--report", type=click.Path(), metavar="OUT.html",
              help="Write a page that shows what happened in the run.")  # fmt: skip
def run(program: str | None, **rest: Any) -> Exit:
    """Run a program: a source (which is built first), an .epx file, or what was built last here."""
    return _run(program, **rest)


@commands.command(context_settings=CONTEXT)
@click.argument("program", metavar="[PROG.py | OUT.epx]", required=False)
@click.option("-o", "--output", "page", type=click.Path(), metavar="OUT.html",
              help="Write the page here (default: PROG.html in the current folder).")  # fmt: skip
@_language_options
@_machine_options
def report(program: str | None, page: str | None, **rest: Any) -> Exit:
    """Run a program as 'eptrans run' does and write a page that shows what happened.

    The page is one file that needs no network: mesh, timeline, slowest path, hot lines, messages, memory.
    """
    target = page or str(default_output(program if program is not None else last_build(), ".html"))
    return _run(program, report=target, output=None, emit=None, **rest)


def _run(
    program: str | None, devices: int | None, cores: str | None, cc: str | None, **rest: Any
) -> Exit:
    """What `run` and `report` share."""
    from eptrans import epx

    if devices is not None and cores is not None:
        raise OptionError("-d and -c both choose the cores: give one of them")
    chosen: int | str | None = cores if cores is not None else devices
    machine = machine_options(
        chosen, host=rest["host"], mesh=rest["mesh"], chip=rest["chip"], chips=rest["chips"],
        mesh_model=rest["mesh_model"], local_memory=rest["local_memory"],
        shared_memory=rest["shared_memory"], seed=rest["seed"], jobs=rest["jobs"],
    )  # fmt: skip
    shown = Shown(**{field.name: rest[field.name] for field in fields(Shown)})
    if shown.trace_window is not None and shown.trace is None:
        raise OptionError("--trace-window chooses a part of a trace: give --trace OUT.json too")
    if shown.every_core and not shown.times:
        raise OptionError("--all shows every core in the table of -t: give -t too")
    built = program if program is not None else last_build()
    taken = {"the built program": built if epx.is_package(built) else None,
             "the chip": rest["chip"], "what -o writes": rest["output"]}  # fmt: skip
    _refuse_same_files(shown, taken)
    package = _package_to_run(built, cc, rest)
    return run_package(package, machine, cc=cc, shown=shown)


def _refuse_same_files(shown: Shown, others: dict[str, str | Path | None]) -> None:
    """See to it that what is written of a run replaces no file that the same command names for something
    else. Devices such as /dev/null may be named twice. Raises OptionError."""
    taken = {os.path.realpath(path): what for what, path in others.items() if path}
    for option, path in (("--trace", shown.trace), ("the page", shown.report)):
        if path is None:
            continue
        if not path:
            raise OptionError(f"{option} needs the name of a file to write")
        place = os.path.realpath(path)
        if place in taken and (os.path.isfile(place) or not os.path.exists(place)):
            raise OptionError(f"cannot write {option} to {path}: that is {taken[place]}; give another name")
        taken[place] = option


def _package_to_run(name: str, cc: str | None, rest: dict[str, Any]) -> Any:
    """The built program that a `run` means, after doing with it what the build's options ask for."""
    from eptrans import epx

    output, emit = rest["output"], rest["emit"]
    if epx.is_package(name):
        package = epx.load_package(name)
        given = [f"--{option}" for option in ("std", "word", "emit", "output") if rest[option] is not None]
        if given:
            raise OptionError(
                f"{given[0]} is for building, but {name} is built already: give it with the source"
            )
        return package
    options = compile_options(rest["std"], rest["word"])
    from eptrans.toolchain import build_package

    package = build_package(name, options, cc)
    show_warnings(package)
    if emit is not None:
        _emit(name, options, emit, output)
    elif output is not None:
        epx.save_package(package, output)
    return package


def _emit(program: str, options: Any, what: str, output: Path | None) -> None:
    """Write the text of one stage of the compiler to a file or to standard output."""
    from eptrans.compile import compile_program
    from eptrans.files import write_whole

    compilation = compile_program(program, options)
    text = compilation.c_text if what == "c" else compilation.ir_text
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        write_whole(output, text.encode())


@commands.command(context_settings=CONTEXT)
@click.argument("program", metavar="PROG.py")
@click.option("--std", type=click.Choice(["epython", "python3"]), help="The meaning of the program.")
@click.option("--word", type=click.Choice(["32", "64"]), help="Bits of the machine word.")
@click.option("--types", is_flag=True,
              help="Show the source with the type of each name, and why one is known at run time only.")
def check(program: str, std: str | None, word: str | None, types: bool) -> Exit:
    """Look for errors in PROG.py without building it; no C compiler is needed."""
    options = compile_options(std, word)
    if types:
        return _check_types(program, options)
    from eptrans.compile import compile_program

    compilation = compile_program(program, options)
    for warning in compilation.warnings:
        tell(warning.render())
    count = len(compilation.warnings)
    click.echo(f"{program}: no errors, {count} warning{'s' if count > 1 else ''}" if count
               else f"{program}: no problems")  # fmt: skip
    return Exit.SUCCESS


def _check_types(program: str, options: Any) -> Exit:
    """The listing of types, on standard output; warnings go to standard error."""
    from eptrans.type_listing import list_types, show_listing

    listing, warnings = list_types(program, options)
    for warning in warnings:
        tell(warning.render())
    show_listing(listing, sys.stdout)
    return Exit.SUCCESS


def _action() -> Exit:
    try:
        status = commands.main(sys.argv[1:], prog_name="eptrans", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else "eptrans"
        message = error.format_message().rstrip(".")
        raise OptionError(f"{message} ('{where} --help' shows the options)") from None
    except click.ClickException as error:
        raise OptionError(error.format_message()) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return Exit(status or 0)


def main() -> None:
    """Run the command `eptrans` and end the process."""
    finish("eptrans", _action)
