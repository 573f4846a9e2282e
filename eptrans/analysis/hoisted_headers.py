"""Finds innermost loops that are not counted, yet leave the headers of their arrays and some globals alone.

`while i<n and a[i]!=x: i+=1` and the like. Nothing in such a loop runs other code of the program, no array is
assigned in it or used by other cores, and what may move an array's elements (a list that is written past its
end) leaves the fast copy first. So the address of the elements, the sizes and the globals that the loop does
not assign are the same in all iterations. Other cores that run while the loop looks at the scheduler's flag
cannot change that either: what a core has not exposed is its own.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from ..ir import Function, Length, LoadElement, LoadGlobal, Operation, StoreElement, StoreGlobal
from ..operands import Global
from ..value_types import Tag
from .counted_loops import is_quiet
from .dominators import FlowGraph
from .guarded_indices import GuardedIndex, guarded_indices
from .loop_definitions import Fixed, LoopDefinitions


@dataclass(frozen=True)
class HoistedLoop:
    """A loop whose loads of headers and of some globals can be done before it.

    `arrays`: of the accesses to elements, by id of the operation. `guarded`: those of them that need no check
    of their own. `measured`: arrays whose length is asked for. `globals`: numbers that the loop only reads.
    """

    header: int
    blocks: frozenset[int]
    arrays: dict[int, Fixed]
    guarded: dict[int, GuardedIndex]
    measured: dict[int, Fixed]
    globals: frozenset[Global]


def hoisted_loops(
    function: Function, graph: FlowGraph, otherwise_fast: Container[int]
) -> dict[int, HoistedLoop]:
    """The loops of a typed function that can have their headers hoisted, by header.

    `otherwise_fast`: headers of loops that have a better way of their own.
    """
    found: dict[int, HoistedLoop] = {}
    for header, blocks in graph.loops.items():
        innermost = not any(other != header and other in blocks for other in graph.loops)
        if innermost and header not in otherwise_fast:
            loop = _hoisted(header, LoopDefinitions(function, graph, frozenset(blocks)))
            if loop is not None:
                found[header] = loop
    return found


def _hoisted(header: int, loop: LoopDefinitions) -> HoistedLoop | None:
    if not all(is_quiet(operation) or _keeps_number(operation) for operation in loop.operations()):
        return None
    arrays: dict[int, Fixed] = {}
    measured: dict[int, Fixed] = {}
    for operation in loop.operations():
        if isinstance(operation, (LoadElement, StoreElement)):
            array = loop.fixed(operation.array)
            if array is None:
                return None
            arrays[id(operation)] = array
        elif isinstance(operation, Length):
            array = loop.fixed(operation.operand)
            if array is None or array.type.tags != Tag.ARRAY:
                return None
            measured[id(operation)] = array
    if not arrays:
        return None
    accesses = (op for op in loop.operations() if isinstance(op, (LoadElement, StoreElement)))
    globals_read = frozenset(op.variable for op in loop.operations() if isinstance(op, LoadGlobal))
    numbers = frozenset(
        one for one in globals_read if not one.type.is_counted and one.key not in loop.stored
    )
    return HoistedLoop(header, loop.blocks, arrays, guarded_indices(loop, accesses), measured, numbers)


def _keeps_number(operation: Operation) -> bool:
    """Whether an operation assigns a number to a global: what it held needs no release."""
    if not isinstance(operation, StoreGlobal):
        return False
    kinds = (operation.variable.type, operation.source.type)
    return not any(kind.is_dynamic or kind.is_counted for kind in kinds)
