"""The command `epython`: the original's options, in any case and any place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_server import CommandPool, Completed, Job

from eptrans.core_spec import OptionError
from eptrans.epython_cli import machine, parse

Run = Callable[[str], Completed]


@pytest.fixture
def epython(commands: CommandPool, tmp_path: Path) -> Run:
    (tmp_path / "prog.py").write_text("from parallel import *\nprint 'hello from ' + coreid()\n")

    def run(line: str) -> Completed:
        return commands.run(Job(tuple(line.split()), str(tmp_path), "epython"))

    return run


def test_the_tutorials_command_lines(epython: Run) -> None:
    assert epython("prog.py").stdout.count("hello") == 16
    assert epython("-d 5 prog.py").stdout.count("hello") == 5
    assert epython("prog.py -D 5").stdout.count("hello") == 5
    assert epython("-c 2:3 prog.py").stdout == "[device 2] hello from 2\n[device 3] hello from 3\n"
    assert epython("prog.py -d 1 -h 1").stdout.splitlines() == [
        "[device 0] hello from 0",
        "[host 1] hello from 1",
    ]
    assert "at 600 MHz" in epython("-t prog.py").stderr
    assert "stack" in epython("-s prog.py").stderr


def test_compiled_files(epython: Run, tmp_path: Path) -> None:
    assert epython("-o compiled prog.py").stdout == ""
    (tmp_path / "prog.py").unlink()
    assert epython("-l compiled -d 1").stdout == "[device 0] hello from 0\n"


def test_the_preprocessed_program(epython: Run) -> None:
    done = epython("-pp prog.py -d 1")
    assert "print('hello from ' + coreid())" in done.stdout
    assert done.stdout.endswith("[device 0] hello from 0\n")


@pytest.mark.parametrize("option", ["-datashared", "-codecore", "-codeshared"])
def test_placement_changes_no_result(epython: Run, tmp_path: Path, option: str) -> None:
    (tmp_path / "prog.py").write_text("a=[1.5]*10\na[3]=2\nprint a[3]+a[4]\n")
    assert epython(f"{option} prog.py -d 1").stdout == "[device 0] 3.500000\n"


def test_help(epython: Run) -> None:
    for line in ("", "-help", "-HELP"):
        done = epython(line)
        assert done.status == 0
        assert "-datashared" in done.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-d", "-d needs a value: -d N"),
        ("-d x prog.py", "'x' is not a number"),
        ("-d 0 prog.py", "0 cores cannot run"),
        ("-c 1:x prog.py", "'x' is not a core number"),
        ("-c 1 -d 1 prog.py", "-c and -d both choose the cores"),
        ("-q prog.py", "there is no option -q"),
        ("a.py b.py", "one program can be run at a time"),
        ("-t", "no program is given"),
        ("-l x prog.py", "leave out the source"),
    ],
)
def test_mistakes(line: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        machine(parse(line.split()))


def test_mistakes_have_status_2(epython: Run) -> None:
    done = epython("-d 0 prog.py")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("epython: error: 0 cores")
    assert epython("absent.py").status == 1
