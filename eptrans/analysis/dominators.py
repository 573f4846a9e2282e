"""Dominators and natural loops of a function's blocks.

Cooper, Harvey and Kennedy's iterative algorithm on reverse postorder; the graphs that the front end
builds are reducible, so every back edge goes to a block that dominates its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Block, successors
from .graph import predecessors, reverse_postorder


@dataclass(frozen=True)
class FlowGraph:
    """`order`: blocks in reverse postorder, the `then` side before the other. `rank`: place in it.

    `parent`: immediate dominator (the first block's is itself). `loops`: header -> blocks of its
    natural loop. `before`: predecessors.
    """

    order: list[int]
    rank: dict[int, int]
    parent: dict[int, int]
    loops: dict[int, set[int]]
    before: list[list[int]]

    def dominates(self, upper: int, lower: int) -> bool:
        """Whether every way to `lower` goes through `upper`."""
        while self.rank[lower] > self.rank[upper]:
            lower = self.parent[lower]
        return lower == upper


def flow_graph(blocks: list[Block]) -> FlowGraph:
    """Analyse a function's blocks, all of which can be reached."""
    order = reverse_postorder(blocks)
    rank = {number: position for position, number in enumerate(order)}
    before = predecessors(blocks)
    parent = _dominators(order, rank, before)
    graph = FlowGraph(order, rank, parent, {}, before)
    for block in blocks:
        for target in successors(block.terminator):
            if graph.dominates(target, block.number):
                graph.loops.setdefault(target, {target}).update(_natural_loop(block.number, target, before))
    return graph


def _dominators(order: list[int], rank: dict[int, int], before: list[list[int]]) -> dict[int, int]:
    parent = {order[0]: order[0]}

    def meet(left: int, right: int) -> int:
        while left != right:
            while rank[left] > rank[right]:
                left = parent[left]
            while rank[right] > rank[left]:
                right = parent[right]
        return left

    changed = True
    while changed:
        changed = False
        for number in order[1:]:
            known = [p for p in before[number] if p in parent]
            new = known[0]
            for other in known[1:]:
                new = meet(new, other)
            if parent.get(number) != new:
                parent[number] = new
                changed = True
    return parent


def _natural_loop(source: int, header: int, before: list[list[int]]) -> set[int]:
    found = {header, source}
    pending = [source] if source != header else []
    while pending:
        for p in before[pending.pop()]:
            if p not in found:
                found.add(p)
                pending.append(p)
    return found
