"""The command `eptrans`, as a user types it: what it writes, where, its messages and exit statuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.command_server import CommandPool, Completed, Job

from eptrans.epx import load_package, save_package

HELLO = "from parallel import *\nprint 'hello from ' + coreid()\n"
TWO_LINES = "[device 0] hello from 0\n[device 1] hello from 1\n"


class Shell:
    """Runs commands in a folder of its own."""

    def __init__(self, commands: CommandPool, folder: Path) -> None:
        self.commands = commands
        self.folder = folder

    def __call__(self, line: str, *, text: str = "", **environment: str) -> Completed:
        command, *arguments = line.split()
        return self.commands.run(
            Job(tuple(arguments), str(self.folder), command, text, environment=environment)
        )

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


@pytest.fixture
def shell(commands: CommandPool, tmp_path: Path) -> Shell:
    shell = Shell(commands, tmp_path)
    shell.write("prog.py", HELLO)
    return shell


def process(folder: Path, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    """A process of its own, for what needs real pipes and signals; `before` is Python to run first.

    It is killed after half a minute, so that no test waits for ever.
    """
    code = f"{before}\nfrom eptrans.cli import main\nmain()"
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=folder, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    watchdog = threading.Timer(30, child.kill)
    watchdog.daemon = True
    watchdog.start()
    return child


def refused(done: Completed, status: int, *parts: str) -> None:
    """A command that failed well: its status, and one error message with these parts."""
    assert (done.status, done.stdout) == (status, ""), done
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr
    assert done.stderr.count("error") == 1


# ---- the main job --------------------------------------------------------------------------------------


def test_build_then_run(shell: Shell) -> None:
    built = shell("eptrans build prog.py")
    assert (built.status, built.stdout, built.stderr) == (0, "", "built prog.epx\n")
    assert sorted(os.listdir(shell.folder)) == [".eptrans", "prog.epx", "prog.py"]
    ran = shell("eptrans run -d 2")
    assert (ran.status, ran.stdout, ran.stderr) == (0, TWO_LINES, "")


def test_run_builds_a_source_and_leaves_no_file(shell: Shell) -> None:
    assert shell("eptrans run prog.py -d 2").stdout == TWO_LINES
    assert os.listdir(shell.folder) == ["prog.py"]


def test_16_cores_unless_told_otherwise(shell: Shell) -> None:
    assert len(shell("eptrans run prog.py").stdout.splitlines()) == 16
    assert shell("eptrans run prog.py -c 3,5:6").stdout.count("hello") == 3
    assert shell("eptrans run prog.py -c all --mesh 5x5").stdout.count("hello") == 25


def test_an_epx_file_needs_nothing_else(shell: Shell, tmp_path: Path) -> None:
    shell("eptrans build prog.py -o sub.epx")
    (shell.folder / "prog.py").unlink()
    assert shell("eptrans run sub.epx -d 2", EPTRANS_CACHE=str(tmp_path / "other")).stdout == TWO_LINES


def test_an_edit_is_seen_by_run_only_after_a_build(shell: Shell) -> None:
    shell("eptrans build prog.py")
    shell.write("prog.py", "print 'changed'\n")
    assert shell("eptrans run -d 2").stdout == TWO_LINES
    assert shell("eptrans run prog.py -d 1").stdout == "[device 0] changed\n"
    shell("eptrans build prog.py")
    assert shell("eptrans run -d 1").stdout == "[device 0] changed\n"


def test_an_edited_module_is_compiled_again(shell: Shell) -> None:
    shell.write("main.py", "import helper\nprint helper.f()\n")
    (shell.folder / "modules").mkdir()
    for where, value in (("modules/helper.py", 1), ("modules/helper.py", 2), ("helper.py", 3)):
        shell.write(where, f"def f():\n\treturn {value}\n")
        assert shell("eptrans run main.py -d 1").stdout == f"[device 0] {value}\n"


def test_only_the_last_build_is_noted(shell: Shell) -> None:
    shell.write("second.py", "print 'second'\n")
    shell("eptrans build prog.py")
    shell("eptrans build second.py -o out.bin")
    shell("eptrans run prog.py")
    assert shell("eptrans run -d 1").stdout == "[device 0] second\n"
    (shell.folder / "out.bin").unlink()
    refused(shell("eptrans run"), 2, "out.bin, which was built last in this folder, is gone")


def test_nothing_built_yet(shell: Shell) -> None:
    refused(shell("eptrans run"), 2, "nothing has been built in this folder yet", "eptrans build PROG.py")


def test_emit(shell: Shell) -> None:
    c_text = shell("eptrans build prog.py --emit c")
    assert '#include "eptrans_rt.h"' in c_text.stdout
    assert shell("eptrans build prog.py --emit ir -o prog.ir").stdout == ""
    assert "coreid" in (shell.folder / "prog.ir").read_text()
    assert sorted(os.listdir(shell.folder)) == ["prog.ir", "prog.py"]


def test_check(shell: Shell) -> None:
    good = shell("eptrans check prog.py", PATH="/nonexistent")
    assert (good.status, good.stdout) == (0, "prog.py: no problems\n")
    shell.write("bad.py", "print undefined_name\n")
    bad = shell("eptrans check bad.py")
    assert bad.status == 1
    assert "bad.py:1:7: error:" in bad.stderr
    assert not (shell.folder / ".eptrans").exists()


def test_warnings_are_shown_by_cached_builds_too(shell: Shell) -> None:
    shell.write("warns.py", "def f(a, b):\n\treturn a\nprint f(1)\n")
    first, second = (shell("eptrans build warns.py").stderr for _ in range(2))
    assert "warns.py:3" in first
    assert "warning:" in first
    assert first == second


def test_tables(shell: Shell) -> None:
    done = shell("eptrans run prog.py -d 3 -t -s")
    assert done.stdout.count("hello") == 3
    assert "at 600 MHz" in done.stderr
    assert [line.split()[:2] for line in done.stderr.splitlines() if line.startswith("device ")][:3] == [
        ["device", "0"], ["device", "1"], ["device", "2"]]  # fmt: skip
    assert "stack" in done.stderr


def test_help_and_version(shell: Shell) -> None:
    for line in ("eptrans", "eptrans -h", "eptrans run --help", "eptrans build -h", "eptrans check --help"):
        done = shell(line)
        assert (done.status, done.stderr) == (0, ""), line
        assert "Usage: eptrans" in done.stdout
    assert "eptrans, version" in shell("eptrans --version").stdout


# ---- mistakes in the command line -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("run prog.py -d 0", "0 cores cannot run a program"),
        ("run prog.py -d 5000", "5000 cores are more than the largest mesh has"),
        ("run prog.py -d x", "'x' is not a valid integer"),
        ("run prog.py -c 1:x", "'x' is not a core number"),
        ("run prog.py -c 3:1", "write 1:3"),
        ("run prog.py -c 1,1", "core 1 is named more than once"),
        ("run prog.py -d 17 --mesh 4x4", "core 16 is not on a 4x4 mesh"),
        ("run prog.py --mesh 4", "'4' is not a mesh"),
        ("run prog.py -d 1 -c 1", "-d and -c both choose the cores"),
        ("run prog.py --local-memory 1Q", "'1Q' is not a size"),
        ("run prog.py --host -1", "the number of host cores cannot be -1"),
        ("run prog.py --seed -1", "the seed cannot be -1"),
        ("run prog.py other.py", "other.py"),
        ("build", "Missing argument 'PROG.py'"),
        ("build prog.py --std c", "'c' is not one of 'epython', 'python3'"),
        ("build prog.py --word 16", "'16' is not one of '32', '64'"),
        ("build prog.py --frob", "No such option"),
        ("prog.py", "to run it, type 'eptrans run prog.py'"),
        ("frobnicate", "No such command 'frobnicate'"),
    ],
)
def test_mistakes_are_one_line_and_status_2(shell: Shell, line: str, message: str) -> None:
    done = shell(f"eptrans {line}")
    refused(done, 2, message)
    assert done.stderr.count("\n") == 1


# ---- files that cannot be used -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["build", "run", "check"])
def test_sources_that_cannot_be_read(shell: Shell, command: str) -> None:
    shell.write("latin.py", "print 'x'\nprint 'gr\u00fcn'\n".encode("latin-1"))
    refused(shell(f"eptrans {command} latin.py"), 1, "latin.py:2:10: error: the byte 0xfc is not UTF-8")
    refused(shell(f"eptrans {command} ."), 1, "it is a folder")
    refused(shell(f"eptrans {command} absent.py"), 1, "cannot read 'absent.py'")


def test_a_built_program_is_no_source(shell: Shell) -> None:
    shell("eptrans build prog.py")
    told = ("'prog.epx' is a built program, not a source", "hint: 'eptrans run prog.epx' runs it")
    for command in ("eptrans build", "eptrans check", "epython"):
        refused(shell(f"{command} prog.epx"), 1, *told)


# Root may read everything, and the tests often run as root: give up what allows that.
NO_PRIVILEGES = """
import ctypes
if ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()) != 0:
    raise SystemExit(70)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_no_permission(tmp_path: Path) -> None:
    def run(folder: Path, *arguments: str) -> tuple[int, str]:
        child = process(folder, *arguments, before=NO_PRIVILEGES)
        return child.wait(), str(child.communicate()[1])

    source = tmp_path / "prog.py"
    source.write_text(HELLO)
    source.chmod(0)
    status, message = run(tmp_path, "build", "prog.py")
    assert (status, "permission denied" in message) == (1, True), message
    source.chmod(0o644)
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    status, message = run(closed, "build", "../prog.py")
    assert (status, message) == (1, "eptrans: error: cannot write prog.epx: permission denied\n")
    status, message = run(closed, "build", "../prog.py", "-o", "../out.epx")
    assert (status, "warning: .eptrans/last cannot be written" in message) == (0, True), message
    assert (tmp_path / "out.epx").exists()


