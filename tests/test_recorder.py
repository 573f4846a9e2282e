"""What is recorded of a run: sums that must agree with the machine's own, who is said to have ended a wait,
the slowest path, the message matrix and the links."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

import eptrans
from eptrans.path_text import path_lines
from eptrans.record_options import RecordOptions
from eptrans.recording import TICKS_PER_CYCLE, Activity, Direction, Recording

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "kernel_python3")

ELEMENTS = """
from parallel import *
a = [0]*6
if coreid()==0:
	send(a, 1, 4)
	nonblocking_send(7, 1)
	send(a, 1, 6)
	nonblocking_send(8, 1)
	wait_sent(1)
	send(9, 1)
elif coreid()==1:
	b = recv(0, 2)
	i = 0
	while i < 200:
		i += 1
	b = recv(0, 9)
	x = recv(0)
	x = recv(0)
"""


pytestmark = pytest.mark.usefixtures("own_cache")


def recorded(folder: Path, text: str, cores: int | str = 2, **options: object) -> Recording:
    path = folder / "prog.py"
    path.write_text(text)
    return eptrans.build(path).run(cores, record=True, **options).recording  # type: ignore[arg-type]


def check_sums(result: eptrans.Result) -> None:
    """What must be so of every recording."""
    recording, outcome = result.recording, result.outcome
    cores = recording.cores
    parts = cores["busy"] + cores["waited_message"] + cores["waited_link"] + cores["idle"]
    assert (parts == recording.end).all()
    waits = recording.slices[recording.slices["activity"] == Activity.WAIT_MESSAGE]
    waited = numpy.bincount(waits["core"], waits["end"] - waits["start"], len(cores))
    assert (waited == numpy.array(outcome.waited) * TICKS_PER_CYCLE).all()
    waits = recording.slices[recording.slices["activity"] == Activity.WAIT_LINK]
    waited = numpy.bincount(waits["core"], waits["end"] - waits["start"], len(cores))
    assert (waited == cores["waited_link"]).all()
    assert (cores["waited_link"] == numpy.array(outcome.waited_link) * TICKS_PER_CYCLE).all()
    messages = recording.messages
    assert (messages["posted"] < messages["arrived"]).all()
    assert (messages["arrived"] <= messages["taken"]).all()
    assert recording.traffic["messages"].sum() == len(messages)
    assert recording.traffic["bytes"].sum() == messages["bytes"].sum()
    check_nesting(recording)
    check_path(recording)


def check_nesting(recording: Recording) -> None:
    open_ends: list[int] = []
    last = -1
    for one in recording.slices:
        if one["core"] != last:
            last, open_ends = one["core"], []
        while open_ends and open_ends[-1] <= one["start"]:
            open_ends.pop()
        assert not open_ends or one["end"] <= open_ends[-1]
        open_ends.append(int(one["end"]))


def check_path(recording: Recording) -> None:
    path = recording.path
    assert recording.path_is_whole
    assert (path["start"] <= path["end"]).all()
    assert path["start"][0] == 0
    assert path["end"][-1] == recording.end
    assert (path["end"][:-1] <= path["start"][1:]).all()


@pytest.mark.parametrize("mesh_model", ["ideal", "contention"])
@pytest.mark.parametrize("name", NAMES)
def test_sums_agree_with_the_run(name: str, mesh_model: str) -> None:
    program = eptrans.build(EXAMPLES / f"{name}.py")
    plain, result = (program.run(5, mesh_model=mesh_model, record=record) for record in (False, True))
    assert plain.output == result.output
    assert plain.outcome.cycles == result.outcome.cycles
    check_sums(result)
    ticks = sum(ticks for _, _, ticks, _ in result.outcome.notes.lines)
    assert ticks == result.recording.cores["busy"].sum()
    assert (result.recording.lines["cycles"] >= 0).all()
    assert (plain.outcome.links is None) == (mesh_model == "ideal")
    if plain.outcome.links is not None:
        assert result.recording.links.tolist() == plain.outcome.links.tolist()


def test_ways_of_a_branch_count_for_its_line(tmp_path: Path) -> None:
    text = (
        "i=0\nn=0\nwhile i<100 and n<300:\n\tif i%3==0:\n\t\tn+=1\n\telse:\n\t\tif i>50 or n>20:\n"
        "\t\t\tn+=2\n\ti+=1\nprint n\n"
    )
    recording = recorded(tmp_path, text, 1)
    assert (recording.lines["cycles"] >= 0).all()
    assert recording.lines["cycles"].sum() * TICKS_PER_CYCLE == recording.cores["busy"].sum()


def test_links_that_are_held(tmp_path: Path) -> None:
    text = (
        "from parallel import *\na=[0]*500\nif coreid()<2:\n\tsend(a,coreid()+2,500)\n"
        "else:\n\tb=recv(coreid()-2,500)\n"
    )
    path = tmp_path / "prog.py"
    path.write_text(text)
    result = eptrans.build(path).run(4, mesh=(1, 4), mesh_model="contention", record=True)
    check_sums(result)
    recording = result.recording
    assert recording.mesh_model == "contention"
    assert recording.cores["waited_link"].sum() > 0
    assert recording.links["waited"].sum() > 0


def test_expose_and_access_are_operations(tmp_path: Path) -> None:
    text = (
        "from parallel import *\nfrom concurrency import *\na=[0]*4\nif coreid()==0:\n\ti=0\n"
        "\twhile i<300:\n\t\ti+=1\n\texpose(a,1)\n\tx=recv(1)\nelse:\n\tb=access(0)\n\tb[1]=5\n"
        "\tsend(b[1],0)\n"
    )
    path = tmp_path / "prog.py"
    path.write_text(text)
    program = eptrans.build(path)
    plain, result = program.run(2), program.run(2, record=True)
    assert plain.outcome.cycles == result.outcome.cycles
    check_sums(result)
    recording = result.recording
    waits = recording.slices[recording.slices["activity"] == Activity.WAIT_MESSAGE]
    assert "access" in {recording.names[wait["name"]] for wait in waits}
    assert [recording.sites[site].line for site in recording.messages["send_site"]] == [8, 13]
    ticks = sum(ticks for _, _, ticks, _ in result.outcome.notes.lines)
    assert ticks == recording.cores["busy"].sum()


def test_a_recorded_run_beside_others_on_several_threads(tmp_path: Path) -> None:
    """Runs of one program share its table of entries, whether they are recorded or not."""
    path = tmp_path / "prog.py"
    path.write_text(
        "from parallel import *\ni=0\nwhile i<4000:\n\tx=sendrecv(i,(coreid()+numcores()/2)%numcores())\n"
        "\ti+=1\nprint reduce(x,\"sum\")\n"
    )
    program = eptrans.build(path)
    whole = program.run(16, record=RecordOptions()).outcome
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(program.run, 16, jobs=2, record=RecordOptions() if number % 2 else False)
            for number in range(12)
        ]
    for run in runs:
        outcome = run.result().outcome
        assert (outcome.cycles, outcome.output) == (whole.cycles, whole.output)
        if outcome.notes is not None:
            assert outcome.notes == whole.notes


def test_lines_and_functions(tmp_path: Path) -> None:
    text = (
        "from parallel import *\ndef f(n):\n\ti=0\n\twhile i<n:\n\t\ti+=1\n\treturn i\nf(10)\nf(coreid())\n"
    )
    recording = recorded(tmp_path, text, 2)
    executions = {int(line["line"]): int(line["executions"]) for line in recording.lines}
    assert executions[3] == 4
    assert executions[5] == 10 + 10 + 0 + 1
    assert executions[7] == 2
    calls = recording.slices[recording.slices["activity"] == Activity.FUNCTION]
    assert [recording.names[call["name"]] for call in calls] == ["<module>", "f", "f"] * 2
    cycles = recording.lines["cycles"].sum() * TICKS_PER_CYCLE
    assert 0 <= recording.cores["busy"].sum() - cycles <= len(recording.lines)


def test_lines_do_not_depend_on_when_the_scheduler_asks() -> None:
    """A loop looks at the attention word whenever the host raised it: that moves no cycles between lines."""
    program = eptrans.build(EXAMPLES / "jacobi.py")
    seen = {program.run(64, record=True, jobs=jobs).recording.lines.tobytes() for jobs in (1, 2) * 8}
    assert len(seen) == 1


def test_messages_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text(ELEMENTS)
    result = eptrans.build(path).run(2, record=True)
    check_sums(result)
    recording = result.recording
    assert recording.messages["bytes"].tolist() == [16, 8, 24, 8, 8]
    assert [recording.sites[site].line for site in recording.messages["send_site"]] == [5, 6, 7, 8, 10]
    assert [recording.sites[site].line for site in recording.messages["receive_site"]] == [16, 16, 16, 17, 18]


def test_who_ended_a_wait(tmp_path: Path) -> None:
    work = "\ti=0\n\twhile i<500:\n\t\ti+=1\n"
    late_sender = f"from parallel import *\nif coreid()==0:\n{work}\tsend(1,1)\nelse:\n\tx=recv(0)\n{work}"
    recording = recorded(tmp_path, late_sender)
    assert path_lines(recording)[1:] == [
        "  core 0 took "
        f"{recording.path['end'][0] // 2:,} cycles to send at {tmp_path}/prog.py:6, "
        f"which core 1 waited for in recv at {tmp_path}/prog.py:8",
        f"  core 1 took {(recording.path['end'][1] - recording.path['start'][1]) // 2:,} cycles to its end",
    ]
    late_receiver = late_sender.replace("send(1,1)", "x=recv(1)").replace("x=recv(0)", "send(1,0)")
    recording = recorded(tmp_path, late_receiver)
    wait = recording.slices[recording.slices["activity"] == Activity.WAIT_MESSAGE][-1]
    assert (wait["core"], wait["peer"], recording.names[wait["name"]]) == (1, 0, "send")
    assert recording.sites[wait["peer_site"]].line == 6


@pytest.mark.parametrize("mesh_model", ["ideal", "contention"])
@pytest.mark.parametrize(
    ("sends", "takes"),
    [
        ("send(x,0,1)", "y=recv(1,1)"),
        ("send(x,0)", "y=recv(1)"),
        ("y=sendrecv(x,0)", "y=sendrecv(x,1)"),
        ("y=sendrecv(x,0,1)", "y=sendrecv(x,1,1)"),
        ("y=bcast(x,1)", "y=bcast(x,1)"),
        ('y=reduce(x,"sum")', 'y=reduce(x,"sum")'),
    ],
)
def test_what_lies_in_shared_memory_is_read_before_it_is_sent(
    tmp_path: Path, sends: str, takes: str, mesh_model: str
) -> None:
    """Reading is the core's own work: no wait, no message and no step of the path begins before its end."""
    text = (
        "from parallel import *\nfrom array import *\n"
        f"if coreid()==1:\n\tx=shared_mem_array(1)\n\t{sends}\nelse:\n\tx=[0]\n\t{takes}\n"
    )
    near = recorded(tmp_path, text.replace("shared_mem_array(1)", "[0]"), mesh_model=mesh_model)
    far = recorded(tmp_path, text, mesh_model=mesh_model)
    reading = 500 * TICKS_PER_CYCLE
    if "reduce" not in sends:  # its messages are the tree's: none is noted
        assert posted_by(far, 1) > posted_by(near, 1) + reading
    waits = far.slices[(far.slices["core"] == 1) & (far.slices["activity"] == Activity.WAIT_MESSAGE)]
    assert (waits["start"] > reading).all()
    assert (far.path["start"][1:] >= far.path["end"][:-1]).all()


