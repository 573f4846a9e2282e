"""Typing one operation at a time: what the specialiser's methods are written with.

Registers get their types, operands are converted to the kind that an operation needs, with a check
where they may be something else, and what cannot be is a `TypeFault`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from ..analysis.facts import Instance
from ..analysis.values import Value
from ..diagnostics import Location
from ..ir import Block, Convert, Copy, Operation, Parameter
from ..kinds import kind_text
from ..operands import Constant, FunctionReference, Operand, Register
from ..value_types import NUMBERS, Tag, Type

if TYPE_CHECKING:
    from .specialise import ProgramSpecialiser

ACCEPTED: dict[Tag, Tag] = {Tag.REAL: NUMBERS, Tag.INT: Tag.INT | Tag.BOOL}
A_NUMBER, AN_INT, AN_ARRAY, A_STRING, A_FUNCTION = "a number", "an int", "an array", "a string", "a function"


class TypeFault(Exception):
    """Unwinds from an operand that cannot be what its operation needs."""

    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class OperandTyper:
    """One instance while it is specialised, and how its operands are typed."""

    def __init__(self, unit: ProgramSpecialiser, instance: Instance) -> None:
        self.unit = unit
        self.instance = instance
        self.registers = [
            Register(register.index, register.name, unit.type_of(value))
            for register, value in zip(instance.function.registers, instance.registers)
        ]
        self.function = replace(
            instance.function,
            name=unit.names[instance.key],
            generic=instance.function.name,
            parameters=tuple(
                Parameter(self.registers[p.register.index], p.default) for p in instance.function.parameters
            ),
            blocks=[],
            registers=self.registers,
            result=unit.type_of(instance.result),
        )
        self.folded: dict[int, Constant] = {}  # temporaries whose value is known now
        self.block = Block(0)
        self.place = instance.function.place

    def emit(self, operation: Operation) -> None:
        self.block.operations.append(operation)

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        raise TypeFault(message, hint)

    def temporary(self, kind: Type) -> Register:
        register = Register(len(self.registers), "", kind)
        self.registers.append(register)
        return register

    def typed(self, operand: Operand) -> Operand:
        """The operand with its type; functions named are entered into the code table."""
        if isinstance(operand, Register):
            return self.folded.get(operand.index) or self.registers[operand.index]
        if isinstance(operand, FunctionReference):
            self.unit.taken[operand.name] = None
        return operand

    def tags(self, operand: Operand) -> Tag:
        return self.registers[operand.index].type.tags if isinstance(operand, Register) else operand.type.tags

    def value(self, operand: Operand) -> Value:
        self.unit.inference.instance = self.instance
        return self.unit.inference.value(operand)

    def result(self, operation: Operation) -> Register:
        assert operation.result is not None
        return self.registers[operation.result.index]

    def convert(self, operand: Operand, target: Type, needed: str) -> Operand:
        """The operand held as `target`. Raises TypeFault where none of its kinds can be."""
        operand = self.typed(operand)
        have = operand.type
        if have.is_dynamic and target.is_dynamic:
            return operand
        if not target.is_dynamic:
            accepted = ACCEPTED.get(target.tags, target.tags)
            if not have.tags & accepted:
                whole = target.tags == Tag.INT and have.tags == Tag.REAL
                hint = "int(x) cuts a real off, a//b divides ints" if whole else None
                self.fail(f"{needed} is needed here, not {kind_text(have.tags)}", hint)
            if have.tags == target.tags:
                return operand
            if isinstance(operand, Constant) and isinstance(operand.value, (bool, int)):
                number = float(operand.value) if target.tags == Tag.REAL else int(operand.value)
                return Constant(number, Type(target.tags))
        checked = have.is_dynamic and bool(have.tags & ~ACCEPTED.get(target.tags, target.tags))
        result = self.temporary(target)
        self.emit(Convert(place=self.place, result=result, source=operand, wanted=needed if checked else ""))
        return result

    def convert_at(
        self, places: tuple[Location, ...], position: int, operand: Operand, target: Type, needed: str
    ) -> Operand:
        """Convert an argument or an index; what is wrong with it is shown at its own place."""
        outer = self.place
        if position < len(places):
            self.place = places[position]
        converted = self.convert(operand, target, needed)
        self.place = outer
        return converted

    def finish(self, operation: Operation, value: Operand) -> None:
        """Give the result of an operation a value found without it."""
        self.copy(self.result(operation), value)

    def copy(self, target: Register, value: Operand) -> None:
        if target.type.tags:
            source = self.convert(value, target.type, kind_text(target.type.tags))
            self.emit(Copy(place=self.place, result=target, source=source))
