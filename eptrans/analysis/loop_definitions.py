"""What a loop assigns, and what it leaves alone: asked by all that looks for a faster way to run loops."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir import Copy, Function, LoadGlobal, Operation, StoreGlobal
from ..operands import Global, Operand, Register
from .dominators import FlowGraph

Fixed = Register | Global
"""Something that holds one value while a loop runs."""


class LoopDefinitions:
    """The assignments in the blocks of a loop.

    `definitions`: by register, the block, the position in it and the operation of each. `stored`: the globals
    that the loop assigns.
    """

    def __init__(self, function: Function, graph: FlowGraph, blocks: frozenset[int]) -> None:
        self.function = function
        self.graph = graph
        self.blocks = blocks
        self.definitions: dict[int, list[tuple[int, int, Operation]]] = {}
        self.stored: set[tuple[str, str]] = set()
        for number, position, operation in self.placed_operations():
            if operation.result is not None:
                place = (number, position, operation)
                self.definitions.setdefault(operation.result.index, []).append(place)
            if isinstance(operation, StoreGlobal):
                self.stored.add(operation.variable.key)

    def placed_operations(self) -> Iterator[tuple[int, int, Operation]]:
        """The operations of the loop, each after its block and its position there."""
        for number in sorted(self.blocks):
            for position, operation in enumerate(self.function.blocks[number].operations):
                yield number, position, operation

    def operations(self) -> Iterator[Operation]:
        """The operations of the loop."""
        return (operation for _, _, operation in self.placed_operations())

    def only_definition(self, operand: Operand) -> Operation | None:
        """What assigns a register, if one operation of the loop does."""
        if not isinstance(operand, Register):
            return None
        found = self.definitions.get(operand.index, [])
        return found[0][2] if len(found) == 1 else None

    def is_invariant(self, operand: Operand) -> bool:
        """Whether the loop does not assign an operand."""
        return not isinstance(operand, Register) or operand.index not in self.definitions

    def fixed(self, operand: Operand) -> Fixed | None:
        """A register that the loop does not assign, or the global that one is loaded from in the loop."""
        if not isinstance(operand, Register):
            return None
        if self.is_invariant(operand):
            return operand
        origin = self.only_definition(operand)
        if isinstance(origin, Copy):
            source = origin.source
            return source if isinstance(source, Register) and self.is_invariant(source) else None
        if not isinstance(origin, LoadGlobal) or origin.variable.key in self.stored:
            return None
        return origin.variable
