"""The fast copy of a nest of counted loops: a function of its own, called once all indices are checked.

Before the outermost loop stands an attempt, as for a single loop (fast_loops.py): the ranges of all loop
variables and indices are worked out, and if every index is inside its array, and no array that is written
is another one's alias, the nest runs in a C function that takes the elements by `restrict` pointers. There
the C compiler sees nothing but loops over memory that does not overlap. Else the plain copy runs.

A loop that has loops with loops in it looks at the scheduler's flag; what lies below runs some
milliseconds at the most, which is part of what is checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..analysis.counted_loops import CountedLoop
from ..analysis.loop_definitions import Fixed
from ..analysis.loop_nests import Nest, NestAccess, NestLoop, is_affine, variables
from ..ir import Function, Jump, Length, LoadElement, Operation, StoreElement, TripCount
from ..operands import Global, Operand, Register
from .copy_costs import price_text
from .expressions import declaration
from .fast_copy import NOTHING, Cost, FastCopy
from .fast_loops import FastLoopWriter, condition_lines, element_type, is_inclusive, weight
from .layout import Line
from .nest_text import IndexText

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter

MOST_WORK = 8_000_000  # operations between two looks at the scheduler's flag: some milliseconds


@dataclass
class NestCopy:
    """The copy of a nest being written.

    `numbers`: of the loops' names, by header. `data` and `sizes`: the parameters for an array's elements
    and for its dimensions, by the array's C text (and the dimension). `used`: registers that the copy names.
    `prices`: the parameters for what some accesses to arrays and the cycles around them take together, by
    their arguments. `ahead`: by header, what is added after a loop for what comes before it.
    """

    nest: Nest
    number: int
    numbers: dict[int, int]
    data: dict[str, tuple[str, NestAccess]] = field(default_factory=dict)
    sizes: dict[tuple[str, int], str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    loops: dict[int, FastCopy] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)
    ahead: dict[int, Cost] = field(default_factory=dict)


class NestWriter(FastLoopWriter):
    """Adds the copies of nests; `nest_copy` is the one that is being written now."""

    nest_copy: NestCopy | None = None

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.outlined: list[str] = []

    def name(self, register: Register) -> str:
        if self.nest_copy is not None:
            self.nest_copy.used.add(register.index)
        return super().name(register)

    # -- the function

    def attempt_nest(self, nest: Nest) -> list[Line]:
        """What stands at the top of the outermost loop's body, at depth 0; the copy goes to `outlined`."""
        number = self.unit.fresh()
        numbers = {header: self.unit.fresh() for header in nest.loops}
        copy = NestCopy(nest, number, numbers)
        state = (self.inlined, dict(self.pending), self.cycles, self.line, self.file, self.uses_globals)
        self.inlined, self.line, self.uses_globals = set(), 0, False
        self.nest_copy = copy
        insides = {header: one.loop.inside for header, one in nest.loops.items()}
        body = self.layout.detached_loop(nest.header, insides)
        self.nest_copy = self.fast = None
        declared = sorted(copy.used & nest.defined - self.inlined)
        with_globals = self.uses_globals
        self.inlined, self.pending, self.cycles, self.line, self.file, self.uses_globals = state
        parameters = self._parameters(copy, with_globals)
        self.outlined += self._function(copy, body, declared, parameters)
        lines = self._attempt_lines(copy, parameters)
        self.line = 0
        return lines

    def _parameters(self, copy: NestCopy, with_globals: bool) -> list[tuple[str, str]]:
        """Declaration and argument of each parameter of the copy."""
        number = copy.numbers[copy.nest.header]
        listed = [("struct ep_core *core", "core"), ("uint32_t *frame", "frame")]
        if with_globals:
            listed.append(("struct globals *const globals", "core->globals"))
        listed.append((f"struct nest_{copy.number} *state", "&state"))
        listed += [(f"int64_t {end}_{number}", f"{end}_{number}") for end in ("first", "last")]
        if copy.loops[copy.nest.header].needs_trips():
            listed.append((f"int64_t trips_{number}", f"trips_{number}"))
        if not isinstance(copy.nest.outermost.loop.step, int):
            listed.append((f"int64_t step_{number}", f"step_{number}"))
        for index in sorted(copy.used - copy.nest.defined):
            register = self.function.registers[index]
            listed.append((declaration(register.type, self.name(register)), self.name(register)))
        for array, (name, access) in copy.data.items():
            kind, accessor = element_type(access.array.type)
            listed.append((f"{kind} *restrict {name}", f"{accessor}({array})"))
        listed += [(f"int64_t {name}", price) for price, name in copy.prices.items()]
        for (array, dimension), name in copy.sizes.items():
            listed.append((f"int64_t {name}", f"{array}->shape[{dimension}]"))
        return listed

    def _function(
        self, copy: NestCopy, body: list[Line], declared: list[int], parameters: list[tuple[str, str]]
    ) -> list[str]:
        carried = copy.nest.carried
        members = [f"    {declaration(register.type, self.name(register))};" for register in carried]
        name = f"nest_{copy.number}"
        lines = [
            f"/* Loops of {self.function.source_name} with all indices checked before. */",
            f"struct {name} {{",
            "    int64_t ticks;",
            *members,
            "};",
            f"EP_APART void {name}({', '.join(text for text, _ in parameters)})",
            "{",
            "    int64_t ticks = state->ticks;",
        ]
        indices = {register.index for register in carried}
        for index in sorted({*declared, *indices}):
            register = self.function.registers[index]
            start = f" = state->{self.name(register)}" if index in indices else ""
            lines.append(f"    {declaration(register.type, self.name(register))}{start};")
        lines += [("" if line.text.startswith("#") else "    " * line.depth) + line.text for line in body]
        lines += [f"    state->{self.name(register)} = {self.name(register)};" for register in carried]
        return [*lines, "    state->ticks = ticks;", "}", ""]

    # -- the attempt

    def _attempt_lines(self, copy: NestCopy, parameters: list[tuple[str, str]]) -> list[Line]:
        n, root = copy.numbers[copy.nest.header], copy.nest.outermost
        carried = [self.name(register) for register in copy.nest.carried]
        self.layout.write(f"ep_bool try_{n} = EP_FAST_COPIES;")
        loads, stores = self.frame_lines(copy.nest.header)
        lines = [Line(f"if (try_{n}) {{", 0)]
        lines += [Line(text, 1) for text in [*loads, *self._prologue_of_nest(copy)]]
        lines += [Line(text, 1) for text in condition_lines(self._nest_conditions(copy))]
        lines.append(Line(f"struct nest_{copy.number} state = {{{', '.join(['ticks', *carried])}}};", 2))
        lines.append(Line(f"nest_{copy.number}({', '.join(text for _, text in parameters)});", 2))
        lines += [Line(f"{name} = state.{name};", 2) for name in ["ticks", *carried]]
        lines += [Line(text, 2) for text in stores]
        lines += [Line("} else {", 1), Line(f"try_{n} = trips_{n} <= 0;", 2), Line("}", 1), Line("}", 0)]
        assert root.parent is None
        return lines

    def _prologue_of_nest(self, copy: NestCopy) -> list[str]:
        n, root = copy.numbers[copy.nest.header], copy.nest.outermost
        text = self._text(copy)
        inclusive = int(is_inclusive(root.loop))
        lines = [
            f"const int64_t first_{n} = {self.name(root.loop.induction)};",
            f"const int64_t bound_{n} = (ep_int)({self._affine_text(root.loop.bound, '', wide=False)});",
        ]
        step = str(root.loop.step)
        if not isinstance(root.loop.step, int):
            lines.append(f"const int64_t step_{n} = {self._fixed_text(root.loop.step)};")
            step = f"step_{n}"
        for header, one in copy.nest.loops.items():
            name = f"range_{copy.numbers[header]}"
            lines.append(f"const struct ep_range {name} = {self._loop_range(copy, one)};")
        for header, one in reversed(copy.nest.loops.items()):
            if one.height <= 1:
                lines += self._work_lines(copy, header, one, text)
        chunk = f"{MOST_WORK} / work_{n}" if root.height == 1 else "INT64_MAX"
        chunk = f"(int64_t)({chunk})" if root.height == 1 else chunk
        return [
            *lines,
            f"const int64_t trips_{n} = ep_trips(first_{n}, bound_{n}, {step}, {inclusive}, {chunk});",
            f"const int64_t last_{n} = first_{n} + (trips_{n} - 1) * {step};",
        ]

    def _loop_range(self, copy: NestCopy, one: NestLoop) -> str:
        text = self._text(copy)
        n = copy.numbers[one.loop.header]
        ends = f"ep_range_one(first_{n}), ep_range_one(bound_{n})"
        if one.first is not None:
            ends = f"{text.range(one.first)}, {text.range(one.bound)}"
        inclusive = int(is_inclusive(one.loop))
        return f"ep_range_loop({ends}, {text.range(one.step)}, {one.loop.direction}, {inclusive})"

    def _work_lines(self, copy: NestCopy, header: int, one: NestLoop, text: IndexText) -> list[str]:
        """The operations of one iteration, at the most, and of the whole loop."""
        inner = {block for child in one.children for block in copy.nest.loops[child].loop.blocks}
        mine = sum(weight(op) for number in one.loop.blocks - inner for op in self.operations_of(number))
        n = copy.numbers[header]
        total = " + ".join([str(mine), *(f"all_{copy.numbers[child]}" for child in one.children)])
        most = f"ep_range_most(range_{n}, {text.range(one.step)})"
        lines = [f"const double work_{n} = {total};"] if one.height == 1 else []
        each = f"work_{n}" if one.height == 1 else total
        return lines if one.parent is None else [*lines, f"const double all_{n} = {most} * {each};"]

    def _nest_conditions(self, copy: NestCopy) -> list[str]:
        """What has to hold before the copy may run."""
        nest, text = copy.nest, self._text(copy)
        trips = f"trips_{copy.numbers[nest.header]} > 0"
        checks: dict[str, None] = dict.fromkeys([trips, *self.stack_check()])
        for header, one in nest.loops.items():
            checks[f"ep_range_known(range_{copy.numbers[header]})"] = None
            if one.height <= 1 and one.parent is not None and nest.loops[one.parent].height > 1:
                checks[f"all_{copy.numbers[header]} <= {MOST_WORK}"] = None
        for count in nest.trip_counts:
            checks[f"ep_range_known({text.range(count)})"] = None
        for array in nest.measured:
            checks[f"({self._fixed_text(array)}->flags & EP_FREED) == 0"] = None
        whole = {(one.array, one.indices) for one in nest.accesses.values() if not one.limits}
        for access in nest.accesses.values():
            if access.limits and (access.array, access.indices) in whole:
                continue
            for check in self._access_checks(access, text):
                checks[check] = None
        for check in self._distinct(copy):
            checks[check] = None
        return list(checks)

    def _access_checks(self, access: NestAccess, text: IndexText) -> Iterator[str]:
        if access.indices is None:
            return
        array, count = self._fixed_text(access.array), len(access.indices)
        yield f"{array}->dimensions == {count}"
        for dimension, index in enumerate(access.indices):
            size = f"{array}->length" if count == 1 else f"{array}->shape[{dimension}]"
            yield f"ep_within({text.range(index, access.limits)}, {size})"
            known = self.unit.shapes.of(self.function, access.array)
            if dimension and known is not None and len(known) == count:
                yield f"{array}->shape[{dimension}] == {known[dimension]}"
        if count > 1:
            yield f"{array}->length > 0"

    def _distinct(self, copy: NestCopy) -> Iterator[str]:
        """No array that is written is another one under a second name."""
        accesses = copy.nest.accesses.values()
        written = {self._fixed_text(access.array) for access in accesses if access.writes}
        arrays = sorted({self._fixed_text(access.array) for access in accesses})
        for position, one in enumerate(arrays):
            for other in arrays[position + 1 :]:
                if one in written or other in written:
                    yield f"{one} != {other}"

    # -- loops of the copy

    def is_plain(self) -> bool:
        return self.nest_copy is None and super().is_plain()

    def polls(self, header: int) -> bool:
        """Whether a loop looks at the scheduler's flag, in the copy that is being written."""
        if self.nest_copy is not None:
            one = self.nest_copy.nest.loops.get(header)
            return one is not None and one.height > 1  # one that always ends with break is no loop
        return super().polls(header)

    def skips_test(self, number: int) -> bool:
        """Whether a block ends with a test that the copy does without."""
        if self.nest_copy is not None:
            return number in self.nest_copy.nest.loops
        return super().skips_test(number)

    def enter_block(self, number: int) -> None:
        copy = self.nest_copy
        if copy is not None:
            header = copy.nest.innermost_at(number)
            self.fast = copy.loops[header] if copy.nest.loops[header].keeps_cycles_of(number) else None
        super().enter_block(number)

    def loop_head(self, header: int) -> list[str]:
        """The `for` of a loop in the copy, and what its body starts with."""
        copy = self.nest_copy
        assert copy is not None
        one, n = copy.nest.loops[header], copy.numbers[header]
        loop = one.loop
        copy.loops[header] = FastCopy(loop, n, keeps_cycles=True)
        wide = self._counts_wide(copy, header)
        name, sign = self.name(loop.induction), "<" if loop.direction > 0 else ">"
        if one.parent is None:
            first, test = f"first_{n}" if wide else f"(ep_int)first_{n}", f"{sign}= last_{n}"
        else:
            self._write_bounds(loop, n)
            first, test = name, f"{sign}{'=' if is_inclusive(loop) else ''} bound_{n}"
        step = loop.step if isinstance(loop.step, int) else f"step_{n}"
        kind, value = ("int64_t", f"(ep_int)at_{n}") if wide else ("ep_int", f"at_{n}")
        head = f"for ({kind} at_{n} = {first}; at_{n} {test}; at_{n} += {step}) {{"
        return [head, f"{name} = {value};"]

    def _write_bounds(self, loop: CountedLoop, n: int) -> None:
        bound = self._affine_text(loop.bound, "", wide=False)
        self.layout.write(f"const ep_int bound_{n} = (ep_int)({bound});")
        if isinstance(loop.step, int):
            return
        self.layout.write(f"const ep_int step_{n} = {self._fixed_text(loop.step)};")

    def _counts_wide(self, copy: NestCopy, header: int) -> bool:
        """Whether elements are indexed with a loop's variable."""
        indices = (index for access in copy.nest.accesses.values() for index in access.indices or ())
        return any(header in variables(index) for index in indices)

    def end_loop(self, header: int, start: int) -> None:
        """After a loop of the copy: the cycles of its last test, and of all iterations if kept till now."""
        copy = self.nest_copy
        assert copy is not None
        one, fast = copy.nest.loops[header], copy.loops[header]
        self.fast = None
        lines = self.layout.lines
        idle = {fast.count_run(number) for number in one.loop.blocks if not fast.takes_time(number)}
        lines[start:] = [line for line in lines[start:] if line.text not in idle]
        total = self._kept_cycles(copy, one, start)
        before = copy.ahead.pop(header, NOTHING)
        once = self._price(copy, before.plus(Cost(self._last_test(copy, one))).text)
        total += [once] if once else []
        if total:
            self.layout.write(f"ticks += {' + '.join(total)};")
        for text in fast.call_lines():
            self.layout.write(text)

    def _last_test(self, copy: NestCopy, one: NestLoop) -> int:
        """The cycles of a loop's last test that are added after it: the outermost loop's is yet to come.

        Where each iteration of the loop around runs the loop, they are kept with the others of that one.
        """
        if one.parent is None:
            return 0
        header = one.loop.header
        test = sum(self.costs.cycles[header])
        if not copy.nest.loops[one.parent].keeps_cycles_of(header):
            return test
        around = copy.loops[one.parent]
        around.cycles[header] = around.cycles.get(header, 0) + test
        return 0

    def _kept_cycles(self, copy: NestCopy, one: NestLoop, start: int) -> list[str]:
        """The cycles of all iterations; what they are counted with is put before the loop."""
        loop, fast, n = one.loop, copy.loops[one.loop.header], copy.numbers[one.loop.header]
        lines, depth = self.layout.lines, self.layout.depth
        sometimes = sorted(block for block in loop.blocks - loop.always if fast.takes_time(block))
        each = self._price(copy, fast.each())
        before = [Line(f"ep_int ran_{n}_{block} = 0;", depth) for block in sometimes]
        opening = next(i for i in range(start, len(lines)) if lines[i].text.startswith("for ("))
        prices = {block: self._price(copy, fast.prices([block])) for block in sometimes}
        total = [f"{price} * ran_{n}_{block}" for block, price in prices.items() if price]
        if one.parent is None:  # a parameter
            total[:0] = [f"{each} * trips_{n}"] if each else []
        elif isinstance(loop.step, int):
            ends = f"{self.name(loop.induction)}, bound_{n}, {loop.step}"
            trips = f"ep_trips({ends}, {int(is_inclusive(loop))}, INT64_MAX)"
            before += [Line(f"const int64_t trips_{n} = {trips};", depth)] if fast.needs_trips() else []
            total[:0] = [f"{each} * trips_{n}"] if each else []
        else:  # added in each iteration, which is cheaper than the division
            counting = [f"ticks += {each};"] if each else []
            if fast.calls:
                before.append(Line(f"ep_int trips_{n} = 0;", depth))
                counting.append(f"trips_{n} += 1;")
            lines[opening + 1 : opening + 1] = [Line(text, depth + 1) for text in counting]
        lines[opening:opening] = before
        return total

    @staticmethod
    def _price(copy: NestCopy, text: str) -> str:
        """What something takes: a constant, or a parameter that is added up once before the nest."""
        if "->" not in text:
            return text
        return copy.prices.setdefault(text, f"price_{copy.number}_{len(copy.prices)}")

    def trip_count_text(self, operation: TripCount, numbers: str) -> str:
        """Before the nest it was made sure that no range has more numbers than an int can count."""
        if self.nest_copy is None:
            return super().trip_count_text(operation, numbers)
        return f"(ep_int)ep_trips({numbers}, {int(operation.inclusive)}, INT64_MAX)"

    # -- elements

    def fast_element(self, operation: LoadElement | StoreElement) -> str | None:
        copy = self.nest_copy
        if copy is None:
            return super().fast_element(operation)
        access = copy.nest.accesses[id(operation)]
        if access.indices is None:
            return None
        self._use_up(operation.array)
        text = self._text(copy)
        array = self._array_key(access.array)
        offset = ""
        for dimension, (index, operand) in enumerate(zip(access.indices, operation.indices)):
            if is_affine(index):
                self._use_up(operand)
                one = text.value(index)
            else:
                one = f"(int64_t){self.operand(operand).inner}"
            offset = f"({offset}) * {self._size(copy, access, dimension)} + {one}" if dimension else one
        data = self._data(copy, access, array)
        self._note_price(copy, operation, array)
        return f"{data}[{offset}]"

    def _note_price(self, copy: NestCopy, operation: LoadElement | StoreElement, array: str) -> None:
        """What the access costs if the array lies in shared memory: added with the cycles."""
        price = price_text(operation, array)
        if self.fast is not None and self.fast.keeps_cycles:
            self.fast.accesses.setdefault(self.fast.block, Counter())[price] += 1
        else:
            self.unpaid[price] += 1

    def flush_cycles(self, operation: Operation) -> None:
        copy = self.nest_copy
        header = None if copy is None else self._loop_ahead(copy)
        if copy is not None and header is not None:
            copy.ahead[header] = copy.ahead.get(header, NOTHING).plus(Cost(self.cycles, self.unpaid))
            self.cycles = 0
            self.unpaid.clear()
        super().flush_cycles(operation)

    def sum_text(self, cost: Cost) -> str:
        copy = self.nest_copy
        return super().sum_text(cost) if copy is None else self._price(copy, cost.text)

    def may_end_here(self, operation: Operation) -> bool:
        copy = self.nest_copy
        if copy is None:
            return super().may_end_here(operation)
        if isinstance(operation, (LoadElement, StoreElement)):
            return copy.nest.accesses[id(operation)].indices is None
        known = isinstance(operation, (Length, TripCount))  # not to be errors, before the nest
        return not known and copy.nest.outermost.loop.may_end(operation, self.python3)

    def _loop_ahead(self, copy: NestCopy) -> int | None:
        """The loop that the block being written leads to, if it can pay after that one."""
        last = self.function.blocks[self.block].terminator
        if self.fast is not None or not isinstance(last, Jump) or last.target not in copy.nest.loops:
            return None
        one = copy.nest.loops[last.target]
        outside = [n for n in self.layout.graph.before[last.target] if n not in one.loop.blocks]
        if one.parent is None or copy.nest.loops[one.parent].looks_at_clock or outside != [self.block]:
            return None
        return last.target

    def elements(self, operation: LoadElement, array: str, accessor: str) -> str:
        """What a checked index selects from."""
        copy = self.nest_copy
        if copy is None:
            return super().elements(operation, array, accessor)
        access = copy.nest.accesses[id(operation)]
        return self._data(copy, access, self._array_key(access.array))

    def _array_key(self, array: Fixed) -> str:
        """The array's C text in the function around, which the copy itself need not name."""
        return self._global_text(array) if isinstance(array, Global) else super().name(array)

    def _use_up(self, operand: Operand) -> None:
        """An operand that the text does without."""
        if isinstance(operand, Register):
            self.pending.pop(operand.index, None)

    def _data(self, copy: NestCopy, access: NestAccess, array: str) -> str:
        name = f"data_{copy.number}_{len(copy.data)}"
        return copy.data.setdefault(array, (name, access))[0]

    def _size(self, copy: NestCopy, access: NestAccess, dimension: int) -> str:
        """The size of a dimension: a constant where it is expected to be one, and checked before."""
        known = self.unit.shapes.of(self.function, access.array)
        if known is not None and access.indices is not None and len(known) == len(access.indices):
            return str(known[dimension])
        place = self._array_key(access.array), dimension
        return copy.sizes.setdefault(place, f"size_{copy.number}_{len(copy.sizes)}")

    def _text(self, copy: NestCopy) -> IndexText:
        return IndexText(self._fixed_text, copy.numbers)
