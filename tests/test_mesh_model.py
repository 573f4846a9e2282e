"""What messages take by the two models of the mesh, against times calculated by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from machine_programs import RUNTIME, run

import eptrans
from eptrans.core_spec import machine_options
from eptrans.machine import MeshModel, Outcome, Status

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
MODELS = tuple(MeshModel)


def cycles(body: str, cores: int, model: MeshModel = MeshModel.IDEAL, **settings: object) -> list[float]:
    return finished(body, cores, model, **settings).cycles


def finished(body: str, cores: int, model: MeshModel = MeshModel.IDEAL, **settings: object) -> Outcome:
    outcome = run(f"AT(1); {body}", cores, mesh_model=model, **settings)
    assert outcome.status is Status.FINISHED, outcome
    return outcome


# ---- one message -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("core", range(1, 16))
def test_a_message_alone_takes_the_same_with_both_models(core: int, model: MeshModel) -> None:
    hops = core // 4 + core % 4
    way = 6 + 1.5 * hops
    body = f"AT(1); if (id == 0) rt->send(core, I(1), {core}); else RECV(0);"
    outcome = run(body, (0, core), mesh_model=model)
    assert outcome.cycles == [8 + way + way, 8 + way]


@pytest.mark.parametrize("model", MODELS)
def test_elements_by_a_copying_loop_and_by_dma(model: MeshModel) -> None:
    body = """if (id == 0) rt->send_elements(core, ints(core, 4096), 1, %d);
              else rt->recv_elements(core, 0, %d);"""
    both = {count: cycles(body % (count, count), 2, model)[0] for count in (2, 4, 100, 102, 104, 2048)}
    allocation = both[2] - (8 + 7.5 + 7.5)
    assert {count: time - both[2] for count, time in both.items()} == {
        2: 0, 4: 9, 100: 49 * 9, 102: 50 * 9, 104: 356 + 51 * 2, 2048: 356 + 1023 * 2,
    }  # fmt: skip
    assert allocation > 0


def test_a_copy_keeps_its_sender_busy_and_dma_only_to_start() -> None:
    """A nonblocking send of 16 words and of 1,024: the sender goes on after 7 x 9 and after 356 cycles."""
    body = """
        if (id == 0) {
            struct ep_array *a = ints(core, %d);
            int64_t before = core->clock;
            rt->nonblocking_send(core, A(a), 1);
            PRINT(I((core->clock - before) / 2));
        } else RECV(0);"""
    sent = {count: finished(body % count, 2, capture=True).output for count in (16, 1024)}
    assert sent == {16: f"[device 0] {8 + 7 * 9}\n".encode(), 1024: f"[device 0] {8 + 356}\n".encode()}


# ---- two messages ----------------------------------------------------------------------------------------

TWO = """
    if (id == 0) rt->send(core, I(1), 3);
    if (id == 1) { core->clock += 3; rt->send(core, I(2), 3); }
    if (id == 3) { RECV(1); PRINT(I(core->clock)); RECV(0); }
"""


@pytest.mark.parametrize(("model", "arrival"), [(MeshModel.IDEAL, 18.5), (MeshModel.CONTENTION, 19.5)])
def test_a_message_waits_for_a_link_that_an_earlier_one_holds(model: MeshModel, arrival: float) -> None:
    """Core 0 posts at 8 and is on the link from core 1 to core 2 from 15.5 to 16.5; core 1 posts at 9.5."""
    outcome = finished(TWO, 4, model, capture=True)
    assert outcome.output == f"[device 3] {2 * arrival:.0f}\n".encode()
    assert outcome.waited_link == ([0, 1, 0, 1] if model is MeshModel.CONTENTION else [0, 0, 0, 0])


def test_links_tell_what_they_carried() -> None:
    outcome = finished(TWO, 4, MeshModel.CONTENTION, capture=True)
    assert outcome.links is not None
    loads = {(int(one["column"]), int(one["direction"])): one for one in outcome.links}
    assert {place: int(one["messages"]) for place, one in loads.items()} == {
        (0, 0): 1, (1, 0): 2, (2, 0): 2, (1, 1): 1, (2, 1): 2, (3, 1): 2,
    }  # fmt: skip
    assert sum(int(one["waited"]) for one in outcome.links) == 2  # ticks
    assert finished(TWO, 4, MeshModel.IDEAL, capture=True).links is None


# ---- collectives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_a_sync_goes_up_a_tree_and_down_again(model: MeshModel) -> None:
    """In a row of 4: 3 to 2 and 1 to 0, then 2 to 0; back 0 to 2, 0 to 1, 2 to 3.

    Each message is posted after 8 cycles and takes 6 and 1.5 a hop.
    """
    up = 8 + 7.5 + 8 + 9  # 3 to 2 to 0
    first = up + 8  # posted to 2
    second = first + 8  # posted to 1
    there = first + 9
    assert cycles("rt->sync(core);", 4, model) == [second, second + 7.5, there, there + 8 + 7.5]


def test_a_bcast_goes_down_the_tree_from_its_root() -> None:
    body = "rt->bcast(core, I(1), 1);"
    # from 1 round the row: 3 is two on, 2 one on, and 0 after 3
    to_3, to_2 = 8 + 9, 16 + 7.5
    to_0 = to_3 + 8 + 10.5
    back = max(to_3 + 9, to_2 + 7.5, to_0 + 7.5)
    assert cycles(body, 4) == [to_0, back, to_2, to_3]


def test_a_late_core_holds_up_only_what_hangs_on_it() -> None:
    """Core 3 comes to a sync 1,000 cycles late: core 1's message waits at core 0 meanwhile."""
    late = cycles("if (id == 3) core->clock += 2000; rt->sync(core);", 4)
    assert [time - 1000 for time in late] == cycles("rt->sync(core);", 4)


