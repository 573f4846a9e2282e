"""Builds one function's basic blocks: blocks, registers, and where the next operation goes.

The builders of statements and expressions stand on this; it knows nothing of Python's syntax.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import NoReturn

from ..diagnostics import Diagnostic, Location, Severity
from ..ir import TERMINATORS, Block, Branch, Copy, Function, Jump, Operation, Unreachable, successors
from ..operands import Operand, Register
from ..value_types import UNKNOWN
from .positions import PositionMap


class BuildError(Exception):
    """Unwinds from a construct that is in error to its statement; the diagnostic is recorded."""


@dataclass
class Loop:
    """The blocks that `continue` and `break` go to."""

    latch: Block
    after: Block


class Emitter:
    """Appends operations to the current block of one function."""

    def __init__(self, function: Function, positions: PositionMap, diagnostics: list[Diagnostic]) -> None:
        self.function = function
        self.positions = positions
        self.diagnostics = diagnostics
        self.loops: list[Loop] = []
        self.here = function.place
        self.block = self.new_block()

    # -- places and messages

    def locate(self, node: ast.AST) -> Location:
        """The user's own place of a node; operations emitted from now on carry it."""
        self.here = self.positions.location(node)
        return self.here

    def fail(self, node: ast.AST, message: str, hint: str | None = None) -> NoReturn:
        """Record an error and give the statement up."""
        location = self.positions.location(node)
        self.diagnostics.append(Diagnostic(Severity.ERROR, message, location, hint))
        raise BuildError

    def warn(self, node: ast.AST, message: str, hint: str | None = None) -> None:
        """Record a warning."""
        location = self.positions.location(node)
        self.diagnostics.append(Diagnostic(Severity.WARNING, message, location, hint))

    # -- registers and blocks

    def register(self, name: str = "") -> Register:
        """A new register, whose type is not known yet; a temporary without a name."""
        register = Register(len(self.function.registers), name, UNKNOWN)
        self.function.registers.append(register)
        return register

    def new_block(self) -> Block:
        """A new block, not yet the current one."""
        block = Block(len(self.function.blocks))
        self.function.blocks.append(block)
        return block

    @property
    def terminated(self) -> bool:
        """Whether the current block has its terminator, so that what follows cannot be reached."""
        return bool(self.block.operations) and is_terminator(self.block.operations[-1])

    def emit(self, operation: Operation) -> None:
        """Append to the current block; dropped where nothing can reach."""
        if not self.terminated:
            self.block.operations.append(operation)

    def go(self, block: Block) -> None:
        """Make a block the current one."""
        self.block = block

    def jump(self, target: Block) -> None:
        self.emit(Jump(place=self.here, target=target.number))

    def branch(self, condition: Operand, then: Block, otherwise: Block) -> None:
        self.emit(Branch(place=self.here, condition=condition, then=then.number, otherwise=otherwise.number))

    def copy_to_temporary(self, operand: Operand) -> Operand:
        """The operand's value now, whatever is assigned later; constants stay as they are."""
        if not isinstance(operand, Register):
            return operand
        result = self.register()
        self.emit(Copy(place=self.here, result=result, source=operand))
        return result

    def assign(self, target: Register, value: Operand) -> None:
        self.emit(Copy(place=self.here, result=target, source=value))


def is_terminator(operation: Operation) -> bool:
    """Whether an operation ends a block."""
    return isinstance(operation, TERMINATORS)


def finish(function: Function) -> None:
    """Drop blocks that nothing reaches and renumber the rest in the order built."""
    for block in function.blocks:
        if not block.operations or not is_terminator(block.operations[-1]):
            block.operations.append(Unreachable(place=function.place))
    drop_unreachable(function)


def drop_unreachable(function: Function) -> None:
    """Remove the blocks that cannot be reached from the first; renumber the others."""
    reached = {0}
    pending = [0]
    while pending:
        for target in successors(function.blocks[pending.pop()].terminator):
            if target not in reached:
                reached.add(target)
                pending.append(target)
    if len(reached) == len(function.blocks):
        return
    number = {old: new for new, old in enumerate(sorted(reached))}
    kept = [function.blocks[old] for old in sorted(reached)]
    for block in kept:
        block.number = number[block.number]
        last = block.operations[-1]
        if isinstance(last, Branch):
            last = replace(last, then=number[last.then], otherwise=number[last.otherwise])
        elif isinstance(last, Jump):
            last = replace(last, target=number[last.target])
        block.operations[-1] = last
    function.blocks = kept
