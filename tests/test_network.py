"""The mesh alone: latencies against what was measured, routes, links that are taken."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from eptrans.runtime.network import Network
from hypothesis import given, settings
from hypothesis import strategies as st

from eptrans.core_spec import machine_options
from eptrans.model_facts import Fact, facts
from eptrans.recording import Direction

SIDE = 8
PLACES = st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
MESSAGES = st.lists(
    st.tuples(st.integers(0, 40), PLACES, PLACES, st.integers(1, 400)), min_size=1, max_size=40
)
CHIPS = st.sampled_from([{"mesh": "8x8"}, {"chip": "epiphany4"}, {"chips": "2x2"}])


def network(model: str = "ideal", **settings: object) -> Network:
    return Network(machine_options(mesh_model=model, **settings))  # type: ignore[arg-type]


ANSWERS = [fact for fact in facts() if "answer" in fact.what]


@pytest.mark.parametrize("fact", ANSWERS, ids=lambda fact: fact.what)
def test_measured_latencies_within_half_a_cycle(fact: Fact) -> None:
    assert abs(fact.predicted - fact.known) <= 0.5


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.what)
def test_every_fact_within_ten_per_cent(fact: Fact) -> None:
    assert fact.predicted == pytest.approx(fact.known, rel=0.1)
    assert fact.source


@pytest.mark.parametrize("hops", range(1, 7))
def test_reads_as_the_vendor_expects_them(hops: int) -> None:
    assert network().read((0, 0), (max(0, hops - 3), min(hops, 3))) == pytest.approx(18 + 3 * hops, rel=0.1)


def test_a_hop_is_one_and_a_half_cycles() -> None:
    mesh = network(mesh="64x64")
    assert mesh.latency((0, 0), (63, 63)) - mesh.latency((0, 0), (0, 0)) == 1.5 * 126


def test_small_messages_are_copied_and_large_ones_moved_by_dma() -> None:
    mesh = network()
    sizes = {size: mesh.transfer((0, 0), (0, 1), size) for size in (1, 8, 9, 16, 17, 400, 408, 416, 8192)}
    assert sizes == {1: 0, 8: 0, 9: 9, 16: 9, 17: 18, 400: 49 * 9, 408: 50 * 9, 416: 356 + 51 * 2, 8192: 2402}


def test_the_edge_of_a_chip_is_slower() -> None:
    inside, across = network(mesh="8x8"), network(chips="2x2")
    assert inside.latency((0, 2), (0, 3)) == across.latency((0, 2), (0, 3))
    # 10 cycles for the edge, and 8 bytes at 1 a cycle where a link inside takes 1 cycle for them
    assert across.latency((0, 3), (0, 4)) - inside.latency((0, 3), (0, 4)) == 10 + 7
    assert across.transfer((0, 3), (0, 4), 8192) == 356 + 1023 * 8


def test_a_chip_of_ones_own(tmp_path: object) -> None:
    path = f"{tmp_path}/wide.toml"
    with open(path, "w", encoding="utf-8") as file:
        file.write('based_on = "epiphany3"\n[mesh]\nhop = 2\nstartup = 10\nlink_bytes = 2\n')
    mesh = network("contention", chip=path)
    assert mesh.latency((0, 0), (1, 1)) == 14
    assert [mesh.send(0, (0, 0), (0, 1)) for _ in range(3)] == [12, 16, 20]  # 4 cycles for 8 bytes


def loads(mesh: Network) -> dict[tuple[int, int, Direction], tuple[int, int, int, int]]:
    return {(row, column, Direction(side)): tuple(rest) for row, column, side, *rest in mesh.loads().tolist()}


@given(PLACES, PLACES)
def test_a_route_has_as_many_links_as_hops_along_the_row_first(
    start: tuple[int, int], end: tuple[int, int]
) -> None:
    mesh = network("contention", mesh="8x8")
    mesh.send(0, start, end)
    used = loads(mesh)
    assert len(used) == abs(start[0] - end[0]) + abs(start[1] - end[1])
    for row, column, side in used:
        assert row == start[0] if side in (Direction.EAST, Direction.WEST) else column == end[1]


@settings(deadline=None)
@given(MESSAGES, CHIPS)
def test_contention_is_never_earlier_and_the_same_every_time(
    messages: list[tuple[int, tuple[int, int], tuple[int, int], int]], chip: dict[str, str]
) -> None:
    ideal, first, second = network(**chip), network("contention", **chip), network("contention", **chip)
    time = 0
    for after, start, end, size in messages:
        time += after
        arrival = first.send(time, start, end, size)
        assert arrival >= ideal.send(time, start, end, size)
        assert arrival == second.send(time, start, end, size)
    assert loads(first) == loads(second)


@settings(deadline=None)
@given(MESSAGES)
def test_no_link_carries_two_at_once(
    messages: list[tuple[int, tuple[int, int], tuple[int, int], int]],
) -> None:
    """Messages from all along a row to its end: each has the last link for itself, whenever it gets there."""
    mesh = network("contention", mesh="8x8")
    taken: list[tuple[float, float]] = []
    time = 0
    for after, (_, column), _, size in messages:
        time += after
        start = mesh.send(time, (0, column % 7), (0, 7), size) - 1.5  # when the head enters it
        taken.append((start, start + (size + 7) // 8))
    taken.sort()
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(taken))


@settings(deadline=None)
@given(MESSAGES, CHIPS, st.integers(0, 60), st.randoms(use_true_random=False))
def test_watched_links_find_all_who_wait_in_whatever_order_they_are_told(
    messages: list[tuple[int, tuple[int, int], tuple[int, int], int]],
    chip: dict[str, str],
    from_then: int,
    random: Random,
) -> None:
    """Links may see a meeting where there is none, since they forget; never the other way round."""
    ordered, watched = network("contention", **chip), network("contention", **chip)
    time, arrivals, later = 0, [], []
    for after, start, end, size in messages:
        time += after
        arrivals.append(ordered.send(time, start, end, size))
        if time < from_then:
            watched.send(time, start, end, size)
        else:
            later.append((len(arrivals) - 1, time, start, end, size))
    watched.watch(from_then)
    random.shuffle(later)
    told = {index: watched.send(*message) for index, *message in later}
    if None not in told.values():
        assert told == {index: arrivals[index] for index in told}
        assert loads(watched) == loads(ordered)


def test_watched_links_let_those_through_that_do_not_meet() -> None:
    mesh = network("contention", mesh="1x8")
    mesh.watch(0)
    times = [100, 90, 95, 94, 99, 101, 91, *range(102, 126)]
    assert [mesh.send(time, (0, 0), (0, 7)) for time in times] == [time + 6 + 7 * 1.5 for time in times]
    assert mesh.send(97.5, (0, 0), (0, 1)) == 97.5 + 7.5
    assert mesh.send(80, (0, 0), (0, 1)) is None  # it would meet nobody, but so long ago is forgotten


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(100, 400), st.sampled_from([1, 8, 8, 8, 8, 8, 9, 40])), max_size=120))
def test_a_watched_link_knows_its_last_thirty_times(messages: list[tuple[int, int]]) -> None:
    """Of any length, beside a list of all: it turns away who meets one of them or comes before them all."""
    mesh = network("contention", mesh="1x2")
    mesh.watch(0)
    taken: list[tuple[int, int]] = []
    for time, size in messages:
        end = time + (size + 7) // 8
        free = all(end <= start or time >= other_end for start, other_end in taken)
        remembered = len(taken) <= 30 or time >= taken[-31][1]
        answer = mesh.send(time, (0, 0), (0, 1), size)
        assert (answer is not None) == (free and remembered)
        if answer is None:
            break
        taken = sorted([*taken, (time, end)])


def test_a_link_remembers_as_many_times_ahead_as_there_are() -> None:
    """Twenty come from far away, two cycles free between one and the next; then one fits in between."""
    mesh = network("contention", mesh="1x64")
    for column in range(0, 40, 2):
        mesh.send(0, (0, column), (0, 63))  # on the last link from 99 - 1.5 * column on
    assert mesh.send(40, (0, 62), (0, 63)) == 40 + 7.5


def test_who_comes_first_to_a_link_goes_first_whoever_was_posted_first() -> None:
    mesh = network("contention", mesh="1x64")
    far = mesh.send(0, (0, 0), (0, 63))
    near = mesh.send(1, (0, 62), (0, 63))
    assert (far, near) == (6 + 63 * 1.5, 1 + 6 + 1.5)


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no place of a mesh of 4x4"):
        network().latency((0, 0), (4, 0))
