"""Finds branches whose two arms do the same to different operands, and whose way no processor can foresee.

    if a[i] <= a[j]:
        merged[k] = a[i]
        i += 1
    else:
        merged[k] = a[j]
        j += 1

Such a branch need not be one: the operands can be chosen, and what only one arm assigns can be kept. That
pays where the way depends on the elements of an array, as here: a branch that goes wrong every other time
takes longer than both arms. A test of counters alone is left to the processor, which nearly always knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from ..ir import (
    Binary,
    Branch,
    Compare,
    Convert,
    Copy,
    Jump,
    LoadElement,
    LoadGlobal,
    Operation,
    StoreElement,
    Unary,
)
from ..operands import Constant, Operand, Register
from ..value_types import Tag
from .counted_loops import NEVER_FAULT
from .loop_definitions import LoopDefinitions

MOST_PAIRS = 8
FOLLOWED = (Copy, Convert, Unary, Binary)
"""What still depends on the elements of an array if its operands do."""

NUMBERS = (Tag.INT, Tag.REAL)


@dataclass(frozen=True)
class MatchingArms:
    """A branch's arms, the block that both go on at, and their operations in pairs.

    `local`: the registers that one arm assigns and only that arm reads.
    """

    then: int
    otherwise: int
    join: int
    pairs: tuple[tuple[Operation, Operation], ...]
    local: frozenset[int]


def matching_arms(
    definitions: LoopDefinitions, number: int, homes: Mapping[int, Set[int]]
) -> MatchingArms | None:
    """The arms of a branch at the end of a block in a loop, if they match and nobody can foresee the way.

    `homes`: by register of the function, the blocks that read or assign it.
    """
    branch = definitions.function.blocks[number].terminator
    if not isinstance(branch, Branch) or branch.then == branch.otherwise:
        return None
    if not _depends_on_elements(definitions, branch.condition):
        return None
    ends = [definitions.function.blocks[arm].terminator for arm in (branch.then, branch.otherwise)]
    first, second = ends
    if not isinstance(first, Jump) or not isinstance(second, Jump) or first.target != second.target:
        return None
    return _Matcher(definitions, branch, first.target, homes).run()


def _depends_on_elements(definitions: LoopDefinitions, condition: Operand) -> bool:
    """Whether a condition compares something made of an array's elements, in one of its operands at least."""
    test = definitions.only_definition(condition)
    if not isinstance(test, Compare):
        return False
    waiting: list[Operand] = [test.left, test.right]
    seen: set[int] = set()
    while waiting:
        operand = waiting.pop()
        if not isinstance(operand, Register) or operand.index in seen:
            continue
        seen.add(operand.index)
        for _, _, origin in definitions.definitions.get(operand.index, []):
            if isinstance(origin, LoadElement):
                return True
            if isinstance(origin, FOLLOWED):
                waiting.extend(origin.operands())
    return False


class _Matcher:
    """Pairs the operations of two arms."""

    def __init__(
        self, definitions: LoopDefinitions, branch: Branch, join: int, homes: Mapping[int, Set[int]]
    ) -> None:
        self.function = definitions.function
        self.branch = branch
        self.join = join
        self.homes = homes
        self.local: set[int] = set()
        self.both: set[tuple[int, int]] = set()  # registers that the arms assign as a pair

    def run(self) -> MatchingArms | None:
        one, other = self._operations(self.branch.then), self._operations(self.branch.otherwise)
        if len(one) != len(other) or not 0 < len(one) <= MOST_PAIRS:
            return None
        self.local.update(self._local(self.branch.then), self._local(self.branch.otherwise))
        pairs = tuple(zip(one, other))
        for first, second in pairs:
            if not self._match(first, second):
                return None
            if first.result is not None and second.result is not None:
                assigned = first.result.index, second.result.index
                self.both = {pair for pair in self.both if not set(pair) & set(assigned)} | {assigned}
        return MatchingArms(self.branch.then, self.branch.otherwise, self.join, pairs, frozenset(self.local))

    def _operations(self, number: int) -> list[Operation]:
        """What an arm does; loads of the variables that hold arrays are no work."""
        found = self.function.blocks[number].operations[:-1]
        return [op for op in found if not (isinstance(op, LoadGlobal) and op.variable.type.tags == Tag.ARRAY)]

    def _local(self, number: int) -> Iterator[int]:
        for operation in self._operations(number):
            if operation.result is not None and self.homes[operation.result.index] == {number}:
                yield operation.result.index

    def _match(self, one: Operation, other: Operation) -> bool:
        if type(one) is not type(other) or not self._results_match(one, other):
            return False
        if isinstance(one, Binary) and isinstance(other, Binary):
            operators = one.operator is other.operator and one.operator in NEVER_FAULT
            return operators and self._all_match([(one.left, other.left), (one.right, other.right)])
        if isinstance(one, Copy) and isinstance(other, Copy):
            return self._all_match([(one.source, other.source)])
        if isinstance(one, LoadElement) and isinstance(other, LoadElement):
            return self._places_match(one, other)
        if isinstance(one, StoreElement) and isinstance(other, StoreElement):
            return self._places_match(one, other) and self._all_match([(one.source, other.source)])
        return False

    def _results_match(self, one: Operation, other: Operation) -> bool:
        first, second = one.result, other.result
        if first is None or second is None:
            return first is second
        if first.type.tags != second.type.tags or first.type.tags not in NUMBERS:
            return False
        chosen = first.type.tags == Tag.INT  # only such are kept or replaced
        return first == second or chosen or {first.index, second.index} <= self.local

    def _places_match(self, one: LoadElement | StoreElement, other: LoadElement | StoreElement) -> bool:
        kinds = one.array.type.elements, other.array.type.elements
        if (
            kinds[0] != kinds[1]
            or kinds[0] not in NUMBERS
            or len(one.indices) != 1
            or len(other.indices) != 1
        ):
            return False
        return self._all_match([(one.indices[0], other.indices[0])])

    def _all_match(self, operands: list[tuple[Operand, Operand]]) -> bool:
        """Whether each pair is the same number, or ints, which can be chosen between."""
        return all(self._matches(one, other) for one, other in operands)

    def _matches(self, one: Operand, other: Operand) -> bool:
        if one.type.tags != other.type.tags or one.type.tags not in NUMBERS:
            return False
        if isinstance(one, Register) and isinstance(other, Register):
            if one == other or (one.index, other.index) in self.both:
                return True
        elif isinstance(one, Constant) and isinstance(other, Constant) and one.key == other.key:
            return True
        local = any(isinstance(operand, Register) and operand.index in self.local for operand in (one, other))
        return one.type.tags == Tag.INT and not local
