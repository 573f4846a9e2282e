"""How a function's C text is put together: names, places, statements, and expressions that wait.

A temporary used once becomes part of the expression that uses it, as long as nothing that matters comes
between: at most one expression that may fault waits to be used, so that faults happen in the
program's order whatever order C evaluates operands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..ir import Function, Operation
from ..operands import Constant, FunctionReference, Operand, Register
from .c_names import c_name, c_string, numbered
from .expressions import Expression, boxed, c_type, declaration, literal, unboxed
from .far_use import BlockUse
from .layout import Layout

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter


class StatementWriter:
    """The state of one function while it is written, and what all operations are written with."""

    layout: Layout

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        self.unit = unit
        self.function = function
        self.word = unit.options.word
        self.python3 = unit.options.python3
        self.names: dict[int, str] = {}
        self.taken_names: set[str] = set()
        self.last_number: dict[str, int] = {}
        self.pending: dict[int, Expression] = {}
        self.cycles = 0
        self.use = BlockUse()
        self.line = 0
        self.file = ""
        self.uses_globals = False
        self.inlined: set[int] = set()
        self.block = 0
        self.shared_blocks: set[int] = set()
        self._count_uses()

    def _count_uses(self) -> None:
        self.uses: dict[int, int] = {}
        self.definitions: dict[int, int] = {}
        self.home: dict[int, set[int]] = {}
        for block in self.function.blocks:
            for operation in block.operations:
                for register in operation.registers_read():
                    self.uses[register.index] = self.uses.get(register.index, 0) + 1
                    self.home.setdefault(register.index, set()).add(block.number)
                if operation.result is not None:
                    index = operation.result.index
                    self.definitions[index] = self.definitions.get(index, 0) + 1
                    self.home.setdefault(index, set()).add(block.number)

    # -- names and places

    def name(self, register: Register) -> str:
        """The C variable of a register."""
        found = self.names.get(register.index)
        if found is None:
            base = c_name(register.name) if register.name else f"t{register.index}"
            found = base
            while found in self.taken_names:
                self.last_number[base] = self.last_number.get(base, 1) + 1
                found = numbered(base, self.last_number[base])
            self.taken_names.add(found)
            self.names[register.index] = found
        return found

    def site(self, operation: Operation) -> int:
        """The number of an operation's place in the table of sites."""
        return self.unit.site(self.function, operation.place)

    def here(self, operation: Operation) -> str:
        return f"EP_HERE({self.site(operation)})"

    # -- statements

    def statement(self, operation: Operation, text: str) -> None:
        """Write one line of C, after what has to come before it."""
        place = operation.place
        if place.line != self.line or place.file.path != self.file:
            self.line, self.file = place.line, place.file.path
            self.layout.write(self.line_directive(self.line, self.file))
        self.layout.write(text)

    def line_directive(self, line: int, path: str) -> str:
        return f"#line {line} {c_string(path)}"

    def flush_cycles(self, operation: Operation) -> None:
        for text in self.use.pay():
            self.statement(operation, text)
        if self.cycles and self.holds_cycles():
            self.cycles = 0
        if self.cycles:
            sign = "+" if self.cycles > 0 else "-"
            self.statement(operation, f"ticks {sign}= EP_CYCLES({abs(self.cycles)});")
            self.cycles = 0

    def holds_cycles(self) -> bool:
        """Whether cycles are kept aside, to be added once after a loop."""
        return False

    def enter(self, operation: Operation) -> None:
        """Before an entry of the runtime."""
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        self.statement(operation, f"EP_ENTER({self.site(operation)});")

    def settle(self, operation: Operation, loads: bool = False, assigned: int | None = None) -> None:
        """Put waiting expressions into variables that may not wait past what comes now."""
        for index, expression in list(self.pending.items()):
            if expression.ordered or (loads and expression.loads) or assigned in expression.reads:
                del self.pending[index]
                self.spill(operation, index, expression)

    def spill(self, operation: Operation, index: int, expression: Expression) -> None:
        register = self.function.registers[index]
        if self.block in self.shared_blocks:  # the copy of this block may go on here
            self.statement(operation, f"{self.name(register)} = {expression.text};")
            return
        self.inlined.add(index)
        self.statement(
            operation,
            f"const {declaration(register.type, self.name(register))} = {expression.text};"
            if not c_type(register.type).endswith("*")
            else f"{declaration(register.type, '')}const {self.name(register)} = {expression.text};",
        )

    def operand(self, operand: Operand) -> Expression:
        """The text of an operand; a waiting expression is used up."""
        if isinstance(operand, Register):
            waiting = self.pending.pop(operand.index, None)
            if waiting is not None:
                return waiting
            return Expression(self.name(operand), reads=frozenset((operand.index,)))
        if isinstance(operand, FunctionReference):
            return Expression(self.unit.code_index(operand.name))
        return self.constant(operand)

    def constant(self, operand: Constant) -> Expression:
        if operand.value is None:
            return Expression("ep_box_none()")
        if isinstance(operand.value, str):
            return Expression(self.unit.text(operand.value), compound=True)
        text = literal(operand, self.word)
        return Expression(text, compound=text.startswith(("-", "(")))

    def box(self, operand: Operand) -> Expression:
        """An operand as a tagged value."""
        inner = self.operand(operand)
        return Expression(boxed(inner, operand.type), False, inner.reads, inner.ordered, inner.loads)

    def combine(
        self,
        parts: Sequence[Expression],
        text: str,
        compound: bool = False,
        ordered: bool = False,
        loads: bool = False,
    ) -> Expression:
        """An expression made of others."""
        reads = frozenset().union(*(part.reads for part in parts)) if parts else frozenset()
        return Expression(
            text,
            compound,
            reads,
            ordered or any(p.ordered for p in parts),
            loads or any(p.loads for p in parts),
        )

    def define(self, operation: Operation, expression: Expression) -> None:
        """The result of an operation: kept waiting if it is used once, in this block; else assigned."""
        register = operation.result
        if register is None:
            self.statement(operation, expression.text + ";")
            return
        if expression.ordered:
            self.settle(operation)
        if self.may_wait(register):
            self.pending[register.index] = expression
            return
        self.assign(operation, register, expression)

    def may_wait(self, register: Register) -> bool:
        return (
            register.is_temporary
            and self.uses.get(register.index) == 1
            and self.definitions[register.index] == 1
            and len(self.home[register.index]) == 1
        )

    def assign(self, operation: Operation, register: Register, expression: Expression) -> None:
        self.settle(operation, assigned=register.index)
        self.statement(operation, f"{self.name(register)} = {expression.text};")

    def result_of_entry(self, operation: Operation, text: str, kind_is_value: bool = False) -> None:
        """Assign what an entry or a call returns, at once."""
        register = operation.result
        if register is None or (not self.uses.get(register.index) and not register.type.is_counted):
            self.statement(operation, f"{text};")
            return
        if kind_is_value:
            text = unboxed(text, register.type)
        self.statement(operation, f"{self.name(register)} = {text};")

    def values(self, operands: Sequence[Operand]) -> str:
        """A C array of tagged values."""
        if not operands:
            return "NULL"
        return f"(const ep_value[]){{{', '.join(self.box(operand).text for operand in operands)}}}"

    def fixed(self, operation: Operation, expression: Expression, operand: Operand) -> Expression:
        """An argument evaluated before the frame of the call is entered."""
        if not (expression.ordered or expression.loads):
            return expression
        number = self.unit.fresh()
        held = c_type(operand.type)
        space = "" if held.endswith("*") else " "
        self.statement(operation, f"{held}{space}argument_{number} = {expression.text};")
        return Expression(f"argument_{number}")

    def none_result(self, operation: Operation) -> None:
        if operation.result is not None and self.uses.get(operation.result.index):
            self.statement(operation, f"{self.name(operation.result)} = ep_box_none();")
