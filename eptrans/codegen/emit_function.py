"""One typed function to C: a method for each operation.

A temporary used once becomes part of the expression that uses it, as long as nothing that matters comes
between: at most one expression that may fault waits to be used, so that faults happen in the
program's order whatever order C evaluates operands in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..devices import BY_NAME, Gives, Through, Wants
from ..ir import (
    Block,
    Branch,
    Call,
    CallDevice,
    CallValue,
    CheckSet,
    Constant,
    Convert,
    Copy,
    Fault,
    Format,
    Function,
    FunctionReference,
    Identity,
    Join,
    Length,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operand,
    Operation,
    Print,
    Register,
    Release,
    Retain,
    Return,
    RunModule,
    Slice,
    StoreElement,
    StoreGlobal,
    Tag,
    TripCount,
    Truth,
    Unreachable,
    is_single,
)
from .c_names import c_function, c_name, c_string
from .cycle_costs import cost_of
from .emit_arithmetic import ArithmeticEmitter
from .expressions import KIND_NAMES, SUFFIXES, Expression, boxed, c_type, declaration, literal, unboxed, zero
from .layout import Layout

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter

VALUE_RESULTS = (
    Gives.RECEIVED, Gives.BROADCAST, Gives.REDUCED, Gives.FARM_RESULT, Gives.READ, Gives.ELEMENT, Gives.AS_NUMBER,
)
REDUCTION_NAMES = ("EP_SUM", "EP_PROD", "EP_MIN", "EP_MAX")


class FunctionEmitter(ArithmeticEmitter):
    """Writes one function. `unit` numbers sites and knows the other functions."""

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        self.unit = unit
        self.function = function
        self.word = unit.options.word
        self.python3 = unit.options.python3
        self.names: dict[int, str] = {}
        self.taken_names: set[str] = set()
        self.pending: dict[int, Expression] = {}
        self.conditions: dict[int, Expression] = {}
        self.cycles = 0
        self.line = 0
        self.file = ""
        self.uses_globals = False
        self.inlined: set[int] = set()
        self._count_uses()
        self.layout = Layout(function, self.write_block, self.write_end, self.condition)
        self.methods: dict[type[Operation], Callable[[Any], None]] = {}

    # -- the whole function

    def run(self) -> list[str]:
        """The lines of the C function."""
        body = self.layout.run()
        head = self.signature()
        lines = [self._line_directive(self.function.place.line, self.function.place.file.path), head, "{"]
        lines += ["    " + text for text in self._declarations()]
        lines += [self._render(line.text, line.depth) for line in body]
        return [*lines, "}"]

    @staticmethod
    def _render(text: str, depth: int) -> str:
        return text if text.startswith("#") else "    " * depth + text

    def signature(self) -> str:
        """The C declaration, without semicolon."""
        result = self.function.result
        returns = "void" if not result.tags or result.tags == Tag.NONE else c_type(result)
        space = "" if returns.endswith("*") else " "
        parameters = ["struct ep_core *core EP_UNUSED", "uint32_t *frame EP_UNUSED"]
        for parameter in self.function.parameters:
            unused = "" if self.uses.get(parameter.register.index) else " EP_UNUSED"
            parameters.append(declaration(parameter.register.type, self.name(parameter.register)) + unused)
        return f"static {returns}{space}{c_function(self.function.name)}({', '.join(parameters)})"

    def _declarations(self) -> list[str]:
        parameters = {parameter.register.index for parameter in self.function.parameters}
        uninitialised = self._live_at_entry()
        lines = ["int64_t ticks EP_UNUSED = 0;"]
        if self.uses_globals:
            lines.append("struct globals *const globals = core->globals;")
        for register in self.function.registers:
            if register.index in parameters or register.index not in self.names or register.index in self.inlined:
                continue
            text = declaration(register.type, self.name(register))
            if not self.uses.get(register.index):
                text += " EP_UNUSED"
            if register.index in uninitialised:
                text += f" = {zero(register.type)}"
            lines.append(text + ";")
        return lines

    def _live_at_entry(self) -> set[int]:
        """Registers that may be read before they are assigned."""
        from ..passes.ownership import liveness

        return liveness(self.function, {register.index for register in self.function.registers})[0]

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
            found, number = base, 1
            while found in self.taken_names:
                number += 1
                found = f"{base}_{number}"
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
            self.layout.write(self._line_directive(self.line, self.file))
        self.layout.write(text)

    def _line_directive(self, line: int, path: str) -> str:
        return f"#line {line} {c_string(path)}"

    def flush_cycles(self, operation: Operation) -> None:
        if self.cycles:
            self.statement(operation, f"ticks += EP_CYCLES({self.cycles});")
            self.cycles = 0

    def enter(self, operation: Operation) -> None:
        """Before an entry of the runtime."""
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        self.statement(operation, f"EP_ENTER({self.site(operation)});")

    def settle(
        self, operation: Operation, loads: bool = False, assigned: int | None = None, keep: frozenset[int] = frozenset()
    ) -> None:
        """Put waiting expressions into variables that may not wait past what comes now."""
        for index, expression in list(self.pending.items()):
            if index in keep:
                continue
            if expression.ordered or (loads and expression.loads) or assigned in expression.reads:
                del self.pending[index]
                self._spill(operation, index, expression)

    def _spill(self, operation: Operation, index: int, expression: Expression) -> None:
        register = self.function.registers[index]
        self.inlined.add(index)
        self.statement(operation, f"const {declaration(register.type, self.name(register))} = {expression.text};"
                       if not c_type(register.type).endswith("*")
                       else f"{declaration(register.type, '')}const {self.name(register)} = {expression.text};")

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
            return Expression(self.unit.text(operand.value))
        return Expression(literal(operand, self.word))

    def box(self, operand: Operand) -> Expression:
        """An operand as a tagged value."""
        inner = self.operand(operand)
        return Expression(boxed(inner, operand.type), False, inner.reads, inner.ordered, inner.loads)

    def combine(self, parts: Sequence[Expression], text: str, compound: bool = False, ordered: bool = False,
                loads: bool = False) -> Expression:
        """An expression made of others."""
        reads = frozenset().union(*(part.reads for part in parts)) if parts else frozenset()
        return Expression(
            text, compound, reads, ordered or any(p.ordered for p in parts), loads or any(p.loads for p in parts)
        )

    def define(self, operation: Operation, expression: Expression) -> None:
        """The result of an operation: kept waiting if it is used once, in this block; else assigned."""
        register = operation.result
        if register is None:
            self.statement(operation, expression.text + ";")
            return
        if expression.ordered:
            self.settle(operation)
        if self._may_wait(register):
            self.pending[register.index] = expression
            return
        self.assign(operation, register, expression)

    def _may_wait(self, register: Register) -> bool:
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

    # -- blocks

    def write_block(self, block: Block) -> None:
        """All operations but the terminator."""
        if block.loop_header:
            first = block.operations[0]
            self.statement(first, f"EP_POLL({self.site(first)});")
        for operation in block.operations[:-1]:
            self.cycles += cost_of(operation)
            self.write(operation)
        last = block.terminator
        self.cycles += cost_of(last)
        if isinstance(last, Branch):
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

    def condition(self, branch: Branch, negated: bool) -> str:
        expression = self.conditions[id(branch)]
        return f"!{expression.inner}" if negated else expression.text

    def write(self, operation: Operation) -> None:
        method = self.methods.get(type(operation))
        if method is None:
            method = getattr(self, f"write_{type(operation).__name__}")
            self.methods[type(operation)] = method
        method(operation)

    def write_end(self, operation: Operation) -> None:
        """A terminator that leaves the function."""
        if isinstance(operation, Return):
            self._write_return(operation)
        elif isinstance(operation, Fault):
            self.statement(operation, f"ep_fail({self.here(operation)}, {c_string(operation.message)});")
        elif isinstance(operation, Unreachable):
            self.statement(operation, "__builtin_unreachable();")

    def _write_return(self, operation: Return) -> None:
        value = self.operand(operation.value)
        self.settle(operation, loads=True)
        kind = self.function.result
        returns = bool(kind.tags) and kind.tags != Tag.NONE
        if returns and (value.ordered or value.loads):
            self.statement(operation, f"const {declaration(kind, 'result')} = {value.text};"
                           if not c_type(kind).endswith("*") else f"{declaration(kind, 'result')} = {value.text};")
            value = Expression("result")
        self.flush_cycles(operation)
        self.statement(operation, "core->clock += ticks;")
        self.statement(operation, f"return {value.text};" if returns else "return;")

    # -- operations: moves

    def write_Copy(self, operation: Copy) -> None:
        register = operation.result
        assert register is not None
        source = self.operand(operation.source)
        if source.ordered or self._may_wait(register):
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
            text = f"ep_take_{SUFFIXES[want.tags]}({self.here(operation)}, {source.text}, {c_string(operation.wanted)})"
            self.define(operation, self.combine([source], text, ordered=True))
        elif have.is_dynamic:
            self.define(operation, self.combine([source], unboxed(source.text, want)))
        else:
            self.define(operation, self.combine([source], f"({c_type(want)}){source.inner}", compound=True))

    def write_LoadGlobal(self, operation: LoadGlobal) -> None:
        self.uses_globals = True
        name = self.unit.global_name(operation.variable)
        if operation.variable.checked:
            self.settle(operation)
            self.statement(operation, f"if (EP_UNLIKELY(!globals->{name}_is_set))")
            shown = c_string(operation.variable.name)
            self.layout.write(f"ep_fail_unset({self.here(operation)}, {shown});", depth=1)
        self.define(operation, Expression(f"globals->{name}", loads=True))

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

    def values(self, operands: Sequence[Operand]) -> str:
        """A C array of tagged values."""
        if not operands:
            return "NULL"
        return f"(const ep_value[]){{{', '.join(self.box(operand).text for operand in operands)}}}"

    def write_Join(self, operation: Join) -> None:
        values = self.values(operation.parts)
        self.enter(operation)
        self.result_of_entry(operation, f"ep->join(core, {len(operation.parts)}, {values})")

    def write_Format(self, operation: Format) -> None:
        value = self.box(operation.operand).text
        self.enter(operation)
        self.result_of_entry(operation, f"ep->format(core, {value}, &{self.unit.format(operation.specification)})")

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
                self.define(operation, self.combine([value], f"{value.inner}.tag {sign} EP_NONE", compound=True))
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

    # -- operations: arrays

    def write_NewList(self, operation: NewList) -> None:
        assert operation.result is not None
        elements = [self.operand(element) for element in operation.elements]
        count = None if operation.count is None else self.operand(operation.count)
        self.settle(operation, loads=True)
        length = str(len(elements))
        if count is not None:
            length = count.text if len(elements) == 1 else f"{len(elements)} * (int64_t){count.inner}"
        kind = KIND_NAMES[operation.kind]
        self.flush_cycles(operation)
        name = self.name(operation.result)
        self.statement(operation, f"{name} = ep_new_list({self.here(operation)}, {kind}, {length});")
        real = operation.kind == Tag.REAL
        accessor = "EP_REALS" if real else "EP_INTS"
        if count is not None and len(elements) == 1:
            if not _is_zero(operation.elements[0]):
                self.statement(operation, f"ep_fill_{'real' if real else 'int'}({name}, {elements[0].text});")
            return
        guard = f"if ({name}->length > 0) " if count is not None and elements else ""
        stores = [f"{accessor}({name})[{i}] = {element.text};" for i, element in enumerate(elements)]
        if guard:
            self.statement(operation, guard + "{")
        for store in stores:
            self.layout.write(store, depth=1 if guard else 0)
        if guard:
            self.layout.write(f"ep_repeat({name}, {len(elements)});", depth=1)
            self.layout.write("}")

    def write_NewArray(self, operation: NewArray) -> None:
        assert operation.result is not None
        sizes = [self.operand(dimension).text for dimension in operation.dimensions]
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        shape = f"(const int64_t[]){{{', '.join(sizes)}}}"
        flags = "EP_SHARED" if operation.shared else "0"
        arguments = f"{self.here(operation)}, {KIND_NAMES[operation.kind]}, {len(sizes)}, {shape}, {flags}"
        self.statement(operation, f"{self.name(operation.result)} = ep_new_array({arguments});")

    def _slot(self, operation: LoadElement | StoreElement, array: Expression, indices: list[Expression],
              writing: bool) -> str:
        here = self.here(operation)
        if len(indices) > 1:
            listed = f"(const ep_int[]){{{', '.join(index.text for index in indices)}}}"
            return f"ep_slot_of({here}, {array.text}, {len(indices)}, {listed})"
        if writing:
            return f"ep_slot_to_write({here}, {array.text}, {indices[0].text})"
        single = "ep_slot" if operation.array.type.dimensions == 1 else "ep_slot_single"
        return f"{single}({here}, {array.text}, {indices[0].text})"

    def write_LoadElement(self, operation: LoadElement) -> None:
        kind = operation.array.type
        assert operation.result is not None
        if kind.tags & Tag.STRING:
            self._write_character(operation)
            return
        array = self._named(operation, operation.array)
        indices = [self.operand(index) for index in operation.indices]
        slot = self._slot(operation, array, indices, writing=False)
        if is_single(kind.elements):
            accessor = "EP_REALS" if kind.elements == Tag.REAL else "EP_INTS"
            text = f"{accessor}({array.text})[{slot}]"
            if kind.elements == Tag.FUNCTION:
                text = f"(int32_t){text}"
        else:
            text = unboxed(f"ep_load_any({array.text}, {slot})", operation.result.type)
        self.define(operation, self.combine([array, *indices], text, ordered=True, loads=True))

    def _named(self, operation: Operation, operand: Operand) -> Expression:
        """An operand that the text will name more than once."""
        expression = self.operand(operand)
        if not (expression.text.isidentifier() or expression.text.startswith("globals->")):
            assert isinstance(operand, Register)
            self.settle(operation)
            self._spill(operation, operand.index, expression)
            return Expression(self.name(operand), reads=frozenset((operand.index,)))
        return expression

    def _write_character(self, operation: LoadElement) -> None:
        value, index = self.box(operation.array), self.operand(operation.indices[0])
        assert operation.result is not None
        self.settle(operation, loads=True)
        text = unboxed(f"ep_element_any({self.here(operation)}, {value.text}, {index.text})", operation.result.type)
        self.flush_cycles(operation)
        self.statement(operation, f"{self.name(operation.result)} = {text};")

    def write_StoreElement(self, operation: StoreElement) -> None:
        kind = operation.array.type
        array = self._named(operation, operation.array)
        indices = [self.operand(index) for index in operation.indices]
        if is_single(kind.elements):
            source = self.operand(operation.source)
        else:
            source = self.box(operation.source)
        if source.ordered or any(index.ordered for index in indices):
            source, indices = self._fix_order(operation, source, indices)
        self.settle(operation, loads=True)
        slot = self._slot(operation, array, indices, writing=True)
        if is_single(kind.elements):
            accessor = "EP_REALS" if kind.elements == Tag.REAL else "EP_INTS"
            number = f"slot_{self.unit.fresh()}"
            self.statement(operation, f"const int64_t {number} = {slot};")
            self.statement(operation, f"{accessor}({array.text})[{number}] = {source.text};")
        else:
            self.statement(
                operation, f"ep_store_any({self.here(operation)}, {array.text}, {slot}, {source.text});"
            )

    def _fix_order(
        self, operation: StoreElement, source: Expression, indices: list[Expression]
    ) -> tuple[Expression, list[Expression]]:
        """The value before the check of the index, as C would not promise."""
        if source.ordered:
            number = self.unit.fresh()
            kind = operation.source.type if is_single(operation.array.type.elements) else None
            held = "ep_value" if kind is None else c_type(kind)
            self.statement(operation, f"const {held} stored_{number} = {source.text};")
            return Expression(f"stored_{number}"), indices
        return source, indices

    def write_Slice(self, operation: Slice) -> None:
        assert operation.result is not None
        kind = operation.array.type
        array = self.operand(operation.array)
        bounds = [operation.start, operation.stop, operation.step]
        present = sum(1 << i for i, bound in enumerate(bounds) if bound is not None)
        texts = ["0" if bound is None else self.operand(bound).text for bound in bounds]
        suffix = "any" if kind.is_dynamic else SUFFIXES[kind.tags]
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        arguments = f"{self.here(operation)}, {array.text}, {present}, {', '.join(texts)}"
        text = f"ep_slice_{suffix}({arguments})"
        if kind.is_dynamic:
            text = unboxed(text, operation.result.type)
        self.statement(operation, f"{self.name(operation.result)} = {text};")

    def write_Length(self, operation: Length) -> None:
        kind = operation.operand.type
        value = self.operand(operation.operand)
        if kind.tags == Tag.STRING:
            self.define(operation, self.combine([value], f"(ep_int){value.inner}->characters", compound=True))
            return
        name = "ep_length_any" if kind.is_dynamic else "ep_length"
        text = f"{name}({self.here(operation)}, {value.text})"
        self.define(operation, self.combine([value], text, ordered=True, loads=True))

    def write_TripCount(self, operation: TripCount) -> None:
        parts = [self.operand(item) for item in (operation.start, operation.stop, operation.step)]
        listed = ", ".join(part.text for part in parts)
        text = f"ep_trip_count({self.here(operation)}, {listed}, {int(operation.inclusive)})"
        self.define(operation, self.combine(parts, text, ordered=True))

    # -- operations: calls

    def call(self, operation: Operation, words: int) -> None:
        """Before a call of a function of the program."""
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        self.statement(operation, f"EP_CALL({self.site(operation)}, {words});")

    def callee_frame(self) -> str:
        return f"frame + {self.function.frame_words}"

    def write_Call(self, operation: Call) -> None:
        callee = self.unit.program.functions[operation.function]
        arguments = [self.operand(argument) for argument in operation.arguments]
        if any(argument.ordered or argument.loads for argument in arguments):
            arguments = [self._fixed(operation, a, o) for a, o in zip(arguments, operation.arguments)]
        self.call(operation, self.function.frame_words + callee.frame_words)
        listed = ", ".join(["core", self.callee_frame(), *(argument.text for argument in arguments)])
        text = f"{c_function(callee.name)}({listed})"
        if callee.result.tags == Tag.NONE:
            self.statement(operation, f"{text};")
            if operation.result is not None and self.uses.get(operation.result.index):
                self.statement(operation, f"{self.name(operation.result)} = ep_box_none();")
            return
        self.result_of_entry(operation, text)

    def _fixed(self, operation: Operation, expression: Expression, operand: Operand) -> Expression:
        """An argument evaluated before the frame of the call is entered."""
        if not (expression.ordered or expression.loads):
            return expression
        number = self.unit.fresh()
        held = c_type(operand.type)
        space = "" if held.endswith("*") else " "
        self.statement(operation, f"{held}{space}argument_{number} = {expression.text};")
        return Expression(f"argument_{number}")

    def write_CallValue(self, operation: CallValue) -> None:
        callee = self.box(operation.callee)
        values = self.values(operation.arguments)
        self.enter(operation)
        count = len(operation.arguments)
        text = f"ep->call_value(core, {self.callee_frame()}, {callee.text}, {count}, {values})"
        self.result_of_entry(operation, text, kind_is_value=True)

    def write_RunModule(self, operation: RunModule) -> None:
        self.uses_globals = True
        callee = self.unit.program.functions[f"<module {operation.module}>"]
        flag = f"globals->{self.unit.ran_flag(operation.module)}"
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        self.statement(operation, f"if (!{flag}) {{")
        self.layout.depth += 1
        self.layout.write(f"{flag} = 1;")
        self.layout.write(f"EP_CALL({self.site(operation)}, {self.function.frame_words + callee.frame_words});")
        self.layout.write(f"{c_function(callee.name)}(core, {self.callee_frame()});")
        self.layout.depth -= 1
        self.layout.write("}")

    def write_CallDevice(self, operation: CallDevice) -> None:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        parts = self._device_arguments(operation, form.parameters)
        listed = [part.text for part in parts]
        is_value = form.gives in VALUE_RESULTS and not (form.gives is Gives.AS_NUMBER and form.target == "ep_round")
        if form.through is Through.FIELD:
            self.define(operation, Expression(f"core->{form.target}"))
        elif form.through is Through.MATH:
            self.define(operation, self.combine(parts, f"ep_math_{form.target}({listed[0]})"))
        elif form.through is Through.INLINE:
            text = f"{form.target}({', '.join([self.here(operation), *listed])})"
            if is_value and operation.result is not None:
                text = unboxed(text, operation.result.type)
            if operation.result is not None and operation.result.type.tags == Tag.NONE:
                self.settle(operation, loads=True)
                self.flush_cycles(operation)
                self.statement(operation, f"{text};")
                self._none_result(operation)
            else:
                self.define(operation, self.combine(parts, text, ordered=True, loads=True))
        else:
            self._write_entry(operation, form.target, listed, is_value)

    def _none_result(self, operation: Operation) -> None:
        if operation.result is not None and self.uses.get(operation.result.index):
            self.statement(operation, f"{self.name(operation.result)} = ep_box_none();")

    def _write_entry(self, operation: CallDevice, target: str, listed: list[str], is_value: bool) -> None:
        self.enter(operation)
        if target == "farm_worker":
            listed = [self.callee_frame()]
        text = f"ep->{target}({', '.join(['core', *listed])})"
        if operation.result is not None and operation.result.type.tags == Tag.NONE and not is_value:
            self.statement(operation, f"{text};")
            self._none_result(operation)
            return
        self.result_of_entry(operation, text, kind_is_value=is_value)

    def _device_arguments(self, operation: CallDevice, wanted: tuple[Wants, ...]) -> list[Expression]:
        parts: list[Expression] = []
        for position, wants in enumerate(wanted):
            if wants is Wants.REST:
                rest = operation.arguments[position:]
                parts.append(Expression(str(len(rest))))
                parts.append(Expression(self.values(rest)))
            elif wants is Wants.REDUCTION:
                number = operation.arguments[position]
                assert isinstance(number, Constant) and isinstance(number.value, int)
                parts.append(Expression(REDUCTION_NAMES[number.value]))
            elif wants in (Wants.ANY, Wants.FUNCTION, Wants.NUMBER):
                parts.append(self.box(operation.arguments[position]))
            else:
                parts.append(self.operand(operation.arguments[position]))
        return parts


def _is_zero(operand: Operand) -> bool:
    if not isinstance(operand, Constant) or not isinstance(operand.value, (bool, int, float)):
        return False
    return repr(operand.value) in ("0", "0.0", "False")


