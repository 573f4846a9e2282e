"""Which comparisons must have held, or failed, where a block of a loop runs.

`if i>0: a[i-1]` reads nothing in the first iteration: what a dominating branch tells of a loop variable
narrows the range of the indices below it, so that the whole loop can still be checked before it starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..ir import Branch, Compare, Comparison, Copy, Function, Operation, Truth, Unary, UnaryOperator
from ..operands import Operand, Register
from ..value_types import Tag
from .dominators import FlowGraph

Definitions = Mapping[int, Sequence[tuple[int, int, Operation]]]
"""By register: block, position and operation of each assignment in a loop."""

NEGATED: dict[Comparison, Comparison] = {
    Comparison.EQUAL: Comparison.NOT_EQUAL,
    Comparison.NOT_EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER_EQUAL,
    Comparison.LESS_EQUAL: Comparison.GREATER,
    Comparison.GREATER: Comparison.LESS_EQUAL,
    Comparison.GREATER_EQUAL: Comparison.LESS,
}
MIRRORED: dict[Comparison, Comparison] = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.NOT_EQUAL: Comparison.NOT_EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}


@dataclass(frozen=True)
class Condition:
    """left comparison right, of two ints as they are at a position of a block."""

    left: Operand
    comparison: Comparison
    right: Operand
    block: int
    position: int

    @property
    def mirrored(self) -> Condition:
        """The same, said from the other side."""
        return Condition(self.right, MIRRORED[self.comparison], self.left, self.block, self.position)


def conditions_at(
    function: Function, graph: FlowGraph, definitions: Definitions, block: int, top: int
) -> list[Condition]:
    """What holds in a block because of branches between it and `top`, which dominates it.

    Differences come last: they narrow a range only at its ends.
    """
    found = _conditions_above(function, graph, definitions, block, top)
    return sorted(found, key=lambda condition: condition.comparison is Comparison.NOT_EQUAL)


def _conditions_above(
    function: Function, graph: FlowGraph, definitions: Definitions, block: int, top: int
) -> Iterator[Condition]:
    while block != top:
        above = graph.parent[block]
        branch = function.blocks[above].terminator
        only_way = len(graph.before[block]) == 1 and isinstance(branch, Branch)
        if only_way and isinstance(branch, Branch) and branch.then != branch.otherwise:
            found = _comparison(graph, definitions, branch.condition, above)
            if found is not None:
                yield found if block == branch.then else _negated(found)
        block = above


def _negated(one: Condition) -> Condition:
    return Condition(one.left, NEGATED[one.comparison], one.right, one.block, one.position)


def _comparison(
    graph: FlowGraph, definitions: Definitions, operand: Operand, block: int
) -> Condition | None:
    """The comparison of ints that a bool in a block stands for."""
    found = definitions.get(operand.index, ()) if isinstance(operand, Register) else ()
    if len(found) != 1:
        return None
    where, position, operation = found[0]
    if not graph.dominates(where, block):
        return None
    if isinstance(operation, Compare):
        if operation.left.type.tags != Tag.INT or operation.right.type.tags != Tag.INT:
            return None
        return Condition(operation.left, operation.operator, operation.right, where, position)
    if isinstance(operation, Copy):
        return _comparison(graph, definitions, operation.source, where)
    if isinstance(operation, Truth):
        return _comparison(graph, definitions, operation.operand, where)
    if isinstance(operation, Unary) and operation.operator is UnaryOperator.NOT:
        inner = _comparison(graph, definitions, operation.operand, where)
        return None if inner is None else _negated(inner)
    return None
