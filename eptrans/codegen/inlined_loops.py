"""The fast copy of a loop that calls small functions: written from the function with those calls inlined.

The plain copy calls. Before the loop, besides what any fast copy asks for, the emulated stack must have room
for the deepest of the calls. A call leaves its place in the first word of the caller's frame: how deep the
stack has been is read off that, and the calls that led to a fault; it is written after the loop where
nothing in it can fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..analysis.counted_loops import CountedLoop
from ..ir import Function, Operation, StoreElement, successors
from ..operands import Register
from .cycle_costs import PricedFunction
from .expressions import declaration
from .hold_globals import hold_globals
from .inline_calls import InlinedCall, InlinedLoop, inline_loop
from .layout import Line
from .loop_nests import NestWriter

if TYPE_CHECKING:
    from .emit_function import FunctionEmitter
    from .emit_program import ProgramEmitter


class InlinedLoopWriter(NestWriter):
    """Adds these copies. `inlining`: what this writer's function has inlined, if it is only for such one."""

    priced: PricedFunction
    counted: dict[int, CountedLoop]

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.inlining: InlinedLoop | None = None
        self.named: set[int] = set()
        self.lent: set[int] = set()  # registers that a copy with inlined calls names in this function's C
        self.further_declarations: list[str] = []

    def variant(self, priced: PricedFunction) -> FunctionEmitter:
        """A writer of this function in another version."""
        raise NotImplementedError

    # -- in the function around

    def attempt_inlined(self, header: int) -> list[Line]:
        """What stands at the top of a loop's body, if it is counted once its calls are inlined."""
        blocks = self.layout.graph.loops[header]
        if self.inlining is not None or not self.unit.quiet.fits(self.function, blocks):
            return []
        inlined = inline_loop(self.priced, blocks, self.unit.quiet)
        writer = self.variant(hold_globals(inlined.priced, self.unit.effects, frozenset({header})))
        writer.begin_variant(inlined, self)
        lines = writer.start_loop(header)
        if lines:
            self._take_over(writer)
        return lines

    def _take_over(self, writer: FunctionEmitter) -> None:
        """What the copy needs around it."""
        self.layout.lines += writer.layout.lines
        self.outlined += writer.outlined
        self.uses_globals |= writer.uses_globals
        self.unit.variants.append(writer.function)
        own = len(self.function.registers)
        for index in sorted(writer.named - writer.inlined):
            name = writer.names[index]
            if index < own:
                self.names[index] = name
                self.lent.add(index)
            else:
                self.further_declarations.append(declaration(writer.function.registers[index].type, name))
        self.line = 0

    # -- in the version with inlined calls

    def begin_variant(self, inlined: InlinedLoop, around: InlinedLoopWriter) -> None:
        """Get ready to write the fast copy of a loop into another function's C."""
        self.inlining = inlined
        self.names, self.taken_names = dict(around.names), around.taken_names
        self.last_number = around.last_number
        self.layout.depth = around.layout.depth
        self._check_in_place()

    def _check_in_place(self) -> None:
        """Indices that are not known before: the plain copy has no such access that could be gone on with.

        So what is read is checked where it is, and a list that might grow keeps its loop from being copied.
        """
        operations = {id(op): op for block in self.function.blocks for op in block.operations}
        for header, loop in list(self.counted.items()):
            if any(isinstance(operations[number], StoreElement) for number in loop.leaving):
                del self.counted[header]
            loop.leaving.clear()

    def frame_lines(self, header: int) -> tuple[list[str], list[str]]:
        """The lines that load what the loop holds, and that store it."""
        if self.inlining is None:
            return [], []
        graph, before = self.layout.graph, len(self.inlining.priced.function.blocks)
        entries = [p for p in graph.before[header] if p >= before and p not in graph.loops[header]]
        ways = self.function.blocks[header].terminator
        exits = [n for n in successors(ways) if n >= before and n not in graph.loops[header]]
        return self._lines_of(entries), self._lines_of(exits)

    def _lines_of(self, numbers: list[int]) -> list[str]:
        """The C text of what blocks do before they go on."""
        outer, self.layout.lines = self.layout.lines, []
        for number in numbers:
            self.block = number
            for operation in self.operations_of(number)[:-1]:
                self.write(operation)
        mine, self.layout.lines = self.layout.lines, outer
        return [line.text for line in mine]

    def stack_check(self) -> list[str]:
        """What the emulated stack must have room for."""
        return [] if self.inlining is None else [f"frame + {self.inlining.words} <= core->stack_limit"]

    def write(self, operation: Operation) -> None:
        """Write one operation."""
        raise NotImplementedError

    def name(self, register: Register) -> str:
        self.named.add(register.index)
        return super().name(register)

    def site(self, operation: Operation) -> int:
        frame = None if self.inlining is None else self.inlining.frames.get(self.block)
        if frame is None:
            return super().site(operation)
        return self.unit.site(frame.function, operation.place)

    def here(self, operation: Operation) -> str:
        frame = None if self.inlining is None else self.inlining.frames.get(self.block)
        if frame is None:
            return super().here(operation)
        return f"EP_HERE_IN({frame.offset}, {self.site(operation)})"

    def enter_block(self, number: int) -> None:
        super().enter_block(number)
        call = None if self.inlining is None else self.inlining.calls.get(number)
        if call is None:
            return
        if self.fast is not None and self.fast.keeps_cycles:
            self.fast.calls[number] = self._call_text(call)
        else:
            self.layout.write(self._call_text(call))

    def _call_text(self, call: InlinedCall) -> str:
        """A call leaves its place in the frame that it is made in."""
        return f"frame[{call.caller.offset}] = {self.unit.site(call.caller.function, call.place)};"
