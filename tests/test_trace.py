"""The file of --trace: what is in it, its window, and what happens where it cannot be written."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.command_server import CommandPool, Completed, Job
from support.traces import check_trace, nanoseconds, read_trace

import eptrans
from eptrans.core_spec import machine_options
from eptrans.record_options import RecordOptions
from eptrans.trace import LARGEST_FOR_VIEWERS, TraceFile

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))

TALK = """
from parallel import *
i=0
while i<{count}:
	if coreid()==1:
		x=recv(0)
	elif coreid()==0:
		send(i,1)
	i+=1
print "done"
"""

# Endless, with work between its messages: however late a signal comes, the trace until then is soon read.
NOW_AND_THEN = """
from parallel import *
print "goes"
x=0
while true:
	for j in range(20000): x=(x*31+j)%1003
	if coreid()==1:
		x=recv(0)
	elif coreid()==0:
		send(x,1)
"""



class Runner:
    def __init__(self, commands: CommandPool, folder: Path) -> None:
        self.commands, self.folder = commands, folder

    def __call__(self, program: str | Path, *options: str) -> Completed:
        if isinstance(program, str):
            (self.folder / "prog.py").write_text(program)
            program = "prog.py"
        return self.commands.run(Job(("run", str(program), *options), str(self.folder)))


@pytest.fixture
def run(commands: CommandPool, tmp_path: Path) -> Runner:
    return Runner(commands, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_examples(run: Runner, tmp_path: Path, name: str) -> None:
    plain = run(EXAMPLES / f"{name}.py", "-d", "6")
    traced = run(EXAMPLES / f"{name}.py", "-d", "6", "--trace", "out.json")
    assert (traced.stdout, traced.stderr, traced.status) == (plain.stdout, plain.stderr, 0)
    trace = read_trace(tmp_path / "out.json")
    check_trace(trace)
    assert len(trace.slices) == 6
    assert trace.about["mesh model"] == "ideal"


def test_compressed_is_the_same(run: Runner, tmp_path: Path) -> None:
    for name in ("out.json", "out.json.gz", "again.json.gz"):
        run(EXAMPLES / "halo_swap.py", "--trace", name)
    plain, packed = read_trace(tmp_path / "out.json"), read_trace(tmp_path / "out.json.gz")
    assert sorted(map(repr, plain.events)) == sorted(map(repr, packed.events))
    assert (tmp_path / "out.json.gz").stat().st_size < (tmp_path / "out.json").stat().st_size / 5


def test_what_a_slice_tells(run: Runner, tmp_path: Path) -> None:
    run(TALK.format(count=1), "-d", "2", "--trace", "out.json")
    trace = read_trace(tmp_path / "out.json")
    (send,), (recv,) = trace.named("send"), trace.named("recv")
    assert (send["tid"], send["args"]["core"], send["args"]["at"]) == (0, 1, "prog.py:8")
    assert (recv["tid"], recv["args"]["core"], recv["args"]["at"]) == (1, 0, "prog.py:6")
    assert recv["args"]["waited"] > 0
    cycles = send["args"]["cycles"]
    assert abs(nanoseconds(send["dur"]) - cycles / 0.6) <= 1
    assert [event["tid"] for event in (*trace.of("s"), *trace.of("f"))] == [0, 1]
    assert trace.of("C")[0]["args"]["east"] > 0


def test_tasks_and_hosts(run: Runner, tmp_path: Path) -> None:
    run(EXAMPLES / "pi_farm.py", "-d", "3", "--host", "1", "--trace", "out.json")
    trace = read_trace(tmp_path / "out.json")
    check_trace(trace)
    assert {event["args"]["name"] for event in trace.named("process_name")} == {"chip 0 (epiphany3)", "host"}
    tasks = [event for event in trace.of("X") if event["cat"] == "task"]
    assert tasks
    assert {event["args"]["core"] for event in tasks} == {0}


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [("2000:4000", 3333, 6667), ("2us:", 2000, None), (":2.5us", 0, 2500), ("0.002ms:4000", 2000, 6667)],
)
def test_window(run: Runner, tmp_path: Path, window: str, start: int, end: int | None) -> None:
    program = TALK.format(count=200)
    run(program, "-d", "2", "--trace", "all.json")
    run(program, "-d", "2", "--trace", "out.json", "--trace-window", window)
    trace, whole = read_trace(tmp_path / "out.json"), read_trace(tmp_path / "all.json")
    check_trace(trace)
    assert 10 < len(trace.of("X")) < len(whole.of("X"))
    assert trace.of("s")
    for event in trace.of("X"):
        assert nanoseconds(event["ts"]) >= start
        assert end is None or nanoseconds(event["ts"] + event["dur"]) <= end


@pytest.mark.parametrize("window", ["5", "5:3", "a:b", "2kg:1", "-1:5", "3:3"])
def test_windows_refused(run: Runner, tmp_path: Path, window: str) -> None:
    done = run(TALK.format(count=1), "--trace", "out.json", "--trace-window", window)
    assert (done.status, done.stdout) == (2, "")
    assert window.partition(":")[0] in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_paths_refused_before_the_run(run: Runner, tmp_path: Path) -> None:
    for path, reason in (("no/such/out.json", "no such file"), (".", "directory"), ("prog.py", "source")):
        done = run(TALK.format(count=1), "-d", "2", "--trace", path)
        assert (done.status, done.stdout) == (1, "")
        assert "cannot write the trace" in done.stderr
        assert reason in done.stderr
    assert "recv" in (tmp_path / "prog.py").read_text()


def test_errors_and_deadlocks_close_the_file(run: Runner, tmp_path: Path) -> None:
    stuck = (
        "from parallel import *\nif coreid()==0:\n\tsend(1,1)\n\tx=recv(1)\nelif coreid()==1:\n\tx=recv(0)\n"
    )
    done = run(stuck, "-d", "3", "--trace", "out.json")
    assert done.status == 1
    trace = read_trace(tmp_path / "out.json")
    check_trace(trace)
    waiting = max(trace.named("recv"), key=lambda event: event["tid"] == 0)
    assert waiting["cat"] == "wait"
    assert (
        run("from parallel import *\nsync()\nx=1/(numcores()-2)\n", "-d", "2", "--trace", "out.json").status
        == 1
    )
    check_trace(read_trace(tmp_path / "out.json"))


def process(folder: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    code = "from eptrans.cli import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "prog.py", *arguments], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # type: ignore[call-overload,no-any-return]  # fmt: skip


@pytest.mark.parametrize("name", ["out.json", "out.json.gz"])
def test_ctrl_c_closes_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "prog.py").write_text(NOW_AND_THEN)
    child = process(tmp_path, "-d", "2", "--trace", name)
    assert child.stdout is not None
    assert "goes" in child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, messages = child.communicate(timeout=60)
    assert child.returncode == 130
    trace = read_trace(tmp_path / name)
    if "is not whole" not in messages:  # Ctrl-C may meet a write to the file, which then ends there
        check_trace(trace)
    assert trace.of("X")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_device(run: Runner, tmp_path: Path) -> None:
    done = run(TALK.format(count=5), "-d", "2", "--trace", "/dev/full")
    assert (done.status, done.stdout) == (1, "")
    (tmp_path / "out.json.gz").symlink_to("/dev/full")
    done = run(TALK.format(count=5), "-d", "2", "--trace", "out.json.gz")
    assert (done.status, done.stdout.count("done")) == (0, 2)
    assert "cut short: no space left" in done.stderr


@pytest.mark.parametrize("name", ["out.json", "out.json.gz"])
def test_a_disk_that_fills_up(tmp_path: Path, name: str) -> None:
    """The run ends well and tells what was lost."""
    (tmp_path / "prog.py").write_text(TALK.format(count=50_000))
    messages = with_limit_on_files(tmp_path, name, 100_000)
    if name == "out.json":
        assert "events are lost" in messages
        trace = read_trace(tmp_path / name)
        assert len(trace.events) > 100


def with_limit_on_files(folder: Path, name: str, size: int) -> str:
    """What a run says whose trace meets a limit on the size of files, which stands for a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    process(folder, "-d", "2").communicate(timeout=60)  # into the cache, before there is a limit
    child = process(folder, "-d", "2", "--trace", name, preexec_fn=limit)
    output, messages = child.communicate(timeout=60)
    assert (child.returncode, output.count("done")) == (0, 2), messages
    assert "file too large" in messages
    return messages


