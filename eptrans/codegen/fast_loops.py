"""The fast copy of a counted loop: indices checked once before it, cycles added once after it.

At the top of the loop's C stands an attempt: if all indices of the iterations to come are inside their
arrays, they run in a copy of the body without index checks and without a look at the scheduler's flag,
at most some milliseconds at a time. What is left over, above all the iteration in which an index is wrong
or a list grows, runs in the plain copy. Both cost the same cycles. A loop that cannot keep all costs for its
end has a second fast copy, which pays for accesses to arrays in shared memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..analysis.counted_loops import Access, Affine, CountedLoop
from ..analysis.guarded_indices import GuardedIndex, guarded_indices
from ..analysis.loop_definitions import Fixed, LoopDefinitions
from ..ir import (
    Block,
    CallDevice,
    Comparison,
    Function,
    Length,
    LoadElement,
    LoadGlobal,
    Operation,
    StoreElement,
    TripCount,
)
from ..operands import Global, Register
from ..value_types import Tag, Type
from .copy_costs import EACH, CopyCostWriter
from .expressions import Expression
from .fast_copy import Element, FastCopy
from .layout import Line
from .nest_text import limited

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter

CHUNK_NANOSECONDS = 4_000_000  # well under the 10 ms that may pass
SLOW_NANOSECONDS = 30  # a function of the math library
LEAST_CHUNK, MOST_CHUNK = 256, 65536


class FastLoopWriter(CopyCostWriter):
    """Adds the fast copies."""

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.assignments: dict[int, Counter[int]] = {}  # in each loop that has a fast copy
        self.entries: dict[int, int] = {}  # of plain copies: the numbers of labels, by id of the access

    def polls(self, header: int) -> bool:
        """Whether a loop looks at the scheduler's flag, in the copy that is being written."""
        return self.fast is None

    def is_plain(self) -> bool:
        """Whether the copy being written is the one that recorded runs use too: no fast one of a loop."""
        return self.fast is None

    def write_poll(self, block: Block) -> None:
        """The look at the scheduler's flag at the head of a loop."""
        if self.polls(block.number):
            first = block.operations[0]
            self.statement(first, f"EP_POLL({self.site(first)});")

    def skips_test(self, number: int) -> bool:
        """Whether a block ends with a test that the copy being written does without."""
        return self.fast is not None and number == self.fast.loop.header

    def attempt(self, loop: CountedLoop) -> list[Line]:
        """What stands at the top of a loop's body, at depth 0; nothing if elements may move under it."""
        if loop.grows:
            return []
        if loop.leaving:
            self.shared_blocks |= loop.blocks
        guarded = self._guarded(loop)
        copy = FastCopy(loop, self.unit.fresh(), keeps_cycles=not loop.may_fault, guarded=guarded)
        n = copy.number
        written = [(copy, self._body_lines(copy, f"_{n}"))]
        if not copy.keeps_cycles and (loop.accesses or loop.leaving):  # its prices are all 0
            far = FastCopy(loop, n, guarded=guarded, far=True, left=copy.left)
            written.append((far, self._body_lines(far, f"_{self.unit.fresh()}")))
        self.layout.write(f"ep_bool try_{n} = EP_FAST_COPIES;")
        loads, stores = self.frame_lines(loop.header)
        lines = [Line(f"if (try_{n}) {{", 0)]
        lines += [Line(text, 1) for text in [*loads, *self._prologue(copy)]]
        for one, body in written:
            lines += [Line(text, 1) for text in self._condition(one)]
            lines += [Line("ep_seldom();", 2)] if one.far else []
            lines += self._copy_lines(one, body)
            lines += [Line(text, 2) for text in stores]
        lines += [Line("} else {", 1), Line(f"try_{n} = trips_{n} <= 0;", 2), Line("}", 1)]
        lines += [*self.leaving_lines(n, copy.left), Line("}", 0)]
        if copy.left:
            self.layout.write(f"int32_t left_{n} = 0;")
            lines.append(Line(f"plain_{n}:;", -1))
        self.line = 0  # the next statement says its line again
        return lines

    def _body_lines(self, copy: FastCopy, suffix: str) -> list[Line]:
        """The body of a copy, at depth 0; its labels end with the suffix."""
        loop = copy.loop
        if loop.leaving and not self._may_fault_inside(loop):
            self.place_costs(copy)
        state = (set(self.inlined), dict(self.pending), self.cycles, self.line, self.file)
        self.fast = copy
        body = self.layout.unguarded_body(loop.header, loop.inside, suffix)
        self.fast = None
        self.inlined |= state[0]
        _, self.pending, self.cycles, self.line, self.file = state
        idle = {copy.count_run(number) for number in loop.blocks if not copy.takes_time(number)}
        each = copy.each() or "0"
        body = [replace(line, text=line.text.replace(EACH, each)) for line in body]
        return [line for line in body if line.text not in idle]

    def _copy_lines(self, copy: FastCopy, body: list[Line]) -> list[Line]:
        """The loop of a copy around its body, what comes before it, and what is added after it."""
        n, sometimes, each = copy.number, copy.counted_blocks(), copy.each()
        lines = [Line(text, 2) for text in self._hoisted(copy)]
        lines += [Line(f"ep_int ran_{n}_{number} = 0;", 2) for number in sometimes]
        lines += [Line(text, 2 + position) for position, text in enumerate(self._loop_head(copy))]
        lines += [replace(line, depth=line.depth + 3) for line in body]
        lines.append(Line("}", 2))
        if each:
            lines.append(Line(f"ticks += {each} * trips_{n};", 2))
        prices = {number: copy.prices([number]) for number in sometimes}
        lines += [Line(f"ticks += {text} * ran_{n}_{number};", 2) for number, text in prices.items() if text]
        return lines + [Line(text, 2) for text in copy.call_lines()]

    def _guarded(self, loop: CountedLoop) -> dict[int, GuardedIndex]:
        """The accesses that would leave the copy, but for tests of their indices in the loop."""
        if not loop.leaving:
            return {}
        definitions = LoopDefinitions(self.function, self.layout.graph, loop.blocks)
        operations = (op for number in loop.blocks for op in self.operations_of(number))
        elements = (op for op in operations if isinstance(op, (LoadElement, StoreElement)))
        return guarded_indices(definitions, (op for op in elements if id(op) in loop.leaving))

    def frame_lines(self, header: int) -> tuple[list[str], list[str]]:
        """Lines to put before a fast copy and after it."""
        return [], []

    def stack_check(self) -> list[str]:
        """What has to hold of the emulated stack before a fast copy."""
        return []

    def _loop_head(self, copy: FastCopy) -> list[str]:
        """The `for` of the fast copy, and what its body starts with.

        A 64-bit variable where elements are indexed with it; else one of the word's size, since gcc makes
        vectors of 32-bit numbers only where no 64-bit one goes along.
        """
        loop, n = copy.loop, copy.number
        limit = f"{copy.index} {'<=' if loop.direction > 0 else '>='}"
        if not self._indexes(loop):
            head = f"for (ep_int {copy.index} = (ep_int)first_{n}; {limit} (ep_int)last_{n}; "
            return [f"{head}{copy.index} += (ep_int){copy.step}) {{"]
        head = f"for (int64_t {copy.index} = first_{n}; {limit} last_{n}; {copy.index} += {copy.step}) {{"
        if not loop.leaving:  # the register goes along by itself: numbers made of it need no 64 bits
            return [head]
        return [head, f"{self.name(loop.induction)} = (ep_int){copy.index};"]

    def _step_lines(self, copy: FastCopy) -> list[str]:
        """The step, where it is no constant; one against the loop's direction counts as no trips."""
        if isinstance(copy.loop.step, int):
            return []
        return [f"const int64_t {copy.step} = {self._fixed_text(copy.loop.step)};"]

    @staticmethod
    def _indexes(loop: CountedLoop) -> bool:
        """Whether some element is indexed with the induction register."""
        return any(index.varies for access in loop.accesses.values() for index in access.indices)

    def _prologue(self, copy: FastCopy) -> list[str]:
        loop, n = copy.loop, copy.number
        inclusive = is_inclusive(loop)
        chunk, limits = self._chunk(loop), f"first_{n}, bound_{n}"
        bound = self._affine_text(loop.bound, "", wide=False)
        return [
            f"const int64_t first_{n} = {self.name(loop.induction)};",
            f"const int64_t bound_{n} = (ep_int)({bound});",
            *self._step_lines(copy),
            f"const int64_t trips_{n} = ep_trips({limits}, {copy.step}, {int(inclusive)}, {chunk});",
            f"const int64_t last_{n} = first_{n} + (trips_{n} - 1) * {copy.step};",
        ]

    def _chunk(self, loop: CountedLoop) -> int:
        """How many iterations may pass without a look at the scheduler's flag."""
        each = sum(weight(op) for number in loop.blocks for op in self.operations_of(number))
        return max(LEAST_CHUNK, min(MOST_CHUNK, CHUNK_NANOSECONDS // each))

    def operations_of(self, number: int) -> list[Operation]:
        """The operations of a block."""
        return self.function.blocks[number].operations

    def _condition(self, copy: FastCopy) -> list[str]:
        """The lines of the `if` that holds where no access of the loop is out of range."""
        checks: dict[str, None] = dict.fromkeys([f"trips_{copy.number} > 0", *self.stack_check()])
        if not self._indexes(copy.loop):  # the word's own variable must not wrap at the end
            room = "<= EP_INT_MAX - " if copy.loop.direction > 0 else ">= EP_INT_MIN - "
            room += copy.step if copy.step.isidentifier() else f"({copy.step})"
            checks[f"last_{copy.number} {room}"] = None
        low, high = f"first_{copy.number}", f"last_{copy.number}"
        if copy.loop.direction < 0:
            low, high = high, low
        if not copy.keeps_cycles and not copy.far:  # accesses to shared memory pay one by one
            for access in copy.loop.accesses.values():
                checks[f"({self._fixed_text(access.array)}->flags & EP_SHARED) == 0"] = None
        for operation, fixed in copy.loop.leaving.items():
            checks.update(dict.fromkeys(self._leaving_checks(copy, operation, self._fixed_text(fixed))))
        whole = {(one.array, one.indices) for one in copy.loop.accesses.values() if not one.limits}
        for access in copy.loop.accesses.values():
            if access.limits and (access.array, access.indices) in whole:
                continue
            array = self._fixed_text(access.array)
            count = len(access.indices)
            checks[f"{array}->dimensions == {count}"] = None
            for dimension, index in enumerate(access.indices):
                size = f"{array}->length" if count == 1 else f"{array}->shape[{dimension}]"
                if access.limits and index.varies:
                    checks[f"ep_within({self._limited_range(access, index, low, high)}, {size})"] = None
                    continue
                least, most = self._affine_text(index, low), self._affine_text(index, high)
                checks[f"ep_inside({least}, {most}, {size})"] = None
            if count > 1:
                checks[f"{array}->length > 0"] = None
        return condition_lines(list(checks), "} else if (" if copy.far else "if (")

    def _leaving_checks(self, copy: FastCopy, operation: int, array: str) -> Iterator[str]:
        """What has to hold of the array of an access, given by its id, whose index is not known."""
        yield f"{array}->dimensions == 1"
        if copy.far:
            yield f"{array}->length <= EP_INT_MAX"
        if operation in copy.guarded:
            yield from self.guard_checks(copy.guarded[operation], array, "length" if copy.far else "direct")
        elif not copy.far and all(
            one not in copy.guarded or self._fixed_text(fixed) != array
            for one, fixed in copy.loop.leaving.items()
        ):
            yield f"{array}->direct > 0"  # else the other copy pays for what is shared

    def _limited_range(self, access: Access, index: Affine, low: str, high: str) -> str:
        """The range of an index where the access runs, which not every iteration does."""
        values = f"ep_range_fitting({low}, {high})"
        for limit in access.limits:
            other = f"ep_range_one((ep_int)({self._affine_text(limit.other, '', wide=False)}))"
            values = self._moved(values, limit.subject, 1)
            values = self._moved(limited(values, limit.comparison, other), limit.subject, -1)
        return self._moved(values, index, 1)

    def _moved(self, values: str, by: Affine, sign: int) -> str:
        """The C text of a range to which all of an index but the induction register is added."""
        for one, fixed in by.terms:
            term = self._affine_text(Affine(False, 0, ((1, fixed),)), "")
            name = "ep_range_add" if one == sign else "ep_range_subtract"
            values = f"{name}({values}, ep_range_one({term}))"
        constant = sign * by.constant
        return f"ep_range_add({values}, ep_range_one({constant}))" if constant else values

    def _hoisted(self, copy: FastCopy) -> list[str]:
        lines = []
        arrays = [access.array for access in copy.loop.accesses.values()] + [*copy.loop.leaving.values()]
        for fixed in arrays:
            array = self._fixed_text(fixed)
            name = copy.data.pop(array, None)
            if name is None:
                continue
            kind, elements = element_type(fixed.type)
            lines.append(f"{kind} *const {name} = {elements}({array});")
            if array in copy.lengths:
                length = "length" if copy.far else "direct"
                lines.append(f"const ep_unsigned {copy.lengths[array]} = (ep_unsigned){array}->{length};")
        return lines + [f"const int64_t {name} = {price};" for price, name in copy.price_names.items()]

    def array_text(self, copy: FastCopy, operation: LoadElement | StoreElement) -> str | None:
        access, leaving = copy.loop.accesses.get(id(operation)), copy.loop.leaving.get(id(operation))
        if access is not None:
            return self._fixed_text(access.array)
        return None if leaving is None else self._fixed_text(leaving)

    def fast_element(self, operation: LoadElement | StoreElement) -> str | None:
        """The C text of an element whose index was checked before the loop; None: it was not."""
        if self.fast is None:
            return None
        leaving = self.fast.loop.leaving.get(id(operation))
        if leaving is not None:
            return self._leaving_element(self.fast, operation, self._fixed_text(leaving))
        access = self.fast.loop.accesses.get(id(operation))
        if access is None:
            return None
        for operand in (operation.array, *operation.indices):
            self.operand(operand)  # used up: the text below does without
        array = self._fixed_text(access.array)
        self.price_access(operation, array)
        return f"{self._data_name(self.fast, array)}[{self._offset(access, array)}]"

    def element_of(self, operation: LoadElement | StoreElement) -> Element | None:
        """Where an access with one index goes in the fast copy; None if that is not known before it."""
        copy = self.fast
        access = None if copy is None else copy.loop.accesses.get(id(operation))
        if copy is None or (access is None and id(operation) not in copy.loop.leaving):
            return None
        if access is not None:
            array = self._fixed_text(access.array)
            return Element(self._data_name(copy, array), offset=self._offset(access, array))
        array = self._fixed_text(copy.loop.leaving[id(operation)])
        guarded = id(operation) in copy.guarded
        return Element(self._data_name(copy, array), held=None if guarded else self._length_name(copy, array))

    def _length_name(self, copy: FastCopy, array: str) -> str:
        return copy.lengths.setdefault(array, self._data_name(copy, array).replace("data", "length"))

    @staticmethod
    def _data_name(copy: FastCopy, array: str) -> str:
        return copy.data.setdefault(array, f"data_{copy.number}_{len(copy.data)}")

    def _leaving_element(self, copy: FastCopy, operation: LoadElement | StoreElement, array: str) -> str:
        """An element whose index is compared with the length at its place.

        Where it is not simply inside, the fast copy is left for the same access in the plain one: so the
        registers of the loop are not held back for a way that comes back.
        """
        self.settle(operation)
        self.operand(operation.array)
        index = self.operand(operation.indices[0])
        if id(operation) not in copy.guarded:
            length = self._length_name(copy, array)
            self.leave_unless(operation, copy.number, copy.left, f"ep_holds({length}, {index.text})")
        self.price_access(operation, array)
        return f"{self._data_name(copy, array)}[(ep_unsigned){index.inner}]"

    def leave_unless(
        self, operation: LoadElement | StoreElement, number: int, left: list[int], condition: str
    ) -> None:
        """Leave the fast copy with this number, for good, for the same access in the plain one."""
        entry = self.entries.setdefault(id(operation), self.unit.fresh())
        left.append(entry)
        whole = f"({condition})" if "&&" in condition else condition
        self.statement(operation, f"if (EP_UNLIKELY(!{whole})) {{")
        for text in self._lines_when_left(operation):
            self.layout.write(text, depth=1)
        self.layout.write(f"left_{number} = {entry};", depth=1)
        self.layout.write(f"goto leave_{number};", depth=1)
        self.layout.write("}")

    def _lines_when_left(self, operation: LoadElement | StoreElement) -> list[str]:
        """What the fast copy of a counted loop does only where it is left, instead of in each iteration.

        The assignments are those of the iteration so far, once more, from a number that the C compiler takes
        for another one: so it finds their first time to be of no use.
        """
        copy = self.fast
        if copy is None:
            return []
        dominates = self.layout.graph.dominates
        lines = [f"{self.name(copy.loop.induction)} = (ep_int)EP_ANEW({copy.index});"]
        lines += [text for block, _, text in copy.assigned if dominates(block, self.block)]
        return lines + self.when_left(copy, operation)

    def assign(self, operation: Operation, register: Register, expression: Expression) -> None:
        super().assign(operation, register, expression)
        copy = self.fast
        if copy is None or expression.ordered or expression.loads:
            return
        definitions = self._definitions_in(copy.loop)
        walked = {copy.loop.induction.index, *(index for _, index, _ in copy.assigned)}
        changing = {index for index in expression.reads if index in definitions} - walked
        if definitions.get(register.index) == 1 and not changing:
            statement = f"{self.name(register)} = {expression.text};"
            copy.assigned.append((copy.block, register.index, statement))

    def _definitions_in(self, loop: CountedLoop) -> Counter[int]:
        """How often a loop assigns each register."""
        if loop.header not in self.assignments:
            operations = (op for number in loop.blocks for op in self.operations_of(number))
            results = (op.result.index for op in operations if op.result is not None)
            self.assignments[loop.header] = Counter(results)
        return self.assignments[loop.header]

    def _may_fault_inside(self, loop: CountedLoop) -> bool:
        """Whether the fast copy may end the program itself, other than by an index that it is left for."""
        operations = (op for number in loop.blocks for op in self.operations_of(number))
        return any(loop.may_end(op, self.python3) and id(op) not in loop.leaving for op in operations)

    def leaving_lines(self, number: int, left: list[int]) -> list[Line]:
        """Where all ways from a fast copy into the middle of the plain one meet, before the plain one.

        They meet so that what only the plain copy needs is computed here, not in each iteration before.
        """
        if not left:
            return []
        lines = [Line(f"goto plain_{number};", 1), Line(f"leave_{number}:", 0), Line(f"try_{number} = 0;", 1)]
        first, *others = dict.fromkeys(left)
        if not others:
            return [*lines, Line(f"goto access_{first};", 1)]
        lines.append(Line(f"switch (left_{number}) {{", 1))
        lines += [Line(f"case {entry}: goto access_{entry};", 1) for entry in others]
        return [*lines, Line(f"default: goto access_{first};", 1), Line("}", 1)]

    def guard_checks(self, guarded: GuardedIndex, array: str, size: str = "direct") -> Iterator[str]:
        """What keeps an index inside that a test in the loop guards: both ends of what it can be.

        `size`: the member of the array that it stays below.
        """
        first, bound = self.name(guarded.register), guarded.bound
        above = f"{array}->{size} - {guarded.offset}" if guarded.offset else f"{array}->{size}"
        if guarded.grows:
            yield f"{first} >= {-guarded.offset}"
            end = str(bound) if isinstance(bound, int) else self._fixed_text(bound)
            yield f"{end} {'<=' if guarded.comparison is Comparison.LESS else '<'} {above}"
            return
        if not isinstance(bound, int):
            yield f"{self._fixed_text(bound)} >= {guarded.least_bound}"
        yield f"{first} < {above}"

    def may_be_left(self, operation: LoadElement) -> bool:
        """Whether this copy may go on in the plain one, so that both must compute the same in one order."""
        return self.block in self.shared_blocks

    def enter_access(self, operation: LoadElement | StoreElement) -> None:
        """Where the fast copy comes from, in the plain one, before an access."""
        entry = self.entries.get(id(operation))
        if entry is not None:
            self.settle(operation)
            self.layout.write(f"access_{entry}:;", depth=-1)

    def elements(self, operation: LoadElement, array: str, accessor: str) -> str:
        """What an index that is checked at its place selects from."""
        return f"{accessor}({array})"

    def _offset(self, access: Access, array: str) -> str:
        assert self.fast is not None
        index = self.fast.index
        texts = [self._affine_text(one, index) for one in access.indices]
        offset = texts[0]
        for dimension, text in enumerate(texts[1:], 1):
            offset = f"({offset}) * {array}->shape[{dimension}] + {text}"
        return offset

    def global_text(self, operation: LoadGlobal) -> str:
        """The C text of the variable that a load reads."""
        return self._global_text(operation.variable)

    def length_text(self, operation: Length, operand: str) -> str:
        """The C text of how long something is that is not a string."""
        name = "ep_length_any" if operation.operand.type.is_dynamic else "ep_length"
        return f"{name}({self.here(operation)}, {operand})"

    def trip_count_text(self, operation: TripCount, numbers: str) -> str:
        """The C text of how many values a range has, of whose start, stop and step the text is given."""
        return f"ep_trip_count({self.here(operation)}, {numbers}, {int(operation.inclusive)})"

    def _fixed_text(self, fixed: Fixed) -> str:
        if isinstance(fixed, Global):
            self.uses_globals = True
            return self._global_text(fixed)
        return self.name(fixed)

    def _global_text(self, variable: Global) -> str:
        return f"globals->{self.unit.global_name(variable)}"

    def _affine_text(self, affine: Affine, induction: str, wide: bool = True) -> str:
        """The value for a given value of the induction register; `wide`: in 64 bits, else in the word's."""
        parts: list[str] = [induction] if affine.varies else []
        for sign, fixed in affine.terms:
            cast = "(int64_t)" if wide else ""
            text = f"{cast}{self._fixed_text(fixed)}"
            if fixed.type.tags == Tag.ARRAY:
                text = (
                    f"{self._fixed_text(fixed)}->length"
                    if wide
                    else f"(ep_int){self._fixed_text(fixed)}->length"
                )
            parts.append(f"{'- ' if sign < 0 else '+ ' if parts else ''}{text}")
        if affine.constant or not parts:
            value = affine.constant
            parts.append(f"{'- ' if value < 0 else '+ ' if parts else ''}{abs(value)}")
        return " ".join(parts)


def weight(operation: Operation) -> int:
    """About how many nanoseconds an operation takes at the most."""
    return 1 + SLOW_NANOSECONDS * isinstance(operation, CallDevice)


def element_type(kind: Type) -> tuple[str, str]:
    """The C type of an array's elements and the macro that gives their address."""
    return ("ep_real", "EP_REALS") if kind.elements == Tag.REAL else ("ep_int", "EP_INTS")


def is_inclusive(loop: CountedLoop) -> bool:
    """Whether the bound is still one of the values."""
    return loop.comparison in (Comparison.LESS_EQUAL, Comparison.GREATER_EQUAL)


def condition_lines(checks: list[str], start: str = "if (") -> list[str]:
    """The lines of an `if` that takes all the checks."""
    lines = [f"{' ' * 4}&& {check}" for check in checks]
    lines[0] = start + checks[0]
    lines[-1] += ") {"
    return lines