def test_output_folder_that_is_not_there(shell: Shell) -> None:
    refused(shell("eptrans build prog.py -o absent/x.epx"), 1, "cannot write absent/x.epx")
    refused(shell("eptrans build prog.py -o prog.py"), 1, "it is a source of the program")
    assert (shell.folder / "prog.py").read_text() == HELLO


def test_a_cache_that_cannot_be_written(shell: Shell) -> None:
    shell.write("file", "")
    assert shell("eptrans run prog.py -d 2", EPTRANS_CACHE=str(shell.folder / "file")).stdout == TWO_LINES


@pytest.mark.skipif(find_spec("ziglang") is not None, reason="the C compiler of ziglang would be found")
def test_no_c_compiler(shell: Shell, tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "CC": ""}
    refused(
        shell("eptrans build prog.py", **nothing), 1, "no C compiler was found", "pip install eptrans[zig]"
    )
    shell("eptrans build prog.py")
    assert shell("eptrans run -d 2", **nothing).stdout == TWO_LINES
    package = load_package(shell.folder / "prog.epx")
    foreign = replace(package, target=replace(package.target, processor="of another machine"))
    save_package(foreign, shell.folder / "prog.epx")
    refused(shell("eptrans run", **nothing), 1, "was built for another machine", "no C compiler was found")