def posted_by(recording: Recording, core: int) -> int:
    """When the last message of a core was posted; 0: it sent none."""
    sent = recording.messages[recording.messages["sender"] == core]
    return int(sent["posted"][-1]) if len(sent) else 0


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("sync()", "sync"),
        ('x=reduce(1,"sum")', "reduce"),
        ("x=bcast(1,2)", "bcast"),
        ("x=bcast(1,0)", "bcast"),
    ],
)
def test_the_last_to_come_is_waited_for(tmp_path: Path, operation: str, name: str) -> None:
    text = f"from parallel import *\nif coreid()==2:\n\ti=0\n\twhile i<900:\n\t\ti+=1\n{operation}\n" * 2
    recording = recorded(tmp_path, text, 4)
    waits = recording.slices[recording.slices["activity"] == Activity.WAIT_MESSAGE]
    long = waits[waits["end"] - waits["start"] > 900 * TICKS_PER_CYCLE]
    assert {recording.names[wait["name"]] for wait in long} == {name}
    if operation.endswith("0)"):  # the root learns of the last; the others wait for the root
        long = long[long["core"] == 0]
    assert len(long)
    assert set(long["peer"]) == {2}


def test_links_are_those_of_the_routes(tmp_path: Path) -> None:
    text = (
        "from parallel import *\nif coreid()==1:\n\tsend(1,14)\n\tsend([1,2,3],14,3)\n"
        "elif coreid()==14:\n\tx=recv(1)\n\ty=recv(1,3)\n"
    )
    links = recorded(tmp_path, text, 16).links
    assert [tuple(link)[:3] for link in links] == [
        (0, 1, Direction.EAST), (0, 2, Direction.SOUTH), (1, 2, Direction.SOUTH), (2, 2, Direction.SOUTH),
    ]  # fmt: skip
    assert set(links["messages"]) == {2}
    assert set(links["bytes"]) == {20}
    assert set(links["busy"]) == {3 * TICKS_PER_CYCLE}
    back = recorded(
        tmp_path, text.replace("1,14", "1,4").replace("==14", "==4").replace("],14", "],4"), 16
    ).links
    assert [tuple(link)[:3] for link in back] == [(0, 0, Direction.SOUTH), (0, 1, Direction.WEST)]


