"""`eptrans report` and `run --report`: the page of a real run, output as ever, refusals before the run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.command_server import CommandPool, Completed, Job

RING = """from parallel import *
if coreid()==0:
\tsend(1, 1)
\tprint recv(numcores()-1)
else:
\tx=recv(coreid()-1)
\tsend(x+1, (coreid()+1) % numcores())
"""


class Shell:
    """Runs commands in a folder with a program `ring.py`."""

    def __init__(self, commands: CommandPool, folder: Path) -> None:
        self.commands = commands
        self.folder = folder
        (folder / "ring.py").write_text(RING)

    def __call__(self, line: str) -> Completed:
        command, *arguments = line.split()
        return self.commands.run(Job(tuple(arguments), str(self.folder), command))

    def facts(self, name: str) -> dict[str, Any]:
        text = (self.folder / name).read_text()
        found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text)
        assert found is not None
        facts: dict[str, Any] = json.loads(found[1])
        return facts


@pytest.fixture
def shell(commands: CommandPool, tmp_path: Path) -> Shell:
    return Shell(commands, tmp_path)


def test_report_runs_the_program_and_writes_its_page(shell: Shell) -> None:
    done = shell("eptrans report ring.py -d 4")
    assert (done.status, done.stdout, done.stderr) == (0, "[device 0] 4\n", "report: ring.html\n")
    facts = shell.facts("ring.html")
    assert facts["program"] == "ring.py" and facts["meshModel"] == "ideal" and facts["chip"] == "epiphany3"
    assert facts["deviceCores"] == 4 and facts["messages"] == 4
    assert facts["sources"] == [RING]
    assert facts["sliceCount"] > 4 and "waiting for messages" in facts["summary"][0]


def test_a_mesh_larger_than_the_chip_is_only_like_it(shell: Shell) -> None:
    shell("eptrans run ring.py -d 17 --report large.html --trace large.json")
    assert shell.facts("large.html")["chip"] == "like epiphany3"
    trace = json.loads((shell.folder / "large.json").read_text())
    assert trace["otherData"]["chip"] == "like epiphany3"
    shell("eptrans report ring.py --chips 2x1")
    assert shell.facts("ring.html")["chip"] == "epiphany3"


def test_run_writes_a_report_beside_everything_else(shell: Shell) -> None:
    done = shell("eptrans run ring.py -d 4 -t --report out.html --trace out.json")
    assert (done.status, done.stdout) == (0, "[device 0] 4\n")
    assert "slowest path" in done.stderr and done.stderr.endswith("report: out.html\n")
    assert shell("eptrans report ring.py -d 4").status == 0
    assert (shell.folder / "out.html").read_text() == (shell.folder / "ring.html").read_text()
    assert json.loads((shell.folder / "out.json").read_text())["traceEvents"]


def test_the_page_is_the_same_on_every_run(shell: Shell) -> None:
    for name in ("a.html", "b.html"):
        assert shell(f"eptrans report ring.py -d 4 --seed 3 -o {name}").status == 0
    assert (shell.folder / "a.html").read_bytes() == (shell.folder / "b.html").read_bytes()


def test_a_built_program_and_the_last_build_can_be_reported(shell: Shell) -> None:
    assert shell("eptrans build ring.py -o other.epx").status == 0
    assert shell("eptrans report other.epx").stderr == "report: other.html\n"
    assert shell("eptrans report -o last.html").stderr == "report: last.html\n"
    assert shell.facts("last.html")["sources"] == [RING]


def test_a_failed_run_is_reported_too(shell: Shell) -> None:
    (shell.folder / "stuck.py").write_text("from parallel import *\nx=recv(1-coreid())\n")
    done = shell("eptrans report stuck.py -d 2")
    assert done.status == 1 and "deadlock" in done.stderr and done.stderr.endswith("report: stuck.html\n")
    assert shell.facts("stuck.html")["deviceCores"] == 2


@pytest.mark.parametrize(
    ("path", "why"),
    [("nowhere/out.html", "no such file or directory"), (".", "is a directory"),
     ("ring.py", "it is a source of the program; give another name")],
)  # fmt: skip
def test_a_page_that_cannot_be_written_is_refused_before_the_run(shell: Shell, path: str, why: str) -> None:
    for command in (f"eptrans report ring.py -o {path}", f"eptrans run ring.py --report {path}"):
        done = shell(command)
        assert (done.status, done.stdout) == (1, "")
        assert done.stderr == f"eptrans: error: cannot write {path}: {why}\n"
    assert (shell.folder / "ring.py").read_text() == RING
    assert not list(shell.folder.glob(".eptrans-*"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_disk_that_fills_up_costs_the_page_and_not_the_run(shell: Shell) -> None:
    done = shell("eptrans run ring.py -d 4 --report /dev/full")
    assert (done.status, done.stdout) == (0, "[device 0] 4\n")
    assert done.stderr == "the run's report is lost: cannot write /dev/full: no space left on device\n"


SAME_FILES = {
    "run other.epx --trace other.epx": "cannot write --trace to other.epx: that is the built program",
    "run other.epx --report ./other.epx": "cannot write the page to ./other.epx: that is the built program",
    "report other.epx -o other.epx": "cannot write the page to other.epx: that is the built program",
    "run --trace other.epx": "cannot write --trace to other.epx: that is the built program",
    "run ring.py --chip mine.toml --trace mine.toml": "cannot write --trace to mine.toml: that is the chip",
    "report ring.py --chip mine.toml -o mine.toml": "cannot write the page to mine.toml: that is the chip",
    "run ring.py -o new.epx --report new.epx": "cannot write the page to new.epx: that is what -o writes",
    "run ring.py --trace out --report out": "cannot write the page to out: that is --trace",
    "run ring.py --trace=": "--trace needs the name of a file to write",
    "run ring.py --report=": "the page needs the name of a file to write",
    "run ring.py --chip=": "there is no chip ''",
    "run ring.py --all": "--all shows every core in the table of -t: give -t too",
    "run ring.py --chips 0x2": "a 0x2 grid of chips cannot be built",
}


@pytest.mark.parametrize("line", SAME_FILES)
def test_what_is_written_replaces_nothing_that_the_command_reads(shell: Shell, line: str) -> None:
    (shell.folder / "mine.toml").write_text('based_on = "epiphany3"\n')
    assert shell("eptrans build ring.py -o other.epx").status == 0
    before = {path.name: path.read_bytes() for path in shell.folder.iterdir() if path.is_file()}
    done = shell(f"eptrans {line}")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith(f"eptrans: error: {SAME_FILES[line]}")
    assert {path.name: path.read_bytes() for path in shell.folder.iterdir() if path.is_file()} == before


def test_a_device_may_be_named_twice(shell: Shell) -> None:
    done = shell("eptrans run ring.py -d 4 --trace /dev/null --report /dev/null")
    assert (done.status, done.stdout) == (0, "[device 0] 4\n")
