"""Finds innermost loops whose number of iterations is known when they start.

`for i in range(...)` and `while i <= n: ... i += 1` alike: a register that only one operation in the loop
assigns, adding a constant; a header that compares it with something the loop does not change; nothing in
the loop that runs other code. For each access to an array element whose index is the induction register
plus something invariant, the indices of the whole loop are known too, and can be checked before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..devices import BY_NAME, Form, Through
from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    CallDevice,
    Compare,
    Comparison,
    Convert,
    Copy,
    Function,
    Jump,
    Length,
    LoadElement,
    LoadGlobal,
    Operation,
    StoreElement,
    TripCount,
    Truth,
    Unary,
    successors,
)
from ..operands import Constant, Operand, Register
from ..value_types import Tag, Type, is_single
from .conditions import MIRRORED, conditions_at
from .dominators import FlowGraph
from .loop_definitions import Fixed, LoopDefinitions

QUIET_WITH_ARRAYS = frozenset({LoadElement, StoreElement, Length, LoadGlobal, Copy})
"""What may be computed in line where an operand is an array."""
QUIET = QUIET_WITH_ARRAYS | {Convert, Unary, Binary, Compare, Truth, Branch, Jump, TripCount, CallDevice}
QUIET_INLINE = frozenset({"ep_square_root", "ep_random_real", "ep_floor", "ep_ceil", "ep_is_device"})
MAY_FAULT_INLINE = frozenset({"ep_square_root", "ep_floor", "ep_ceil"})  # in python3: below 0, nan
NEVER_FAULT = frozenset(
    {
        BinaryOperator.ADD,
        BinaryOperator.SUBTRACT,
        BinaryOperator.MULTIPLY,
        BinaryOperator.BIT_AND,
        BinaryOperator.BIT_OR,
        BinaryOperator.BIT_XOR,
    }
)
SHIFTS = frozenset({BinaryOperator.SHIFT_LEFT, BinaryOperator.SHIFT_RIGHT})
SMALLEST_WORD = 32  # bits: a shift by as many is an error
DIRECTIONS: dict[Comparison, int] = {
    Comparison.LESS: 1,
    Comparison.LESS_EQUAL: 1,
    Comparison.GREATER: -1,
    Comparison.GREATER_EQUAL: -1,
}


@dataclass(frozen=True)
class Affine:
    """induction (if `varies`) + constant + the sum of `terms`.

    A term is a sign and something that the loop leaves alone: an int register or global, or an array,
    which stands for its length.
    """

    varies: bool
    constant: int = 0
    terms: tuple[tuple[int, Fixed], ...] = ()

    def plus(self, other: Affine, sign: int) -> Affine | None:
        """self + sign * other; None where the induction register would count other than once."""
        if other.varies and (self.varies or sign < 0):
            return None
        terms = self.terms + tuple((sign * one, fixed) for one, fixed in other.terms)
        return Affine(self.varies or other.varies, self.constant + sign * other.constant, terms)


@dataclass(frozen=True)
class Limit:
    """subject, which varies, comparison other, which does not: what holds where an access runs."""

    subject: Affine
    comparison: Comparison
    other: Affine


@dataclass(frozen=True)
class Access:
    """An element whose indices are known for the whole loop; `array` is not assigned in the loop."""

    array: Fixed
    indices: tuple[Affine, ...]
    limits: tuple[Limit, ...] = ()


@dataclass
class CountedLoop:
    """`comparison`: how the induction register stands to `bound` while the loop goes on.

    `step`: what the only assignment `advance` adds, a constant or something that the loop leaves alone;
    `direction`: the sign that it has if the loop counts at all. `inside`: the block that the header goes to.
    `accesses`: by id of the operation. `leaving`: the other accesses with one index whose arrays the loop
    does not assign. `grows`: an access might move elements otherwise. `always`: the blocks that every
    iteration runs. `may_fault`: an operation besides the accesses may end the program.
    """

    header: int
    blocks: frozenset[int]
    inside: int
    induction: Register
    step: int | Fixed
    direction: int
    comparison: Comparison
    bound: Affine
    advance: Operation
    always: frozenset[int]
    may_fault: bool = False
    accesses: dict[int, Access] = field(default_factory=dict)
    leaving: dict[int, Fixed] = field(default_factory=dict)
    grows: bool = False

    def may_end(self, operation: Operation, python3: bool) -> bool:
        """Whether an operation may end the program with a fault."""
        if isinstance(operation, (LoadElement, StoreElement)):
            return id(operation) not in self.accesses
        if isinstance(operation, Binary):
            real = operation.left.type.tags == Tag.REAL and not python3  # inf and nan, not a fault
            return not (real or operation.operator in NEVER_FAULT or _is_safe_constant(operation))
        if isinstance(operation, CallDevice):
            return python3 and _form(operation).target in MAY_FAULT_INLINE
        return isinstance(operation, (Length, TripCount)) or (
            isinstance(operation, Convert) and bool(operation.wanted)
        )


def _is_safe_constant(operation: Binary) -> bool:
    """Whether the right operand is a constant with which the operation never is an error."""
    value = operation.right.value if isinstance(operation.right, Constant) else None
    if not isinstance(value, (int, float)):
        return False
    if operation.operator in SHIFTS:
        return 0 <= value < SMALLEST_WORD
    if operation.operator is BinaryOperator.POWER:  # of a negative real python3 gives no fractional power
        return value >= 0 and float(value).is_integer()
    return value > 0


def _form(operation: CallDevice) -> Form:
    module, _, name = operation.function.rpartition(".")
    return BY_NAME[module, name].forms[operation.form]


def is_quiet(operation: Operation) -> bool:
    """Whether an operation is computed in line: no call, no entry, nothing tagged or counted."""
    if type(operation) not in QUIET:
        return False
    values: tuple[Operand, ...] = operation.operands()
    if operation.result is not None:
        values = (*values, operation.result)
    arrays = type(operation) in QUIET_WITH_ARRAYS
    if not all(_is_quiet_type(value.type, arrays) for value in values):
        return False
    if isinstance(operation, (LoadElement, StoreElement)):
        return is_single(operation.array.type.elements)
    if isinstance(operation, CallDevice):
        form = _form(operation)
        inline = form.through is Through.INLINE and form.target in QUIET_INLINE
        return inline or form.through in (Through.FIELD, Through.MATH)
    return not (isinstance(operation, LoadGlobal) and operation.variable.checked)


def _is_quiet_type(kind: Type, arrays: bool) -> bool:
    """Whether values of a type are neither tagged nor counted; `arrays`: these may be."""
    counted = kind.tags & Tag.STRING or (kind.tags & Tag.ARRAY and not arrays)
    return not (counted or kind.exposed or kind.is_dynamic)


def counted_loops(function: Function, graph: FlowGraph, python3: bool) -> dict[int, CountedLoop]:
    """The counted innermost loops of a typed function, by header."""
    found: dict[int, CountedLoop] = {}
    for header, blocks in graph.loops.items():
        if any(other != header and other in blocks for other in graph.loops):
            continue
        loop = counted_loop(function, graph, header, python3)
        if loop is not None:
            found[header] = loop
    return found


def counted_loop(function: Function, graph: FlowGraph, header: int, python3: bool) -> CountedLoop | None:
    """The loop with this header, if it is counted; there may be loops in it."""
    return _Recogniser(function, graph, header, graph.loops[header], python3).run()


class _Recogniser(LoopDefinitions):
    """Looks at one innermost loop."""

    def __init__(
        self, function: Function, graph: FlowGraph, header: int, blocks: set[int], python3: bool
    ) -> None:
        super().__init__(function, graph, frozenset(blocks))
        self.python3 = python3
        self.header = header
        self.induction: Register

    def run(self) -> CountedLoop | None:
        latches = [p for p in self.graph.before[self.header] if p in self.blocks]
        branch = self.function.blocks[self.header].terminator
        if len(latches) != 1 or not isinstance(branch, Branch) or branch.then not in self.blocks:
            return None
        if branch.otherwise in self.blocks or not all(is_quiet(op) for op in self.operations()):
            return None
        if any(self._leaves(number) for number in self.blocks if number != self.header):
            return None
        counted = self._induction(branch, latches[0])
        if counted is None:
            return None
        induction, step, comparison, bound, advance = counted
        direction = DIRECTIONS[comparison]
        always = frozenset(n for n in self.blocks if self.graph.dominates(n, latches[0]))
        blocks, inside = self.blocks, branch.then
        loop = CountedLoop(
            self.header, blocks, inside, induction, step, direction, comparison, bound, advance, always
        )
        self._find_accesses(loop)
        loop.may_fault = any(loop.may_end(op, self.python3) for op in self.operations())
        return loop

    def _leaves(self, number: int) -> bool:
        last = self.function.blocks[number].terminator
        targets = successors(last)
        return not targets or any(target not in self.blocks for target in targets)

    # -- the induction register

    def _induction(
        self, branch: Branch, latch: int
    ) -> tuple[Register, int | Fixed, Comparison, Affine, Operation] | None:
        test = self.only_definition(branch.condition)
        while isinstance(test, Copy):
            test = self.only_definition(test.source)
        if not isinstance(test, Compare):
            return None
        for one, other, comparison in (
            (test.left, test.right, test.operator),
            (test.right, test.left, MIRRORED[test.operator]),
        ):
            counting = self._copied_in_header(one)
            if comparison not in DIRECTIONS or counting is None:
                continue
            advance = self._advance(counting, latch)
            if advance is None or counting.type.tags != Tag.INT or other.type.tags != Tag.INT:
                continue
            operation, step = advance
            self.induction = counting
            bound = self._affine(other, self.header, len(self.function.blocks[self.header].operations))
            agrees = step * DIRECTIONS[comparison] > 0 if isinstance(step, int) else True
            if bound is not None and not bound.varies and agrees:
                return counting, step, comparison, bound, operation
        return None

    def _copied_in_header(self, operand: Operand) -> Register | None:
        """The register that the loop's test looks at: the operand, or what the header has copied it from."""
        if not isinstance(operand, Register):
            return None
        origin = self.only_definition(operand)
        if not isinstance(origin, Copy) or origin not in self.function.blocks[self.header].operations:
            return operand
        return origin.source if isinstance(origin.source, Register) else None

    def _advance(self, register: Register, latch: int) -> tuple[Operation, int | Fixed] | None:
        """The assignment `register = register + step` at the loop's end, and the step."""
        found = self.definitions.get(register.index, [])
        if len(found) != 1 or found[0][0] != latch:
            return None
        operation = found[0][2]
        origin: Operation | None = operation
        while isinstance(origin, Copy):
            origin = self.only_definition(origin.source)
        signs = {BinaryOperator.ADD: 1, BinaryOperator.SUBTRACT: -1}
        if not isinstance(origin, Binary) or origin.operator not in signs:
            return None
        if not self._is_value_of(register, origin.left, origin):
            return None
        if isinstance(origin.right, Constant):
            value = origin.right.value
            return (operation, signs[origin.operator] * value) if isinstance(value, int) else None
        fixed = self.fixed(origin.right)
        if fixed is None or fixed.type.tags != Tag.INT or origin.operator is not BinaryOperator.ADD:
            return None
        return operation, fixed

    def _is_value_of(self, register: Register, operand: Operand, reader: Operation) -> bool:
        """Whether what an operation reads is the register itself, or a copy made earlier in its block."""
        if operand == register:
            return True
        if not isinstance(operand, Register):
            return False
        found = self.definitions.get(operand.index, [])
        if len(found) != 1 or not isinstance(found[0][2], Copy) or found[0][2].source != register:
            return False
        block, position, _ = found[0]
        return reader in self.function.blocks[block].operations[position:]

    # -- accesses

    def _find_accesses(self, loop: CountedLoop) -> None:
        for number in self.blocks:
            for position, operation in enumerate(self.function.blocks[number].operations):
                if not isinstance(operation, (LoadElement, StoreElement)):
                    continue
                array = self.fixed(operation.array)
                single = len(operation.indices) == 1
                if array is None:
                    loop.grows |= single and isinstance(operation, StoreElement)
                    continue
                indices = [self._affine(index, number, position) for index in operation.indices]
                known = tuple(index for index in indices if index is not None)
                if len(known) == len(indices):
                    loop.accesses[id(operation)] = Access(array, known, tuple(self._limits(number)))
                elif single:
                    loop.leaving[id(operation)] = array

    def _limits(self, block: int) -> Iterator[Limit]:
        """What is known of the induction register where a block runs, besides that the loop goes on."""
        for condition in conditions_at(self.function, self.graph, self.definitions, block, self.header):
            if condition.block == self.header:
                continue
            for one in (condition, condition.mirrored):
                subject = self._affine(one.left, one.block, one.position)
                other = self._affine(one.right, one.block, one.position)
                if subject is not None and other is not None and subject.varies and not other.varies:
                    yield Limit(subject, one.comparison, other)

    def _affine(self, operand: Operand, block: int, position: int) -> Affine | None:
        """The value that an operand has at a place in the loop."""
        if isinstance(operand, Constant):
            return Affine(False, operand.value) if isinstance(operand.value, int) else None
        if not isinstance(operand, Register):
            return None
        if operand.index == self.induction.index:
            at = self.definitions[operand.index][0]
            return None if (block, position) > (at[0], at[1]) and block == at[0] else Affine(True)
        fixed = self.fixed(operand)
        if fixed is not None:
            return Affine(False, 0, ((1, fixed),))
        found = self.definitions[operand.index]
        if len(found) != 1:
            return None
        where, at_position, origin = found[0]
        before = at_position < position if where == block else self.graph.dominates(where, block)
        if not before:
            return None
        if isinstance(origin, Copy):
            return self._affine(origin.source, where, at_position)
        if isinstance(origin, Length):
            array = self.fixed(origin.operand)
            return Affine(False, 0, ((1, array),)) if array is not None else None
        if isinstance(origin, Binary) and origin.operator in (BinaryOperator.ADD, BinaryOperator.SUBTRACT):
            left = self._affine(origin.left, where, at_position)
            right = self._affine(origin.right, where, at_position)
            if left is not None and right is not None:
                return left.plus(right, 1 if origin.operator is BinaryOperator.ADD else -1)
        return None
