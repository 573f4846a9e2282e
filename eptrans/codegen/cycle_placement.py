"""Where a loop's body adds the cycles of its branches, so that the usual way adds as little as can be.

Every way through the body has to come to the sum of its blocks' cycles. Any number may be put before a block
if as much is taken off behind it: so the ways of a spanning tree of the body can be made to add nothing, and
what all trips then have in common is added once for all of them. This is how profilers place counters
(Knuth, "The Art of Computer Programming", volume 1, 2.3.4.1; Ball and Larus, "Optimally profiling and tracing
programs", 1994). The tree takes the ways that are likely to be the most frequent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TEST_LIKELIHOOD = 0.8
"""Of going on with a further test, against leaving a chain of tests for a block that others lead to, too."""

Edge = tuple[int, int]


@dataclass(frozen=True)
class Body:
    """The blocks of a loop's body in topological order, from its first to its last one, which all ways run.

    `after`: the blocks that each but the last goes on to. `cycles`: of one run of a block; those that every
    trip runs may be left out.
    """

    order: Sequence[int]
    after: Mapping[int, Sequence[int]]
    cycles: Mapping[int, int]


@dataclass(frozen=True)
class Placement:
    """What to add where, in cycles; any of it may be negative but `each`.

    `each`: to every trip. `blocks`: at the start of a block. `edges`: on a way from one block to another.
    `ahead`: by block, how much more than the cycles of the blocks so far, with it, has been added there.
    """

    each: int = 0
    blocks: Mapping[int, int] = field(default_factory=dict)
    edges: Mapping[Edge, int] = field(default_factory=dict)
    ahead: Mapping[int, int] = field(default_factory=dict)


def place_cycles(body: Body) -> Placement:
    """Where the cycles of a body's blocks are added."""
    tree = _spanning_tree(body)
    ahead = _ahead(body, tree)
    added = {
        (one, other): body.cycles.get(other, 0) + ahead[other] - ahead[one]
        for one in body.order[:-1]
        for other in body.after[one]
    }
    blocks = {}
    for number in body.order[1:]:
        ways = [edge for edge in added if edge[1] == number]
        if len({added[edge] for edge in ways}) == 1:
            blocks[number] = added[ways[0]]
            for edge in ways:
                del added[edge]
    return Placement(
        -ahead[body.order[-1]],
        {number: cycles for number, cycles in blocks.items() if cycles},
        {edge: cycles for edge, cycles in added.items() if cycles},
        ahead,
    )


def _frequencies(body: Body) -> dict[Edge, float]:
    """How often each way is likely to be taken in a trip."""
    ways_in = [other for one in body.order[:-1] for other in set(body.after[one])]
    tests = {one for one in body.order[:-1] if len(set(body.after[one])) > 1 and ways_in.count(one) == 1}
    runs = dict.fromkeys(body.order, 0.0)
    runs[body.order[0]] = 1.0
    found: dict[Edge, float] = {}
    for one in body.order[:-1]:
        others = sorted(set(body.after[one]))
        goes_on = [other in tests for other in others]
        for other, is_test in zip(others, goes_on):
            share = 1 / len(others)
            if sum(goes_on) == 1 and len(others) == 2:
                share = TEST_LIKELIHOOD if is_test else 1 - TEST_LIKELIHOOD
            found[one, other] = runs[one] * share
            runs[other] += runs[one] * share
    return found


def _spanning_tree(body: Body) -> list[Edge]:
    """The most frequent ways that lead round no cycle; of equal ones first those that need a block."""
    frequencies = _frequencies(body)
    ways_in = [other for _, other in frequencies]

    def is_critical(edge: Edge) -> bool:
        return len(set(body.after[edge[0]])) > 1 and ways_in.count(edge[1]) > 1

    group = {number: number for number in body.order}

    def root(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    tree = []
    for edge in sorted(frequencies, key=lambda edge: (-frequencies[edge], not is_critical(edge))):
        one, other = root(edge[0]), root(edge[1])
        if one != other:
            group[other] = one
            tree.append(edge)
    return tree


def _ahead(body: Body, tree: Sequence[Edge]) -> dict[int, int]:
    """What makes the ways of the tree add nothing."""
    neighbours: dict[int, list[Edge]] = {number: [] for number in body.order}
    for edge in tree:
        for number in edge:
            neighbours[number].append(edge)
    ahead = {body.order[0]: -body.cycles.get(body.order[0], 0)}
    waiting = [body.order[0]]
    while waiting:
        number = waiting.pop()
        for one, other in neighbours[number]:
            if other not in ahead:
                ahead[other] = ahead[one] - body.cycles.get(other, 0)
                waiting.append(other)
            elif one not in ahead:
                ahead[one] = ahead[other] + body.cycles.get(other, 0)
                waiting.append(one)
    return ahead
