"""Finds nests of counted loops whose indices can all be checked before the outermost one starts.

Every loop of a nest is counted, nothing in it runs other code, and the bounds of the inner loops and the
indices are made of the nest's loop variables and of what the whole nest leaves alone. Then the range of
each index is known once the ranges of the loop variables are, by interval arithmetic from the outermost
loop inwards; the code that does so at run time is written from the `Index` trees that are found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..ir import (
    Binary,
    BinaryOperator,
    Comparison,
    Copy,
    Function,
    Length,
    LoadElement,
    LoadGlobal,
    Operation,
    StoreElement,
    TripCount,
    successors,
)
from ..operands import Constant, Global, Operand, Register
from ..passes.ownership import liveness
from ..value_types import Tag
from .conditions import conditions_at
from .counted_loops import Affine, CountedLoop, counted_loop
from .dominators import FlowGraph
from .loop_definitions import Fixed


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: int


@dataclass(frozen=True)
class Held:
    """Something that the whole nest leaves alone; an array stands for its length."""

    fixed: Fixed


@dataclass(frozen=True)
class Variable:
    """The induction register of the loop with this header, in the current iteration."""

    header: int


@dataclass(frozen=True)
class Sum:
    """left + sign * right."""

    left: Index
    right: Index
    sign: int = 1


@dataclass(frozen=True)
class Product:
    """left * right."""

    left: Index
    right: Index


@dataclass(frozen=True)
class Trips:
    """How many values range(start, stop, step) has."""

    start: Index
    stop: Index
    step: int
    inclusive: bool


@dataclass(frozen=True)
class Position:
    """The value of a `for` over a range: trips.start + trips.step * the variable that counts the trips.

    It stays between the start and the stop, which the sum alone would not tell.
    """

    trips: Trips
    variable: Variable


@dataclass(frozen=True)
class Remainder:
    """Anything modulo a constant above 0."""

    divisor: int


Index = Number | Held | Variable | Sum | Product | Trips | Position | Remainder


def parts(index: Index) -> tuple[Index, ...]:
    """What an index is directly made of."""
    if isinstance(index, (Sum, Product)):
        return index.left, index.right
    if isinstance(index, Trips):
        return index.start, index.stop
    if isinstance(index, Position):
        return index.trips, index.variable
    return ()


def all_parts(index: Index) -> Iterator[Index]:
    """An index and everything that it is made of, but for what stands for a count of trips."""
    yield index
    if isinstance(index, (Sum, Product)):
        for part in parts(index):
            yield from all_parts(part)


def variables(index: Index) -> Iterator[int]:
    """The headers of the loops whose variables an index depends on."""
    if isinstance(index, Variable):
        yield index.header
    for part in parts(index):
        yield from variables(part)


def is_affine(index: Index) -> bool:
    """Whether an index is made of sums and products only, so that its text can be written anywhere."""
    if isinstance(index, Position):
        return is_affine(index.trips.start)
    if isinstance(index, (Trips, Remainder)):
        return False
    return all(is_affine(part) for part in parts(index))


@dataclass
class NestLoop:
    """A loop of a nest. `first` is None for the outermost one: it starts where the program is.

    `height`: 0 for an innermost loop. `may_fault`: an operation of the loop may end the program.
    """

    loop: CountedLoop
    first: Index | None
    bound: Index
    step: Index
    parent: int | None
    children: list[int] = field(default_factory=list)
    height: int = 0
    may_fault: bool = False

    @property
    def looks_at_clock(self) -> bool:
        """Whether something in the loop needs the time, for a fault or for the scheduler."""
        return self.may_fault or self.height > 1

    def keeps_cycles_of(self, block: int) -> bool:
        """Whether the cycles of a block, which is in no further loop, are added after the last iteration.

        Around other loops counting the runs of a block is no cheaper than adding its cycles.
        """
        return not self.looks_at_clock and (self.height == 0 or block in self.loop.always)


@dataclass(frozen=True)
class NestLimit:
    """subject comparison other: what holds where an access runs."""

    subject: Index
    comparison: Comparison
    other: Index


@dataclass(frozen=True)
class NestAccess:
    """An element of an array that the nest leaves where it is; `indices` is None where they are not known."""

    array: Fixed
    indices: tuple[Index, ...] | None
    writes: bool
    limits: tuple[NestLimit, ...] = ()


@dataclass
class Nest:
    """`loops`: by header, outer ones first. `accesses`: by id of the operation. `trip_counts`: all there are.

    `measured`: arrays whose length is asked for. `carried`: registers that the nest assigns and that hold
    a value from before it, or for after it.
    """

    header: int
    loops: dict[int, NestLoop]
    accesses: dict[int, NestAccess]
    trip_counts: list[Trips]
    measured: list[Fixed]
    defined: set[int]
    carried: list[Register]

    @property
    def outermost(self) -> NestLoop:
        return self.loops[self.header]

    def innermost_at(self, block: int) -> int:
        """The header of the innermost loop around a block."""
        return [header for header, one in self.loops.items() if block in one.loop.blocks][-1]


def loop_nests(function: Function, graph: FlowGraph, python3: bool) -> dict[int, Nest]:
    """The outermost nests of a typed function, by the header of their outermost loop."""
    nests: dict[int, Nest] = {}
    inside: set[int] = set()
    for header in sorted(graph.loops, key=lambda one: -len(graph.loops[one])):
        blocks = graph.loops[header]
        if header in inside or not any(other != header and other in blocks for other in graph.loops):
            continue
        nest = _NestFinder(function, graph, header, python3).run()
        if nest is not None:
            nests[header] = nest
            inside |= blocks
    return nests


class _NestFinder:
    """Looks at one loop with loops in it."""

    def __init__(self, function: Function, graph: FlowGraph, header: int, python3: bool) -> None:
        self.function = function
        self.graph = graph
        self.header = header
        self.python3 = python3
        self.blocks = graph.loops[header]
        self.definitions: dict[int, list[tuple[int, int, Operation]]] = {}
        for number in self.blocks:
            for position, operation in enumerate(function.blocks[number].operations):
                if operation.result is not None:
                    place = (number, position, operation)
                    self.definitions.setdefault(operation.result.index, []).append(place)
        self.counted: dict[int, CountedLoop] = {}

    def run(self) -> Nest | None:
        headers = [h for h in self.graph.loops if h in self.blocks]
        headers.sort(key=lambda one: -len(self.graph.loops[one]))
        for header in headers:
            counted = counted_loop(self.function, self.graph, header, self.python3)
            if counted is None:
                return None
            self.counted[header] = counted
        self.live = liveness(self.function, set(self.definitions))
        loops: dict[int, NestLoop] = {}
        for header in headers:
            one = self._loop(header)
            if one is None or not self._test_only(header):
                return None
            loops[header] = one
            if one.parent is not None:
                loops[one.parent].children.append(header)
        for one in reversed(loops.values()):
            one.height = 1 + max((loops[child].height for child in one.children), default=-1)
        return self._finished(loops)

    def _finished(self, loops: dict[int, NestLoop]) -> Nest | None:
        accesses = self._accesses()
        trip_counts = self._trip_counts()
        measured = self._measured()
        if accesses is None or trip_counts is None or measured is None:
            return None
        for one in loops.values():
            operations = (op for number in one.loop.blocks for op in self.function.blocks[number].operations)
            one.may_fault = any(self._may_fault(one.loop, accesses, op) for op in operations)
        carried = sorted(set(self.definitions) & self.live[self.header])
        registers = [self.function.registers[index] for index in carried]
        return Nest(self.header, loops, accesses, trip_counts, measured, set(self.definitions), registers)

    def _may_fault(
        self, loop: CountedLoop, accesses: dict[int, NestAccess], operation: Operation
    ) -> bool:
        if isinstance(operation, (LoadElement, StoreElement)):
            return accesses[id(operation)].indices is None
        return not isinstance(operation, (Length, TripCount)) and loop.may_end(operation, self.python3)

    # -- loops

    def _loop(self, header: int) -> NestLoop | None:
        loop = self.counted[header]
        around = [h for h in self.counted if h != header and header in self.counted[h].blocks]
        parent = min(around, key=lambda h: len(self.counted[h].blocks)) if around else None
        first = None if parent is None else self._first(loop, parent)
        bound = self._of_affine(loop.bound, header)
        step: Index | None
        if isinstance(loop.step, int):
            step = Number(loop.step)
        elif isinstance(loop.step, Global):
            step = Held(loop.step)
        else:
            step = self.index(loop.step, header, 0)
        if bound is None or step is None or (parent is not None and first is None):
            return None
        return NestLoop(loop, first, bound, step, parent)

    def _first(self, loop: CountedLoop, parent: int) -> Index | None:
        """What the induction register starts with, each time that the loop around it comes here."""
        found = self.definitions[loop.induction.index]
        before = [place for place in found if place[0] not in loop.blocks]
        if len(found) != 2 or len(before) != 1:
            return None
        block, position, operation = before[0]
        if block not in self.counted[parent].blocks or not self.graph.dominates(block, loop.header):
            return None
        return self._in_scope(self._of_operation(operation, block, position), loop.header, outside=True)

    def _test_only(self, header: int) -> bool:
        """Whether nothing that a loop's header computes is used after the loop."""
        if header == self.header:
            return True
        block = self.function.blocks[header]
        outside = [n for n in successors(block.terminator) if n not in self.graph.loops[header]]
        defined = {op.result.index for op in block.operations if op.result is not None}
        return not any(defined & self.live[number] for number in outside)

    def _of_affine(self, affine: Affine, header: int) -> Index | None:
        total: Index = Number(affine.constant)
        for sign, fixed in affine.terms:
            one = self._of_fixed(fixed, header)
            if one is None:
                return None
            plain = total == Number(0) and sign > 0
            total = one if plain else Sum(total, one, sign)
        return total

    def _of_fixed(self, fixed: Fixed, header: int) -> Index | None:
        if isinstance(fixed, Global):
            return Held(fixed)
        if fixed.type.tags == Tag.ARRAY:
            array = self._array(fixed)
            return None if array is None else Held(array)
        return self.index(fixed, header, 0)

    # -- indices

    def index(self, operand: Operand, block: int, position: int) -> Index | None:
        """The value of an operand at a place of the nest, as a tree; None where that is not known."""
        return self._in_scope(self._value(operand, block, position), block)

    def _in_scope(self, index: Index | None, block: int, outside: bool = False) -> Index | None:
        """The index, unless it depends on a loop that the block is not in (or has only as its header)."""
        if index is None:
            return None
        for header in variables(index):
            if block not in self.counted[header].blocks or (outside and block == header):
                return None
        return index

    def _value(self, operand: Operand, block: int, position: int) -> Index | None:
        if operand.type.tags != Tag.INT:
            return None
        if isinstance(operand, Constant):
            return Number(operand.value) if isinstance(operand.value, int) else None
        if not isinstance(operand, Register):
            return None
        found = self.definitions.get(operand.index)
        if found is None:
            return Held(operand)
        for header, loop in self.counted.items():
            if loop.induction.index == operand.index:
                return self._variable(header, loop, block, position)
        if len(found) != 1:
            return None
        where, at, origin = found[0]
        before = at < position if where == block else self.graph.dominates(where, block)
        return self._of_operation(origin, where, at) if before else None

    def _variable(self, header: int, loop: CountedLoop, block: int, position: int) -> Index | None:
        if block not in loop.blocks:
            return None
        for where, at, _ in self.definitions[loop.induction.index]:
            if where == block and position > at:
                return None
        return Variable(header)

    def _of_operation(self, operation: Operation, block: int, position: int) -> Index | None:
        method = INDICES.get(type(operation))
        return None if method is None else method(self, operation, block, position)

    def _of_copy(self, operation: Copy, block: int, position: int) -> Index | None:
        return self._value(operation.source, block, position)

    def _of_load_global(self, operation: LoadGlobal, block: int, position: int) -> Index:
        return Held(operation.variable)

    def _of_length(self, operation: Length, block: int, position: int) -> Index | None:
        array = self._array(operation.operand)
        return None if array is None else Held(array)

    def _of_binary(self, operation: Binary, block: int, position: int) -> Index | None:
        divisor = operation.right.value if isinstance(operation.right, Constant) else None
        if operation.operator is BinaryOperator.MODULO and isinstance(divisor, int):
            return Remainder(divisor) if divisor > 0 and operation.left.type.tags == Tag.INT else None
        if operation.operator not in (BinaryOperator.ADD, BinaryOperator.SUBTRACT, BinaryOperator.MULTIPLY):
            return None
        left = self._value(operation.left, block, position)
        right = self._value(operation.right, block, position)
        if left is None or right is None:
            return None
        if operation.operator is BinaryOperator.MULTIPLY:
            return Product(left, right)
        if operation.operator is BinaryOperator.SUBTRACT:
            return Sum(left, right, -1)
        return self._position(left, right) or self._position(right, left) or Sum(left, right)

    def _position(self, start: Index, counting: Index) -> Position | None:
        """start + step * variable, if that is how a `for` computes its value."""
        step = 1
        if isinstance(counting, Product):
            stride = counting.right
            if not isinstance(stride, Number):
                return None
            step = stride.value
            counting = counting.left
        if not isinstance(counting, Variable):
            return None
        loop = self.counted[counting.header]
        trips = self._of_affine(loop.bound, loop.header)
        if not isinstance(trips, Trips) or trips.start != start or trips.step != step or loop.step != 1:
            return None
        parent = [h for h in self.counted if h != loop.header and loop.header in self.counted[h].blocks]
        if not parent or self._first(loop, parent[-1]) != Number(0):
            return None
        return Position(trips, counting)

    def _trips(self, operation: TripCount, block: int, position: int) -> Trips | None:
        start = self._value(operation.start, block, position)
        stop = self._value(operation.stop, block, position)
        step = operation.step.value if isinstance(operation.step, Constant) else None
        if start is None or stop is None or not isinstance(step, int) or step == 0:
            return None
        return Trips(start, stop, step, operation.inclusive)

    def _array(self, operand: Operand) -> Fixed | None:
        """An array that the whole nest leaves where it is."""
        if not isinstance(operand, Register) or operand.type.tags != Tag.ARRAY:
            return None
        found = self.definitions.get(operand.index)
        if found is None:
            return operand
        origin = found[0][2]
        if len(found) != 1:
            return None
        if isinstance(origin, Copy):
            return self._array(origin.source)
        return origin.variable if isinstance(origin, LoadGlobal) else None

    # -- what the nest does

    def _each(self) -> Iterator[tuple[int, int, Operation]]:
        for number in sorted(self.blocks):
            for position, operation in enumerate(self.function.blocks[number].operations):
                yield number, position, operation

    def _accesses(self) -> dict[int, NestAccess] | None:
        """All accesses to elements; None if one may move an array's elements."""
        found: dict[int, NestAccess] = {}
        for block, position, operation in self._each():
            if not isinstance(operation, (LoadElement, StoreElement)):
                continue
            array = self._array(operation.array)
            known = [self.index(index, block, position) for index in operation.indices]
            indices = tuple(index for index in known if index is not None)
            complete = len(indices) == len(known)
            writes = isinstance(operation, StoreElement)
            if array is None or (writes and not complete):
                return None
            limits = tuple(self._limits(block, indices)) if complete else ()
            found[id(operation)] = NestAccess(array, indices if complete else None, writes, limits)
        return found

    def _limits(self, block: int, indices: tuple[Index, ...]) -> Iterator[NestLimit]:
        """What is known, where a block runs, of what indices are made of, besides that loops go on."""
        within = {part for index in indices for part in all_parts(index)}
        for condition in conditions_at(self.function, self.graph, self.definitions, block, self.header):
            if condition.block in self.counted:
                continue
            for one in (condition, condition.mirrored):
                subject = self._in_scope(self._value(one.left, one.block, one.position), block)
                other = self._in_scope(self._value(one.right, one.block, one.position), block)
                if subject in within and other is not None and subject is not None:
                    yield NestLimit(subject, one.comparison, other)

    def _trip_counts(self) -> list[Trips] | None:
        """All ranges that start in the nest; None if it is not known that none of them faults."""
        found: dict[Trips, None] = {}
        for block, position, operation in self._each():
            if isinstance(operation, TripCount):
                trips = self._trips(operation, block, position)
                if trips is None or self._in_scope(trips, block) is None:
                    return None
                found[trips] = None
        return list(found)

    def _measured(self) -> list[Fixed] | None:
        found: dict[Fixed, None] = {}
        for _, _, operation in self._each():
            if isinstance(operation, Length):
                array = self._array(operation.operand)
                if array is None:
                    return None
                found[array] = None
        return list(found)


INDICES: dict[type[Operation], Callable[[_NestFinder, Any, int, int], Index | None]] = {
    Copy: _NestFinder._of_copy,
    LoadGlobal: _NestFinder._of_load_global,
    Length: _NestFinder._of_length,
    TripCount: _NestFinder._trips,
    Binary: _NestFinder._of_binary,
}