def test_an_epx_file_of_another_machine_is_compiled_again(shell: Shell) -> None:
    shell("eptrans build prog.py")
    package = load_package(shell.folder / "prog.epx")
    foreign = replace(
        package, target=replace(package.target, processor="another"), shared_object=b"no ELF file"
    )
    save_package(foreign, shell.folder / "prog.epx")
    assert shell("eptrans run -d 2").stdout == TWO_LINES


def test_c_text_of_another_version_that_does_not_compile(shell: Shell) -> None:
    shell("eptrans build prog.py")
    package = load_package(shell.folder / "prog.epx")
    old = replace(package, target=replace(package.target, runtime="old"), c_text='#include "eptrans_old.h"\n')
    save_package(old, shell.folder / "prog.epx")
    refused(shell("eptrans run"), 1, "another version of eptrans", "build it again from its source")


def test_files_that_are_no_epx(shell: Shell) -> None:
    shell("eptrans build prog.py")
    data = (shell.folder / "prog.epx").read_bytes()
    shell.write("short.epx", data[: len(data) // 2])
    shell.write("text.epx", "hello\n")
    shell.write("empty.epx", "")
    refused(shell("eptrans run short.epx"), 1, "short.epx is damaged or cut short")
    refused(shell("eptrans run text.epx"), 1, "text.epx is not a program built by eptrans")
    refused(shell("eptrans run empty.epx"), 1, "empty.epx is empty")
    refused(shell("eptrans run absent.epx"), 1, "cannot read absent.epx: no such file")
    refused(shell("eptrans run prog.epx --std python3"), 2, "--std is for building")


# ---- programs that fail, and users who stop them -----------------------------------------------------------


def test_a_fault_shows_the_line(shell: Shell) -> None:
    shell.write("fault.py", "def f(x):\n\treturn 1/x\nprint 'before'\nprint f(0)\n")
    done = shell("eptrans run fault.py -d 1")
    assert (done.status, done.stdout) == (1, "[device 0] before\n")
    assert "division by zero" in done.stderr
    assert "fault.py:2" in done.stderr
    assert "fault.py:4" in done.stderr
    assert "return 1/x" in done.stderr
    assert "^" in done.stderr


def test_a_deadlock_tells_who_waits(shell: Shell) -> None:
    shell.write("wait.py", "from parallel import *\nif coreid()==0: print recv(1)\n")
    done = shell("eptrans run wait.py -d 2")
    assert done.status == 1
    assert "deadlock" in done.stderr
    assert "core 0: recv from core 1 (which has ended) at wait.py:2" in done.stderr


def test_a_closed_standard_output_ends_the_program_quietly(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("while 1==1: print 'line'\n")
    child = process(tmp_path, "run", "prog.py", "-d", "2")
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline().endswith("line\n")
    child.stdout.close()
    assert child.wait(20) == 141
    assert child.stderr.read() == ""


def test_interrupt(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("print 'ready'\nwhile 1==1: pass\n")
    child = process(tmp_path, "run", "prog.py", "-d", "3")
    assert child.stdout is not None
    assert child.stdout.readline() == "[device 0] ready\n"
    child.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, message = child.communicate(timeout=20)
    assert child.returncode == 130
    assert time.monotonic() - start < 5
    assert "Traceback" not in message
    assert "cores 0-2" in message
