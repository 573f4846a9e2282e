"""Calls to C: of the program's functions, through values, of device functions by their table."""

from __future__ import annotations

from ..devices import BY_NAME, Gives, Through, Wants
from ..ir import Call, CallDevice, CallValue, Operation, RunModule
from ..operands import Constant
from ..value_types import Tag
from .c_names import c_function
from .emit_arrays import ArrayEmitter
from .expressions import Expression, unboxed
from .instructions import ELEMENT_ROWS

VALUE_RESULTS = (
    Gives.RECEIVED,
    Gives.BROADCAST,
    Gives.REDUCED,
    Gives.FARM_RESULT,
    Gives.READ,
    Gives.ELEMENT,
    Gives.AS_NUMBER,
)
# Entries that a function of eptrans_inline.h calls, and sees to what they leave.
FINISHED_INLINE = {"recv": "ep_recv"}
REDUCTION_NAMES = ("EP_SUM", "EP_PROD", "EP_MIN", "EP_MAX")


class CallEmitter(ArrayEmitter):
    """Adds the calls."""

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
            arguments = [self.fixed(operation, a, o) for a, o in zip(arguments, operation.arguments)]
        self.call(operation, self.function.frame_words + callee.frame_words)
        listed = ", ".join(["core", self.callee_frame(), *(argument.text for argument in arguments)])
        text = f"{c_function(callee.name)}({listed})"
        if callee.result.tags == Tag.NONE:
            self.statement(operation, f"{text};")
            if operation.result is not None and self.uses.get(operation.result.index):
                self.statement(operation, f"{self.name(operation.result)} = ep_box_none();")
            return
        self.result_of_entry(operation, text)

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
        self.layout.write(
            f"EP_CALL({self.site(operation)}, {self.function.frame_words + callee.frame_words});"
        )
        self.layout.write(f"{c_function(callee.name)}(core, {self.callee_frame()});")
        self.layout.depth -= 1
        self.layout.write("}")

    def write_CallDevice(self, operation: CallDevice) -> None:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        parts = self._device_arguments(operation, form.parameters)
        listed = [part.text for part in parts]
        is_value = form.gives in VALUE_RESULTS and not (
            form.gives is Gives.AS_NUMBER and form.target == "ep_round"
        )
        if form.through is Through.FIELD:
            self.define(operation, Expression(f"core->{form.target}"))
        elif form.through is Through.MATH:
            self.define(operation, self.combine(parts, f"ep_math_{form.target}({listed[0]})"))
        elif form.through is Through.INLINE:
            listed += [str(self.unit.timing.rows[row].cycles) for row in ELEMENT_ROWS.get(form.target, ())]
            text = f"{form.target}({', '.join([self.here(operation), *listed])})"
            if is_value and operation.result is not None:
                text = unboxed(text, operation.result.type)
            if operation.result is not None and operation.result.type.tags == Tag.NONE:
                self.settle(operation, loads=True)
                self.flush_cycles(operation)
                self.statement(operation, f"{text};")
                self.none_result(operation)
            else:
                self.define(operation, self.combine(parts, text, ordered=True, loads=True))
        else:
            self._write_entry(operation, form.target, listed, is_value)

    def _write_entry(self, operation: CallDevice, target: str, listed: list[str], is_value: bool) -> None:
        self.enter(operation)
        if target == "farm_worker":
            listed = [self.callee_frame()]
        entry = FINISHED_INLINE.get(target, f"ep->{target}")
        text = f"{entry}({', '.join(['core', *listed])})"
        if operation.result is not None and operation.result.type.tags == Tag.NONE and not is_value:
            self.statement(operation, f"{text};")
            self.none_result(operation)
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
