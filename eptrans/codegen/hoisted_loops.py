"""The fast copy of a loop that is not counted: addresses, sizes and globals are loaded once before it.

At the top of the loop's C stands an attempt, as for a counted loop (fast_loops.py), but the copy is a whole
loop with all ways out. It calls nothing, so that the C compiler can keep all of it in registers: where an
index is not simply inside, it is left for the same access in the plain copy, for good; where the scheduler
wants attention, for the look at the flag in the plain copy, which comes back after that iteration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..analysis.hoisted_headers import HoistedLoop
from ..ir import Block, Function, Length, LoadElement, LoadGlobal, StoreElement
from .expressions import c_type
from .fast_copy import Element
from .fast_loops import condition_lines, element_type
from .inlined_loops import InlinedLoopWriter
from .layout import Line

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter


@dataclass
class HoistedCopy:
    """The copy being written. `poll`: the number of the label at the plain copy's look at the flag.

    `names`: of the variables that are loaded before it, by what they stand for; `loads`: their C types and
    values. `left`: as in FastCopy.
    """

    loop: HoistedLoop
    number: int
    poll: int
    loads: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)

    def load(self, kind: str, text: str, role: str) -> str:
        """The variable that holds the value of a C text."""
        key = f"{role} {text}"
        if key not in self.names:
            name = self.names[key] = f"{role}_{self.number}_{len(self.names)}"
            self.loads[name] = kind, text
        return self.names[key]


class HoistedLoopWriter(InlinedLoopWriter):
    """Adds the fast copies of loops that are not counted; `hoisted` is the one that is being written now."""

    hoisted: HoistedCopy | None = None

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.poll_labels: dict[int, int] = {}  # of plain copies: the numbers of labels, by header

    def attempt_hoisted(self, loop: HoistedLoop) -> list[Line]:
        """What stands at the top of the loop's body, at depth 0."""
        self.shared_blocks |= loop.blocks
        copy = HoistedCopy(loop, self.unit.fresh(), self.unit.fresh())
        self.poll_labels[loop.header] = copy.poll
        state = (set(self.inlined), dict(self.pending), self.cycles, self.line, self.file)
        self.hoisted = copy
        body = self.layout.loop_with_exits(loop.header, loop.blocks, f"_{copy.number}")
        self.hoisted = None
        self.inlined |= state[0]
        _, self.pending, self.cycles, self.line, self.file = state
        n = copy.number
        self.layout.write(f"ep_bool try_{n} = EP_FAST_COPIES;")
        if copy.left:
            self.layout.write(f"int32_t left_{n} = 0;")
        lines = [Line(f"if (try_{n}) {{", 0)]
        lines += [Line(text, 1) for text in condition_lines(self._hoisting_conditions(loop))]
        lines += [Line(f"{kind} {name} = {text};", 2) for name, (kind, text) in copy.loads.items()]
        lines += [Line(line.text, line.depth + 2) for line in body]
        lines += [Line("}", 1), Line(f"try_{n} = 0;", 1)]
        lines += [*self.leaving_lines(n, copy.left), Line("}", 0), Line(f"plain_{n}: EP_COLD_LABEL;", -1)]
        self.line = 0  # the next statement says its line again
        return lines

    def _hoisting_conditions(self, loop: HoistedLoop) -> list[str]:
        """What has to hold before the copy may run."""
        checks: dict[str, None] = {}
        for operation in self._accesses_of(loop):
            array, count = self._fixed_text(loop.arrays[id(operation)]), len(operation.indices)
            checks[f"{array}->dimensions == {count}"] = None
            if count > 1:
                checks[f"({array}->flags & (EP_FREED | EP_SHARED)) == 0"] = None
            if id(operation) in loop.guarded:
                checks.update(dict.fromkeys(self.guard_checks(loop.guarded[id(operation)], array)))
        for fixed in loop.measured.values():
            checks[f"({self._fixed_text(fixed)}->flags & EP_FREED) == 0"] = None
        return list(checks)

    def _accesses_of(self, loop: HoistedLoop) -> list[LoadElement | StoreElement]:
        operations = (op for number in sorted(loop.blocks) for op in self.operations_of(number))
        return [op for op in operations if isinstance(op, (LoadElement, StoreElement))]

    # -- what is written otherwise in the copy

    def is_plain(self) -> bool:
        return self.hoisted is None and super().is_plain()

    def write_poll(self, block: Block) -> None:
        copy = self.hoisted
        if copy is not None:
            flag = copy.load("const uint32_t *const", "core->attention", "attention")
            first = block.operations[0]
            self.statement(first, f"if (EP_UNLIKELY(EP_IS_RAISED({flag})))")
            self.layout.write(f"goto poll_{copy.poll};", depth=1)
            return
        if block.number in self.poll_labels:
            self.layout.write(f"poll_{self.poll_labels[block.number]}:;", depth=-1)
        super().write_poll(block)

    def fast_element(self, operation: LoadElement | StoreElement) -> str | None:
        copy = self.hoisted
        if copy is None:
            return super().fast_element(operation)
        array = self._fixed_text(copy.loop.arrays[id(operation)])
        self.settle(operation)
        self.operand(operation.array)
        indices = [self.operand(index) for index in operation.indices]
        sizes = self._sizes(copy, array, len(indices))
        if id(operation) not in copy.loop.guarded:
            inside = [f"ep_holds({size}, {index.text})" for size, index in zip(sizes, indices)]
            self.leave_unless(operation, copy.number, copy.left, " && ".join(inside))
        offset = f"(ep_unsigned){indices[0].inner}"
        for size, index in zip(sizes[1:], indices[1:]):
            offset = f"({offset}) * (uint64_t){size} + (ep_unsigned){index.inner}"
        return f"{self._data_of(copy, operation)}[{offset}]"

    def _data_of(self, copy: HoistedCopy, operation: LoadElement | StoreElement) -> str:
        fixed = copy.loop.arrays[id(operation)]
        kind, elements = element_type(fixed.type)
        return copy.load(f"{kind} *const", f"{elements}({self._fixed_text(fixed)})", "data")

    def element_of(self, operation: LoadElement | StoreElement) -> Element | None:
        copy = self.hoisted
        if copy is None:
            return super().element_of(operation)
        array = self._fixed_text(copy.loop.arrays[id(operation)])
        held = None if id(operation) in copy.loop.guarded else self._sizes(copy, array, 1)[0]
        return Element(self._data_of(copy, operation), held=held)

    @staticmethod
    def _sizes(copy: HoistedCopy, array: str, count: int) -> list[str]:
        """What the indices of an array are compared with."""
        held = [f"{array}->direct"] if count == 1 else [f"{array}->shape[{i}]" for i in range(count)]
        return [copy.load("const ep_unsigned", f"(ep_unsigned){text}", "size") for text in held]

    def global_text(self, operation: LoadGlobal) -> str:
        text = super().global_text(operation)
        if self.hoisted is None or operation.variable not in self.hoisted.loop.globals:
            return text
        return self.hoisted.load(f"const {c_type(operation.variable.type)}", text, "held")

    def length_text(self, operation: Length, array: str) -> str:
        if self.hoisted is None:
            return super().length_text(operation, array)
        text = self._fixed_text(self.hoisted.loop.measured[id(operation)])
        return self.hoisted.load("const ep_int", f"(ep_int){text}->length", "length")