def test_collectives_take_links_too() -> None:
    outcome = finished("rt->sync(core);", 16, MeshModel.CONTENTION)
    assert outcome.links is not None
    assert int(outcome.links["messages"].sum()) >= 2 * 15  # 15 messages up and down, each over a link or more


# ---- arrays of other cores -------------------------------------------------------------------------------

USE = """
    if (id == 0) { struct ep_array *mine = ints(core, 2048); rt->expose(core, mine, 15); RECV(15); }
    else {
        struct ep_array *his = rt->access(core, 0);
        core->clock += 200;
        int64_t before = core->clock;
        rt->order(core, his, %d, %d);
        PRINT(I(core->clock - before));
        rt->send(core, I(1), 0);
    }
"""
READ, WRITE = 0, 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("elements", "use", "expected"),
    [
        (1, READ, 18 + 3 * 6),
        (1, WRITE, 6 + 1.5 * 6),
        (2048, READ, 18 + 3 * 6 + 356 + 1023 * 9),
        (2048, WRITE, 6 + 1.5 * 6 + 356 + 1023 * 2),
        (4, READ, 2 * (18 + 3 * 6)),
    ],
)
def test_use_of_an_array_on_another_core(model: MeshModel, elements: int, use: int, expected: float) -> None:
    outcome = run(f"AT(1); {USE % (elements, use)}", (0, 15), mesh_model=model, capture=True)
    assert outcome.output == f"[device 15] {2 * expected:.0f}\n".encode()


# ---- programs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_print_the_same_with_both_models(path: Path) -> None:
    program = eptrans.build(path, std="python3" if "python3" in path.stem else "epython")
    ideal = program.run(16)
    first, second = (program.run(16, mesh_model="contention") for _ in range(2))
    assert first.lines == ideal.lines
    assert first.output == second.output
    assert list(first.cores["cycles"]) == list(second.cores["cycles"])
    assert first.cycles >= ideal.cycles * 0.999  # a later message may still let another go first


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_links_make_nobody_wait_longer_than_it_waited(path: Path) -> None:
    cores = eptrans.build(path).run(cores=16, mesh_model="contention", input="3\n" * 20).cores
    assert (cores["link_wait"] >= 0).all()
    assert (cores["link_wait"] <= cores["wait"]).all()


def test_the_runtime_s_files_are_where_the_package_is() -> None:
    assert (RUNTIME / "links.pxd").is_file()
    assert machine_options(mesh_model="contention").mesh_model is MeshModel.CONTENTION


CONTESTED = """
from parallel import *
from concurrency import *
me=coreid()
n=numcores()
total=0
if me==0:
	a=[0]*n
	for p in range(1,n): expose(a,p)
	for i in range(500): total=total+a[i%n]
	for p in range(1,n): recv(p)
else:
	a=access(0)
	for i in range(100):
		a[me]=a[(me+1)%n]+i*me
		total=total+a[me]%7
	send(0,0)
print total
"""


@pytest.mark.parametrize("model", MODELS)
def test_who_wins_a_race_for_an_array_is_settled_by_the_clocks(
    model: MeshModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "contested.py"
    path.write_text(CONTESTED, encoding="utf-8")
    program = eptrans.build(path)
    seen = set()
    for jobs in ("1", "1", "2", "2 always", "2 always"):
        monkeypatch.setenv("EPTRANS_JOBS", jobs)
        result = program.run(16, mesh_model=model)
        seen.add((result.output, tuple(result.cores["cycles"])))
    assert len(seen) == 1
