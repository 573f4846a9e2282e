"""Typing calls: direct ones, calls through values, device functions."""

from __future__ import annotations

from dataclasses import replace

from ..analysis.facts import VALUE_ENTRY, Instance
from ..analysis.values import Value
from ..devices import BY_NAME, Gives, Wants
from ..diagnostics import Diagnostic, Severity
from ..ir import Call, CallDevice, CallValue, Operation, Unreachable
from ..kinds import kind_text
from ..operands import NONE_VALUE, Constant, Operand
from ..value_types import INT, NUMBERS, REAL, Tag, Type
from .array_typing import ArrayTyper
from .operand_typing import A_FUNCTION, A_NUMBER, AN_ARRAY, AN_INT

WANTED_KIND: dict[Wants, tuple[Tag, str]] = {
    Wants.INT: (Tag.INT, AN_INT),
    Wants.REAL: (Tag.REAL, A_NUMBER),
    Wants.ARRAY: (Tag.ARRAY, AN_ARRAY),
}


class CallTyper(ArrayTyper):
    """The methods for calls."""

    def on_Call(self, operation: Call) -> None:
        function = self.unit.generic.functions[operation.function]
        values = [self.value(argument) for argument in operation.arguments]
        self._call(operation, self.unit.facts.instance_for(function, values), operation.arguments)

    def _call(self, operation: Operation, instance: Instance, arguments: tuple[Operand, ...]) -> None:
        converted = []
        for argument, parameter in zip(arguments, instance.function.parameters):
            # The register's type: the function may assign other kinds to its parameter.
            kind = self.unit.type_of(instance.registers[parameter.register.index])
            converted.append(self.convert(argument, kind, kind_text(kind.tags)))
        name = self.unit.name_of(instance)
        returns = self.unit.type_of(instance.result)
        result = self.result(operation)
        target = result if returns == result.type else self.temporary(returns)
        self.emit(
            Call(
                place=self.place,
                result=target if returns.tags else None,
                function=name,
                arguments=tuple(converted),
            )
        )
        if not returns.tags:
            self.emit(Unreachable(place=self.place))
        elif target is not result:
            self.copy(result, target)

    def on_CallValue(self, operation: CallValue) -> None:
        callee = self.value(operation.callee)
        if not callee.tags & Tag.FUNCTION:
            self.fail(f"{kind_text(callee.tags)} is not a function and cannot be called")
        self._check_arity(callee, len(operation.arguments))
        only = next(iter(callee.functions)) if len(callee.functions) == 1 else None
        if only is not None and callee.tags == Tag.FUNCTION and self._call_directly(operation, only):
            return
        arguments = tuple(self.typed(argument) for argument in operation.arguments)
        target = self.typed(operation.callee)
        result = self.result(operation)
        self.emit(
            replace(
                operation, result=result if result.type.tags else None, callee=target, arguments=arguments
            )
        )
        if not result.type.tags:
            self.emit(Unreachable(place=self.place))

    def _check_arity(self, callee: Value, count: int) -> None:
        inference = self.unit.inference
        if not self.unit.options.python3:
            self._warn_of_missing(callee, count)
        if callee.functions and not any(inference.arity_fits(name, count) for name in callee.functions):
            name = min(callee.functions)
            function = self.unit.generic.functions[name]
            total, required = len(function.parameters), function.required
            wanted = str(total) if required == total or count > total else f"at least {required}"
            plural = "" if wanted == "1" else "s"
            self.fail(
                f"{function.source_name} takes {wanted} argument{plural}, {count} given",
                f"its def is at line {function.place.line}",
            )

    def _warn_of_missing(self, callee: Value, count: int) -> None:
        """A function called through its value without all arguments: what is missing is none."""
        for name in sorted(callee.functions):
            function = self.unit.generic.functions[name]
            missing = [p.register.name for p in function.parameters[count:] if p.default is None]
            if missing:
                called = f"{function.source_name} is called without its argument '{missing[0]}'"
                message = f"{called}, which is none then"
                hint = f"give it, or a default in the def at line {function.place.line}"
                self.unit.warn(Diagnostic(Severity.WARNING, message, self.place, hint))

    def _call_directly(self, operation: CallValue, name: str) -> bool:
        """A value that can only be one function: call its instance for calls by value."""
        function = self.unit.generic.functions[name]
        instance = self.unit.facts.instances.get((name, VALUE_ENTRY))
        if instance is None or len(operation.arguments) > len(function.parameters):
            return False
        arguments = list(operation.arguments)
        for parameter in function.parameters[len(arguments) :]:
            if parameter.default is not None and not isinstance(parameter.default, Constant):
                return False
            arguments.append(parameter.default or NONE_VALUE)
        self._call(operation, instance, tuple(arguments))
        return True

    def on_CallDevice(self, operation: CallDevice) -> None:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        arguments = []
        for position, argument in enumerate(operation.arguments):
            wants = form.parameters[min(position, len(form.parameters) - 1)]
            if position < len(operation.places):
                self.place = operation.places[position]  # a fault of an argument is shown there
            arguments.append(self._device_argument(wants, argument))
        self.place = operation.place
        if Wants.FUNCTION in form.parameters:
            self._check_arity(self.value(operation.arguments[1]), len(operation.arguments) - 2)
        result = self.result(operation)
        if form.gives is Gives.FIRST_ARGUMENT and not result.type.tags:
            self.fail(f"{AN_ARRAY} is needed here")
        keep = result if result.type.tags else None
        self.emit(replace(operation, result=keep, arguments=tuple(arguments)))
        if keep is None and form.gives not in (Gives.NONE, Gives.NEVER):
            self.emit(Unreachable(place=self.place))

    def _device_argument(self, wants: Wants, argument: Operand) -> Operand:
        if wants is Wants.FUNCTION:
            if not self.tags(argument) & Tag.FUNCTION:
                self.fail(f"{A_FUNCTION} is needed here, not {kind_text(self.tags(argument))}")
            return self.typed(argument)
        if wants is Wants.ARRAY:
            return self._array(argument)
        if wants is Wants.NUMBER:
            numbers = self.tags(argument) & NUMBERS
            kind = REAL if numbers == Tag.REAL else INT if not numbers & Tag.REAL else None
            return self.typed(argument) if kind is None else self.convert(argument, kind, A_NUMBER)
        if wants in WANTED_KIND:
            tag, needed = WANTED_KIND[wants]
            return self.convert(argument, Type(tag), needed)
        return self.typed(argument)
