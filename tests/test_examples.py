"""Every program in examples/: on 16 cores against tests/data/examples/NAME.out, and on other numbers.

Expected lines are written as in the .test files (`0| text`, `*| text`); `<any>` in one
stands for any text. Output is compared core by core.
"""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest
from support.case_files import expected_by_core, output_by_core
from support.command_server import CommandPool, Completed, Job

from eptrans.compile import compile_program
from eptrans.options import CompileOptions, Standard

FOLDER = Path(__file__).parents[1] / "examples"
EXPECTED = Path(__file__).parent / "data" / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))
ALONE_TOO = {"hello", "collectives", "halo_swap", "jacobi", "gauss_seidel", "sort", "mandelbrot", "pi_reduce",
             "kernel_python3"}
OTHER_COUNTS = [(name, cores) for name in EXAMPLES for cores in (1, 2, 5) if cores > 1 or name in ALONE_TOO]


def run_example(commands: CommandPool, name: str, cores: int) -> Completed:
    standard = ("--std", "python3") if name.endswith("_python3") else ()
    return commands.run(Job(("run", f"{name}.py", "-d", str(cores), *standard), str(FOLDER)))


def matches(want: list[str], got: list[str]) -> bool:
    patterns = [".*".join(map(re.escape, line.split("<any>"))) for line in want]
    return len(want) == len(got) and all(map(re.fullmatch, patterns, got))


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_prints_what_it_should(name: str, commands: CommandPool) -> None:
    done = run_example(commands, name, 16)
    assert (done.status, done.stderr) == (0, "")
    lines = (EXPECTED / f"{name}.out").read_text(encoding="utf-8").splitlines()
    want = expected_by_core(lines, [str(core) for core in range(16)])
    got = output_by_core(done.stdout)
    wrong = {core: (want.get(core), got.get(core)) for core in {*want, *got}
             if not matches(want.get(core, []), got.get(core, []))}
    assert not wrong


@pytest.mark.parametrize(("name", "cores"), OTHER_COUNTS)
def test_example_on_other_numbers_of_cores(name: str, cores: int, commands: CommandPool) -> None:
    done = run_example(commands, name, cores)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_tells_what_it_teaches_and_how_to_run_it(name: str) -> None:
    head = (FOLDER / f"{name}.py").read_text(encoding="utf-8").split("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "# Teaches:" in head
    assert re.search(rf"# Run: +eptrans run .*{name}\.py", head)


def test_pi_comes_out_by_all_methods(commands: CommandPool) -> None:
    for name in ("pi_reduce", "pi_farm"):
        found = re.findall(r"pi is about ([0-9.]+)", run_example(commands, name, 16).stdout)
        assert 3.08 < float(found[-1]) < 3.2


@pytest.mark.parametrize("name", EXAMPLES)
def test_compiling_leaves_nothing_for_the_garbage_collector(name: str) -> None:
    """It is off meanwhile, and would go over all that is in cycles as soon as it is on again."""
    standard = Standard.PYTHON3 if name.endswith("_python3") else Standard.EPYTHON
    path, options = str(FOLDER / f"{name}.py"), CompileOptions(standard, standard.default_word)
    compile_program(path, options)  # what is made once and kept is no garbage
    gc.collect()
    gc.disable()
    try:
        compile_program(path, options)
        assert gc.collect() == 0
    finally:
        gc.enable()
