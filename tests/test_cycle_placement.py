"""Wherever a loop's body adds its cycles, every way through it comes to the sum of its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eptrans.codegen.cycle_placement import Body, place_cycles


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    """Bodies whose blocks go on to one or two later ones, all of which can be reached."""
    count = draw(st.integers(1, 9))
    after: dict[int, list[int]] = {}
    for number in range(count - 1):
        others = st.integers(number + 1, count - 1)
        after[number] = [*dict.fromkeys([*draw(st.lists(others, min_size=1, max_size=1)), draw(others)])]
    for number in range(1, count):
        if not any(number in after[one] for one in range(number)):
            after[number - 1] = [number, *after[number - 1]][:2]
    reached = {0} | {number for others in after.values() for number in others}
    order = [number for number in range(count) if number in reached]
    cycles = {number: draw(st.integers(-2, 40)) for number in order}
    return Body(order, after, cycles)


def ways(body: Body, number: int) -> Iterator[list[int]]:
    """All ways from a block to the last one."""
    if number == body.order[-1]:
        yield [number]
    for other in body.after.get(number, ()):
        for rest in ways(body, other):
            yield [number, *rest]


@given(bodies())
def test_every_way_adds_the_cycles_of_its_blocks(body: Body) -> None:
    placed = place_cycles(body)
    for way in ways(body, body.order[0]):
        added = placed.blocks.get(way[0], 0)
        assert body.cycles[way[0]] + placed.ahead[way[0]] == added
        for position, edge in enumerate(pairwise(way), 1):
            added += placed.edges.get(edge, 0) + placed.blocks.get(edge[1], 0)
            assert added == sum(body.cycles[one] for one in way[: position + 1]) + placed.ahead[edge[1]]
        assert placed.each + added == sum(body.cycles[one] for one in way)


@given(bodies())
def test_the_ways_of_a_tree_add_nothing(body: Body) -> None:
    placed = place_cycles(body)
    edges = {(one, other) for one in body.order[:-1] for other in body.after[one]}
    adding = [e for e in edges if placed.edges.get(e, 0) + placed.blocks.get(e[1], 0)]
    assert len(adding) <= len(edges) - (len(body.order) - 1)


def test_a_chain_of_tests_adds_nothing_where_it_goes_on() -> None:
    """`if 0 and (1 or 2): 3 else: 4`, then 5."""
    body = Body(range(6), {0: [1, 4], 1: [3, 2], 2: [3, 4], 3: [5], 4: [5]}, {1: 2, 2: 7, 3: 9, 4: 5})
    placed = place_cycles(body)
    assert placed.each == 2 + 7 + 9
    assert not placed.blocks
    assert placed.edges == {(0, 4): 5 - 18, (1, 3): -7, (2, 4): 5 - 9}