def test_limit_counts_what_is_lost() -> None:
    result = eptrans.build(EXAMPLES / "jacobi.py").run(4, record=RecordOptions(events=True, event_limit=100))
    whole = eptrans.build(EXAMPLES / "jacobi.py").run(4, record=RecordOptions(events=True)).recording
    assert len(result.recording.slices) == len(result.recording.messages) == 100
    assert result.recording.lost == len(whole.slices) + len(whole.messages) - 200
    assert result.recording.traffic.tolist() == whole.traffic.tolist()


@pytest.mark.parametrize("limit", [-1, 2**31, 10**30])
def test_limits_that_no_recording_can_have(limit: int) -> None:
    with pytest.raises(ValueError, match=f"a limit of {limit} events: give 0 to 2147483647"):
        RecordOptions(events=True, event_limit=limit)


def test_the_same_recording_on_every_run() -> None:
    program = eptrans.build(EXAMPLES / "pi_farm.py")
    one, other = (program.run(9, record=True, seed=3).recording for _ in range(2))
    for field in ("cores", "slices", "messages", "traffic", "links", "path"):
        assert getattr(one, field).tolist() == getattr(other, field).tolist()


def test_long_paths_say_that_their_beginning_is_gone(tmp_path: Path) -> None:
    text = (
        "from parallel import *\ni=0\nwhile i<40000:\n\tif coreid()==0:\n\t\tsend(i,1)\n\t\tx=recv(3)\n"
        "\telse:\n\t\tx=recv(coreid()-1)\n\t\tsend(x,(coreid()+1)%4)\n\ti+=1\n"
    )
    recording = recorded(tmp_path, text, 4)
    assert not recording.path_is_whole
    lines = path_lines(recording)
    assert lines[1] == "  (earlier steps are not kept)"
    assert len(lines) < 20