def test_what_is_lost_and_what_is_kept_are_all(tmp_path: Path) -> None:
    """Wherever the disk is full: in the first of the trace's buffers, at its end, in a later one, or within
    the end of the file. Which core's events come first is up to the host's clock."""

    def counted(events: list[dict[str, Any]]) -> Counter[str]:
        return Counter(json.dumps(event, sort_keys=True) for event in events)

    (tmp_path / "prog.py").write_text(TALK.format(count=1_500))
    process(tmp_path, "-d", "2", "--trace", "whole.json").communicate(timeout=60)
    whole = read_trace(tmp_path / "whole.json").events
    size = (tmp_path / "whole.json").stat().st_size
    assert size > 3 << 18  # more than three buffers
    for limit in (50_000, 1 << 18, 600_000, size - 5, size - 4, size - 3, size - 1):
        messages = with_limit_on_files(tmp_path, "out.json", limit)
        kept = read_trace(tmp_path / "out.json").events
        lost = re.search(r"; ([\d,]+) events? (?:is|are) lost", messages)
        assert lost is not None
        assert len(kept) + int(lost[1].replace(",", "")) == len(whole), limit
        assert counted(kept) <= counted(whole)


def mounted(folder: Path) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_small_file_system(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if not mounted(small):
        pytest.skip("a file system can be mounted by the superuser only")
    try:
        (tmp_path / "prog.py").write_text(TALK.format(count=50_000))
        child = process(tmp_path, "-d", "2", "--trace", "small/out.json")
        output, messages = child.communicate(timeout=60)
        assert (child.returncode, output.count("done")) == (0, 2), messages
        assert "no space left" in messages
        assert "events are lost" in messages
        assert len(read_trace(small / "out.json").events) > 100
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_memory_does_not_grow_with_the_trace(tmp_path: Path) -> None:
    """400,000 events here; the benchmark of the README has ten million."""
    peaks = []
    for count in (1_000, 100_000):
        (tmp_path / "prog.py").write_text(TALK.format(count=count))
        code = (
            "import resource, sys\n"
            "sys.argv = ['eptrans', 'run', 'prog.py', '-d', '2', '--trace', 'out.json.gz']\n"
            "from eptrans.cli import main\ntry:\n\tmain()\nexcept SystemExit:\n\tpass\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        output = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        peaks.append(int(output.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024))
    assert peaks[1] < peaks[0] + 20_000_000


def test_a_trace_that_grows_too_long_is_told_of_once_and_in_time(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prog.py").write_text(TALK.format(count=20_000))
    program = eptrans.build(str(tmp_path / "prog.py"))
    options = machine_options(2)
    for warn_at, times in ((1_000_000, 1), (1 << 40, 0)):
        file = TraceFile(str(tmp_path / "out.json"), options)
        assert file.target.warn_at == LARGEST_FOR_VIEWERS
        target = replace(file.target, warn_at=warn_at)
        outcome = program.run_machine(options, capture=True, record=RecordOptions(trace=target))
        told = capfd.readouterr().err
        assert told.count("has grown past 500 MB of JSON, above which viewers are known to fail") == times
        assert told.count("\n") == times
        assert file.finish(outcome.notes) is None
        assert len(read_trace(tmp_path / "out.json").of("s")) == 20_000


def test_a_run_that_is_ended_for_its_long_trace_leaves_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(NOW_AND_THEN)
    run = subprocess.Popen(
        [sys.executable, "-m", "eptrans", "run", "prog.py", "-d", "2", "--trace", "out.json"], cwd=tmp_path,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        while not (tmp_path / "out.json").exists() or (tmp_path / "out.json").stat().st_size < 1_000_000:
            assert run.poll() is None
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 130
    finally:
        run.kill()
        run.communicate()
    check_trace(read_trace(tmp_path / "out.json"))
