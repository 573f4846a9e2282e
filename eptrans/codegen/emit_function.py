"""One typed function to C: its blocks in nested order, a method for each operation."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..analysis.counted_loops import counted_loops
from ..analysis.hoisted_headers import hoisted_loops
from ..analysis.loop_nests import loop_nests
from ..ir import (
    Binary,
    Block,
    Branch,
    CallDevice,
    CheckSet,
    Compare,
    Convert,
    Copy,
    Fault,
    Format,
    Identity,
    Join,
    Length,
    LoadGlobal,
    Operation,
    Print,
    Release,
    Retain,
    Return,
    Slice,
    StoreGlobal,
    Truth,
    Unreachable,
)
from ..operands import Operand
from ..passes.ownership import liveness
from ..value_types import Tag
from .c_names import c_function, c_string
from .cycle_costs import PricedFunction
from .emit_calls import CallEmitter
from .expressions import SUFFIXES, Expression, boxed, c_type, declaration, unboxed, zero
from .far_use import NO_USE, BlockUse, OperationUse
from .layout import Layout, Line

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter


ORDERED = (Binary, CallDevice, Compare, Format, Identity, Join, Length, Print, Slice, Truth)
"""What looks at arrays as a whole; elements see to their order themselves."""


class FunctionEmitter(CallEmitter):
    """Writes one function. `unit` numbers sites and knows the other functions."""

    def __init__(self, unit: ProgramEmitter, priced: PricedFunction) -> None:
        function = priced.function
        super().__init__(unit, function)
        self.priced = priced
        self.conditions: dict[int, Expression] = {}
        self.attempted: set[int] = set()  # the headers' branches of loops that have a fast copy
        self.layout = Layout(function, priced.graph, weakref.proxy(self))
        self.counted = counted_loops(function, self.layout.graph, self.python3)
        self.costs = priced.costs
        self.nests = loop_nests(function, self.layout.graph, self.python3)
        in_copies = frozenset(number for nest in self.nests.values() for number in nest.loops)
        self.hoistable = hoisted_loops(function, self.layout.graph, in_copies | frozenset(self.counted))

    # -- the whole function

    def run(self) -> list[str]:
        """The lines of the C function."""
        self.layout_entry()
        body = self.layout.run()
        head = self.signature()
        lines = [self.line_directive(self.function.place.line, self.function.place.file.path), head, "{"]
        lines += ["    " + text for text in self._declarations()]
        lines += [self._render(line.text, line.depth) for line in body]
        return [*self.outlined, *lines, "}"]

    def variant(self, priced: PricedFunction) -> FunctionEmitter:
        return FunctionEmitter(self.unit, priced)

    def start_loop(self, header: int) -> list[Line]:
        """The attempt to run a loop without checks, if its iterations can be counted."""
        loop = self.counted.get(header)
        if header in self.nests:
            lines = self.attempt_nest(self.nests[header])
        elif header in self.hoistable and self.inlining is None:
            return self.attempt_hoisted(self.hoistable[header])
        else:
            lines = self.attempt_inlined(header) if loop is None else self.attempt(loop)
        left = loop is not None and loop.leaving  # the plain copy is then entered in its middle, too
        if lines and not left:
            self.attempted.add(id(self.function.blocks[header].terminator))
        return lines

    def layout_entry(self) -> None:
        """A function that may call itself looks at its start whether somebody wants attention."""
        number = self.unit.frame_numbers[self.function.name]
        self.layout.write(f"EP_FUNCTION({number}, {self.unit.site(self.function, self.function.place)});")
        if self.function.name in self.unit.recursive:
            site = self.unit.site(self.function, self.function.place)
            self.layout.write(f"EP_POLL({site});")

    @staticmethod
    def _render(text: str, depth: int) -> str:
        return text if text.startswith("#") else "    " * depth + text

    def signature(self) -> str:
        """The C declaration, without semicolon."""
        result = self.function.result
        returns = "void" if not result.tags or result.tags == Tag.NONE else c_type(result)
        space = "" if returns.endswith("*") else " "
        parameters = ["struct ep_core *core", "uint32_t *frame"]
        for parameter in self.function.parameters:
            parameters.append(declaration(parameter.register.type, self.name(parameter.register)))
        return f"static {returns}{space}{c_function(self.function.name)}({', '.join(parameters)})"

    def _declarations(self) -> list[str]:
        parameters = {parameter.register.index for parameter in self.function.parameters}
        uninitialised = self._live_at_entry()
        lines = ["int64_t ticks = 0;"]
        if self.uses_globals:
            lines.append("struct globals *const globals = core->globals;")
        for register in self.function.registers:
            if (
                register.index in parameters
                or register.index not in self.names
                or (register.index in self.inlined and register.index not in self.lent)
            ):
                continue
            text = declaration(register.type, self.name(register))
            if register.index in uninitialised:
                text += f" = {zero(register.type)}"
            lines.append(text + ";")
        return lines + [text + ";" for text in self.further_declarations]

    def _live_at_entry(self) -> set[int]:
        """Registers that may be read before they are assigned."""
        return liveness(self.function, {register.index for register in self.function.registers})[0]

    # -- blocks

    def write_block(self, block: Block) -> None:
        """All operations but the terminator."""
        self.block = block.number
        self.enter_block(block.number)
        if self.is_plain():
            self.unit.begin_block()
            self.layout.write(f"EP_BLOCK({self.unit.block_count - 1});")
            self.use = BlockUse()
        if block.loop_header:
            self.write_poll(block)
        costs = self._own_costs(block)
        for operation, cost, use in zip(block.operations, costs, self._uses(block)):
            self.charge(operation, cost, use)
            if operation is not block.terminator:
                self.write(operation)
        last = block.terminator
        if self.skips_test(block.number):
            self.pending.clear()  # the test, which the fast copy does without
            self.flush_cycles(last)
        elif isinstance(last, Branch):
            condition = self.operand(last.condition)
            self.settle(last, loads=True)
            if condition.ordered:
                self.statement(last, f"const ep_bool decides_{block.number} = {condition.text};")
                condition = Expression(f"decides_{block.number}")
            self.flush_cycles(last)
            self.conditions[id(last)] = condition
        elif not isinstance(last, Return):
            self.settle(last, loads=True)
            self.flush_cycles(last)

    def _own_costs(self, block: Block) -> list[int]:
        """What the block's operations take, after the way to it is charged to the branch that took it."""
        costs = list(self.costs.cycles[block.number])
        if block.number in self.costs.ways:
            branch, cost = self.costs.ways[block.number]
            self.charge(branch, cost)
            costs[0] -= cost
        return costs

    def _uses(self, block: Block) -> list[OperationUse]:
        """What the block's operations use; the function's entry and return stand at its first block.

        Only a plain copy says what is used.
        """
        if not self.is_plain():
            return [NO_USE] * len(block.operations)
        uses = list(self.costs.uses[block.number])
        if block.number == self.layout.graph.order[0]:
            assert not self.layout.graph.before[block.number]
            uses[0] = uses[0]._replace(bytes=uses[0].bytes + self.costs.entry_bytes)
        return uses

    def charge(self, operation: Operation, cost: int, use: OperationUse = NO_USE) -> None:
        """The operation takes so many cycles, and uses code and globals."""
        self.cycles += cost
        if self.is_plain():
            self.unit.count_for_line(operation.place, cost, self.use.run(use))

    def condition(self, branch: Branch, negated: bool) -> str:
        expression = self.conditions[id(branch)]
        text = f"!{expression.inner}" if negated else expression.text
        if id(branch) in self.attempted:  # the fast copy has most often left nothing to do
            return f"EP_{'LIKELY' if negated else 'UNLIKELY'}({text})"
        return text

    def write(self, operation: Operation) -> None:
        self.pay_before(operation)
        method: Callable[[Any], None] = getattr(self, f"write_{type(operation).__name__}")
        if isinstance(operation, ORDERED):
            self.order_operands(operation)
        method(operation)

    def write_end(self, operation: Operation) -> None:
        """A terminator that leaves the function."""
        if isinstance(operation, Return):
            self._write_return(operation)
        elif isinstance(operation, Fault):
            self.statement(operation, f"ep_fail({self.here(operation)}, {c_string(operation.message)});")
        elif isinstance(operation, Unreachable):
            self.statement(
                operation, f'ep_fail({self.here(operation)}, "nothing can bring the program here");'
            )

    def _write_return(self, operation: Return) -> None:
        value = self.operand(operation.value)
        self.settle(operation, loads=True)
        kind = self.function.result
        returns = bool(kind.tags) and kind.tags != Tag.NONE
        if returns and (value.ordered or value.loads):
            name = f"result_{self.unit.fresh()}"
            self.statement(operation, f"{declaration(kind, name)} = {value.text};")
            value = Expression(name)
        self.flush_cycles(operation)
        self.statement(operation, "EP_LEAVE();")
        self.statement(operation, f"return {value.text};" if returns else "return;")

    # -- operations: moves

    def write_Copy(self, operation: Copy) -> None:
        register = operation.result
        assert register is not None
        source = self.operand(operation.source)
        if source.ordered or self.may_wait(register):
            self.define(operation, source)
        else:
            self.settle(operation, assigned=register.index)
            self.assign(operation, register, source)

    def write_Convert(self, operation: Convert) -> None:
        assert operation.result is not None
        have, want = operation.source.type, operation.result.type
        source = self.operand(operation.source)
        if want.is_dynamic:
            self.define(operation, self.combine([source], boxed(source, have)))
        elif have.is_dynamic and operation.wanted:
            wanted = c_string(operation.wanted)
            text = f"ep_take_{SUFFIXES[want.tags]}({self.here(operation)}, {source.text}, {wanted})"
            self.define(operation, self.combine([source], text, ordered=True))
        elif have.is_dynamic:
            self.define(operation, self.combine([source], unboxed(source.text, want)))
        else:
            self.define(operation, self.combine([source], f"({c_type(want)}){source.inner}", compound=True))

    def write_LoadGlobal(self, operation: LoadGlobal) -> None:
        self.uses_globals = True
        text = self.global_text(operation)
        if operation.variable.checked:
            self.settle(operation)
            self.statement(operation, f"if (EP_UNLIKELY(!{text}_is_set))")
            shown = c_string(operation.variable.name)
            self.layout.write(f"ep_fail_unset({self.here(operation)}, {shown});", depth=1)
        self.define(operation, Expression(text, loads=True))

    def write_StoreGlobal(self, operation: StoreGlobal) -> None:
        self.uses_globals = True
        variable = operation.variable
        name = self.unit.global_name(variable)
        source = self.operand(operation.source)
        self.settle(operation, loads=True)
        if variable.type.is_counted:
            suffix = "value" if variable.type.is_dynamic else SUFFIXES[variable.type.tags]
            old = f"old_{self.unit.fresh()}"
            self.statement(operation, f"{declaration(variable.type, old)} = globals->{name};")
            self.statement(operation, f"globals->{name} = {source.text};")
            self.statement(operation, f"ep_release_{suffix}(core, {old});")
        else:
            self.statement(operation, f"globals->{name} = {source.text};")
        if variable.checked:
            self.statement(operation, f"globals->{name}_is_set = 1;")

    def write_CheckSet(self, operation: CheckSet) -> None:
        flag = self.operand(operation.flag)
        self.settle(operation)
        self.statement(operation, f"if (EP_UNLIKELY(!{flag.inner}))")
        self.layout.write(f"ep_fail_unset({self.here(operation)}, {c_string(operation.name)});", depth=1)

    def write_Retain(self, operation: Retain) -> None:
        self._count_reference(operation, operation.operand, "ep_retain_{}({})")

    def write_Release(self, operation: Release) -> None:
        self._count_reference(operation, operation.operand, "ep_release_{}(core, {})")

    def _count_reference(self, operation: Operation, operand: Operand, pattern: str) -> None:
        kind = operand.type
        suffix = "value" if kind.is_dynamic else SUFFIXES[kind.tags]
        text = self.operand(operand).text
        self.settle(operation, loads=True)
        self.statement(operation, pattern.format(suffix, text) + ";")

    # -- operations: text

    def write_Join(self, operation: Join) -> None:
        values = self.values(operation.parts)
        self.enter(operation)
        self.result_of_entry(operation, f"ep->join(core, {len(operation.parts)}, {values})")

    def write_Format(self, operation: Format) -> None:
        value = self.box(operation.operand).text
        self.enter(operation)
        self.result_of_entry(
            operation, f"ep->format(core, {value}, &{self.unit.format(operation.specification)})"
        )

    def write_Print(self, operation: Print) -> None:
        values = self.values(operation.values)
        self.enter(operation)
        ends = f"{c_string(operation.separator)}, {c_string(operation.end)}"
        self.statement(operation, f"ep->print(core, {len(operation.values)}, {values}, {ends});")

    def write_Identity(self, operation: Identity) -> None:
        sign = "!=" if operation.negated else "=="
        for one, other in ((operation.left, operation.right), (operation.right, operation.left)):
            if other.type.tags == Tag.NONE and one.type.is_dynamic:
                value = self.operand(one)
                self.operand(other)
                self.define(
                    operation, self.combine([value], f"{value.inner}.tag {sign} EP_NONE", compound=True)
                )
                return
        left, right = self.box(operation.left), self.box(operation.right)
        self.enter(operation)
        negation = "!" if operation.negated else ""
        self.result_of_entry(operation, f"{negation}ep->identical(core, {left.text}, {right.text})")

    def write_Truth(self, operation: Truth) -> None:
        kind = operation.operand.type
        if kind.is_dynamic or kind.tags & (Tag.STRING | Tag.ARRAY):
            value = self.box(operation.operand)
            self.enter(operation)
            self.result_of_entry(operation, f"ep->truth(core, {value.text})")
            return
        value = self.operand(operation.operand)
        text = "1" if kind.tags == Tag.FUNCTION else f"{value.inner} != 0"
        self.define(operation, self.combine([value], text, compound=True))
