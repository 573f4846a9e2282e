"""Finds accesses to elements whose index a test in the loop keeps inside, so that it needs no check.

`while i<middle and ...: ... a[i] ...; i+=1`: a register that the loop only ever moves one way, by constants,
and a test of it against something that the loop leaves alone, on every way to the access and to each of the
moves. Then the test is one end of what the index can be, and the value that the register starts with is the
other: both can be compared with the array's length once, before the loop. That no move wraps around follows
from the first of the two comparisons: a move starts where the test holds and goes `MOST_MOVE` at the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    Compare,
    Comparison,
    Copy,
    LoadElement,
    Operation,
    StoreElement,
    successors,
)
from ..operands import Constant, Operand, Register
from ..value_types import Tag
from .conditions import MIRRORED
from .counted_loops import DIRECTIONS
from .loop_definitions import Fixed, LoopDefinitions

MOST_MOVE = 1 << 16  # of a register by one assignment, and of an index from its register
MOST_BOUND = 1 << 30  # beyond all lengths
SIGNS = {BinaryOperator.ADD: 1, BinaryOperator.SUBTRACT: -1}


@dataclass(frozen=True)
class GuardedIndex:
    """The index `register` + `offset`, where `register` `comparison` `bound` holds at the access.

    `bound` is a number, an int, or an array, which stands for its length. `LESS` and `LESS_EQUAL`: the
    register only grows; `GREATER` and `GREATER_EQUAL`: it only falls.
    """

    register: Register
    offset: int
    comparison: Comparison
    bound: int | Fixed

    @property
    def grows(self) -> bool:
        return DIRECTIONS[self.comparison] > 0

    @property
    def least_bound(self) -> int:
        """The least that the bound may be where the register falls."""
        return -self.offset - (self.comparison is Comparison.GREATER)

    @property
    def may_hold(self) -> bool:
        """Whether the test can keep the index inside: one against a number may be known not to."""
        if not isinstance(self.bound, int):
            return True
        return self.bound <= MOST_BOUND if self.grows else self.bound >= self.least_bound


@dataclass(frozen=True)
class _Guard:
    """`register` `comparison` `bound` holds where the block `inside` starts, which only `test` leads to."""

    test: int
    inside: int
    comparison: Comparison
    bound: int | Fixed


def guarded_indices(
    loop: LoopDefinitions, accesses: Iterator[LoadElement | StoreElement]
) -> dict[int, GuardedIndex]:
    """Those of the accesses to elements by one index that a test keeps inside, by id of the operation."""
    wanted = {id(operation) for operation in accesses}
    finder = _Finder(loop)
    found = {}
    for block, position, operation in loop.placed_operations():
        if id(operation) in wanted and isinstance(operation, (LoadElement, StoreElement)):
            guarded = finder.guarded(operation, block, position)
            if guarded is not None:
                found[id(operation)] = guarded
    return found


class _Finder:
    """Looks at the accesses of one loop."""

    def __init__(self, loop: LoopDefinitions) -> None:
        self.loop = loop
        self.guards: dict[int, list[_Guard]] = {}

    def guarded(
        self, operation: LoadElement | StoreElement, block: int, position: int
    ) -> GuardedIndex | None:
        """The index of an access, if a test keeps it inside."""
        if len(operation.indices) != 1:
            return None
        index = self._register_and_offset(operation.indices[0], block, position)
        if index is None:
            return None
        register, offset = index
        direction = self._direction(register)
        if direction is None or abs(offset) > MOST_MOVE:
            return None
        for guard in self._guards_of(register):
            if DIRECTIONS[guard.comparison] != direction or not self._holds(guard, register, block, position):
                continue
            moves = self.loop.definitions[register.index]
            found = GuardedIndex(register, offset, guard.comparison, guard.bound)
            if found.may_hold and all(self._holds(guard, register, where, at) for where, at, _ in moves):
                return found
        return None

    def _register_and_offset(
        self, operand: Operand, block: int, position: int
    ) -> tuple[Register, int] | None:
        """An index as a register that the loop moves, plus a constant."""
        if not isinstance(operand, Register) or operand.type.tags != Tag.INT:
            return None
        found = self.loop.definitions.get(operand.index, [])
        if len(found) == 1 and operand.is_temporary and found[0][0] == block and found[0][1] < position:
            origin = found[0][2]
            moved = self._moved(origin)
            if moved is None and isinstance(origin, Copy) and isinstance(origin.source, Register):
                moved = origin.source, 0
            if moved is None or self._assigned(moved[0], block, found[0][1], position):
                return None
            return moved
        return (operand, 0) if found else None

    def _assigned(self, register: Register, block: int, start: int, end: int) -> bool:
        """Whether a register is assigned between two places of a block, or nowhere in the loop."""
        found = self.loop.definitions.get(register.index, [])
        return not found or any(where == block and start < at < end for where, at, _ in found)

    @staticmethod
    def _moved(operation: Operation | None) -> tuple[Register, int] | None:
        """The register and the constant that an operation adds up."""
        if not isinstance(operation, Binary) or operation.operator not in SIGNS:
            return None
        left, right = operation.left, operation.right
        if not isinstance(left, Register) or left.type.tags != Tag.INT or not isinstance(right, Constant):
            return None
        if not isinstance(right.value, int) or isinstance(right.value, bool):
            return None
        return left, SIGNS[operation.operator] * right.value

    def _direction(self, register: Register) -> int | None:
        """The way that all assignments in the loop move a register: 1 up, -1 down; None: something else."""
        moves: set[int] = set()
        for block, position, operation in self.loop.definitions[register.index]:
            moved = self._moved(operation)
            if isinstance(operation, Copy) and isinstance(operation.source, Register):
                found = self.loop.definitions.get(operation.source.index, [])
                if len(found) == 1 and found[0][0] == block and found[0][1] < position:
                    moved = self._moved(found[0][2])
                    if moved is not None and self._assigned(moved[0], block, found[0][1], position):
                        moved = None
            if moved is None or moved[0] != register or not 0 < abs(moved[1]) <= MOST_MOVE:
                return None
            moves.add(1 if moved[1] > 0 else -1)
        return moves.pop() if len(moves) == 1 else None

    # -- tests

    def _guards_of(self, register: Register) -> list[_Guard]:
        if register.index not in self.guards:
            tests = (self._guard(number, register) for number in sorted(self.loop.blocks))
            self.guards[register.index] = [guard for guard in tests if guard is not None]
        return self.guards[register.index]

    def _guard(self, number: int, register: Register) -> _Guard | None:
        """What the test at the end of a block tells of a register, if that way leads nowhere else."""
        branch = self.loop.function.blocks[number].terminator
        if not isinstance(branch, Branch) or branch.then not in self.loop.blocks:
            return None
        if self.loop.graph.before[branch.then] != [number] or branch.then == branch.otherwise:
            return None
        test = self.loop.only_definition(branch.condition)
        if not isinstance(test, Compare):
            return None
        place = self.loop.definitions[branch.condition.index][0]  # type: ignore[union-attr]
        operations = self.loop.function.blocks[number].operations
        if place[0] != number or self._assigned_in(register, number, place[1], len(operations)):
            return None
        for one, other, comparison in (
            (test.left, test.right, test.operator),
            (test.right, test.left, MIRRORED[test.operator]),
        ):
            bound = self._bound(other) if one == register and comparison in DIRECTIONS else None
            if bound is not None and comparison is not None:
                return _Guard(number, branch.then, comparison, bound)
        return None

    def _assigned_in(self, register: Register, block: int, start: int, end: int) -> bool:
        found = self.loop.definitions.get(register.index, [])
        return any(where == block and start < at < end for where, at, _ in found)

    def _bound(self, operand: Operand) -> int | Fixed | None:
        """What a register is compared with: a number, or something that the loop leaves alone."""
        if isinstance(operand, Constant):
            return operand.value if isinstance(operand.value, int) else None
        fixed = self.loop.fixed(operand)
        return fixed if fixed is not None and fixed.type.tags == Tag.INT else None

    def _holds(self, guard: _Guard, register: Register, block: int, position: int) -> bool:
        """Whether the register is at a place of the loop what it was when the test last held."""
        if not self.loop.graph.dominates(guard.inside, block):
            return False
        return not any(
            self._reaches(where, at, block, position, guard.test)
            for where, at, _ in self.loop.definitions[register.index]
        )

    def _reaches(self, start: int, after: int, block: int, position: int, test: int) -> bool:
        """Whether a way in the loop leads from after one place to another one, but not through a test."""
        if start == block and after < position:
            return True
        seen: set[int] = set()
        pending = [] if start == test else [start]
        while pending:
            for number in successors(self.loop.function.blocks[pending.pop()].terminator):
                if number not in self.loop.blocks or number in seen:
                    continue
                if number == block:
                    return True
                seen.add(number)
                if number != test:
                    pending.append(number)
        return False