def test_not_recorded() -> None:
    result = eptrans.build(EXAMPLES / "hello.py").run(2)
    with pytest.raises(ValueError, match="record=True"):
        _ = result.recording


def test_an_error_and_a_deadlock_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text("from parallel import *\nif coreid()==0:\n\tx=recv(1)\n\ty=recv(1)\nelse:\n\tsend(1,0)\n")
    with pytest.raises(eptrans.DeadlockError) as caught:
        eptrans.build(path).run(2, record=True)
    recording = caught.value.result.recording
    assert len(recording.messages) == 1
    path.write_text("from parallel import *\nif coreid()==0:\n\tx=1/(numcores()-2)\nelse:\n\tsend(1,0)\n")
    with pytest.raises(eptrans.Fault) as failed:
        eptrans.build(path).run(2, record=True)
    assert len(failed.value.result.recording.messages) == 0


@pytest.mark.parametrize(
    "operation", ["e[100000000]=i", "b=[0]*100000000", "b=s[i]", "b=int(s)", "b=1/(i-900)"]
)
def test_lines_add_up_to_the_times_of_the_cores_after_an_error(tmp_path: Path, operation: str) -> None:
    """But for what of the last block was not run any more."""
    text = f"e=[0]\ns='x'\ni=0\nwhile i<900:\n\ti+=1\n\te[i%5]=int('7')+len(s[0:1])\n{operation}\n"
    with pytest.raises(eptrans.Fault) as failed:
        recorded(tmp_path, text, 1)
    recording = failed.value.result.recording
    lines = TICKS_PER_CYCLE * recording.lines["cycles"].sum()
    assert lines == pytest.approx(recording.cores["busy"].sum(), rel=1e-3)
