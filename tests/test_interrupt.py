"""Ctrl-C and a closed standard output, on the real command."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "eptrans"]

BUSY = 'from parallel import *\nprint "started"\nwhile 1==1: pass\n'
WAITING = 'from parallel import *\nprint "started"\nif coreid()==0:\n\tx=input()\nelse:\n\tx=recv(0)\n'
POLLING = 'from parallel import *\nprint "started"\nwhile not probe((coreid()+1)%numcores()): pass\n'
PRINTING = 'i=0\nwhile 1==1:\n\tprint i\n\ti+=1\n'
PRINTING_LATE = 'from parallel import *\ni=0\nwhile 1==1:\n\tif coreid()>0: print i\n\ti+=1\n'
NEST = """print "started"
a=[1]*300
for r in range(100000000):
	for i in range(300):
		for j in range(300):
			a[j]+=i
"""
LONG_ROWS = """print "started"
a=[1]*300000
for r in range(100000000):
	for j in range(300000):
		a[j]+=r
"""


def start(folder: Path, program: str, *options: str, **streams: int) -> subprocess.Popen[str]:
    (folder / "prog.py").write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EPTRANS_CACHE": str(folder / "cache")}
    return subprocess.Popen([*COMMAND, "run", "prog.py", *options], cwd=folder, env=environment, text=True,
                            stdin=streams.get("stdin", subprocess.PIPE), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


@pytest.mark.alone
@pytest.mark.parametrize(("program", "table"), [
    (BUSY, "prog.py:3"), (WAITING, "cores 1-3: recv from core 0 at prog.py:6"), (POLLING, "prog.py:3"),
    (NEST, "prog.py:"), (LONG_ROWS, "prog.py:"),
], ids=["busy", "waiting", "polling", "nest", "long rows"])
def test_interrupt_ends_every_core_at_once(program: str, table: str, tmp_path: Path) -> None:
    process = start(tmp_path, program, "-d", "4")
    assert process.stdout is not None
    assert process.stdout.readline().endswith("started\n")
    time.sleep(0.1)
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=10)
    assert time.monotonic() - before < 0.5  # 0.2 s for the machine, the rest for Python to end
    assert process.returncode == 130
    assert table in error
    assert "Traceback" not in error


def test_interrupt_while_printing(tmp_path: Path) -> None:
    process = start(tmp_path, PRINTING, "-d", "2")
    assert process.stdout is not None
    assert process.stdout.readline() == "[device 0] 0\n"
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=10)
    assert process.returncode == 130
    assert output.endswith("\n")
    assert "Traceback" not in error


def bytes_in(pipe: int) -> int:
    """What nobody has read yet."""
    count: int = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"    "))[0]
    return count


def test_interrupt_while_nobody_reads_what_several_threads_print(tmp_path: Path) -> None:
    """The signal comes to one thread, and another one may be writing: without care 1 of 8 never ended."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EPTRANS_CACHE": str(tmp_path / "cache"),
                   "EPTRANS_JOBS": "4 always"}
    (tmp_path / "prog.py").write_text(PRINTING_LATE)
    for _ in range(6):
        reading, writing = os.pipe()
        process = subprocess.Popen([*COMMAND, "run", "prog.py", "-d", "4"], cwd=tmp_path, env=environment,
                                   stdout=writing, stderr=subprocess.DEVNULL)
        os.close(writing)
        end = time.monotonic() + 5
        while bytes_in(reading) < 60000 and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=10) == 130
        finally:
            process.kill()
            os.close(reading)


def test_a_reader_that_goes_ends_the_program_quietly(tmp_path: Path) -> None:
    process = start(tmp_path, PRINTING, "-d", "2")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "[device 0] 0\n"
    process.stdout.close()
    assert process.wait(timeout=10) != 0
    assert process.stderr.read() == ""


def test_lines_come_while_the_program_runs(tmp_path: Path) -> None:
    process = start(tmp_path, 'print "first"\nx=input()\nprint "got "+x\n', "-d", "1")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "[device 0] first\n"
    process.stdin.write("text\n")
    process.stdin.flush()
    assert process.stdout.readline() == "[device 0] got text\n"
    assert process.wait(timeout=10) == 0


STARTING = """
import sys
from importlib.abc import MetaPathFinder
class PressesControlC(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "eptrans.core_spec":
            raise KeyboardInterrupt
sys.meta_path.insert(0, PressesControlC())
from eptrans.__main__ import {command}
{command}()
"""


@pytest.mark.parametrize("command", ["eptrans", "epython"])
def test_interrupt_of_a_command_that_is_just_starting(command: str) -> None:
    code = STARTING.format(command=command)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, f"{command}: interrupted\n")
