"""Typing values and arrays: operators, comparisons, conversions, globals, elements."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from ..analysis.inference import negative_exponent
from ..analysis.rules import ORDERINGS, can_compare
from ..ir import (
    REPR,
    Binary,
    BinaryOperator,
    CheckSet,
    Compare,
    Comparison,
    Convert,
    Copy,
    Fault,
    Format,
    Identity,
    Join,
    LoadGlobal,
    StoreGlobal,
    Truth,
    Unary,
)
from ..kinds import kind_text
from ..operands import Constant, Operand, Register
from ..value_types import BOOL, INT, NUMBERS, REAL, STRING, Tag, Type, is_single
from .constants import fold
from .operand_typing import A_NUMBER, A_STRING, OperandTyper


class ValueTyper(OperandTyper):
    """The methods for operators and globals."""

    def on_Copy(self, operation: Copy) -> None:
        self.copy(self.result(operation), operation.source)

    def on_Convert(self, operation: Convert) -> None:
        target = Type(operation.declared)
        self.finish(operation, self.convert(operation.source, target, kind_text(operation.declared)))

    def on_Unary(self, operation: Unary) -> None:
        result = self.result(operation)
        if not result.type.tags:
            self.fail(f"{A_NUMBER} is needed here, not {kind_text(self.tags(operation.operand))}")
        operand = operation.operand
        if is_single(result.type.tags):
            operand = self.convert(operand, result.type, A_NUMBER)
        self.emit(replace(operation, result=result, operand=self.typed(operand)))

    def on_Binary(self, operation: Binary) -> None:
        result = self.result(operation)
        left, right = self.tags(operation.left), self.tags(operation.right)
        if not result.type.tags:
            self._binary_mismatch(operation, left, right)
        if result.type.tags == Tag.STRING and operation.operator is BinaryOperator.ADD:
            self._join_texts(operation, result)
            return
        if is_single(result.type.tags) and result.type.tags & NUMBERS:
            kind = result.type
            if negative_exponent(operation):
                kind = REAL
            operands = [self.convert(item, kind, A_NUMBER) for item in (operation.left, operation.right)]
        else:
            operands = [self.typed(operation.left), self.typed(operation.right)]
        if not self._fold(result, operation.operator, operands):
            self.emit(replace(operation, result=result, left=operands[0], right=operands[1]))

    def _fold(self, result: Register, operator: BinaryOperator, operands: list[Operand]) -> bool:
        """Compute an operation of two int constants now; it wraps as at run time."""
        value = fold(operator, operands[0], operands[1], self.unit.options)
        if value is None or not result.is_temporary:
            return False
        self.folded[result.index] = value
        return True

    def _binary_mismatch(self, operation: Binary, left: Tag, right: Tag) -> NoReturn:
        sign = operation.operator.value
        hint = None
        if (left | right) & Tag.ARRAY:
            hint = "arrays are computed element by element, in a loop"
        elif Tag.STRING in (left, right) and sign == "+":
            hint = "convert the other side with str(x)"
        elif left & Tag.STRING and sign == "%":
            hint = 'use an f-string: f"{x:.3f}"'
        elif Tag.REAL in (left, right) and not (left | right) & Tag.STRING:
            hint = "it works on ints: convert with int(x)"
        self.fail(f"'{sign}' does not go with {kind_text(left)} and {kind_text(right)}", hint)

    def _join_texts(self, operation: Binary, result: Register) -> None:
        left, right = operation.left, operation.right
        if self.unit.options.python3 or Tag.STRING not in (self.tags(left), self.tags(right)):
            left, right = (self.convert(item, STRING, A_STRING) for item in (left, right))
        parts = (self.typed(left), self.typed(right))
        self.emit(Join(place=self.place, result=result, parts=parts))

    def on_Compare(self, operation: Compare) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
            return
        left, right = self.tags(operation.left), self.tags(operation.right)
        if not can_compare(operation.operator, left, right):
            self.fail(
                f"'{operation.operator.value}' does not go with {kind_text(left)} and {kind_text(right)}"
            )
        if operation.operator in (Comparison.EQUAL, Comparison.NOT_EQUAL) and not _may_be_equal(left, right):
            self.finish(operation, Constant(operation.operator is Comparison.NOT_EQUAL, BOOL))
            return
        common = self._common_kind(operation.operator, left, right)
        if common is None:
            operands = [self.typed(operation.left), self.typed(operation.right)]
        else:
            operands = [self.convert(item, common, A_NUMBER) for item in (operation.left, operation.right)]
        self.emit(replace(operation, result=self.result(operation), left=operands[0], right=operands[1]))

    def _common_kind(self, operator: Comparison, left: Tag, right: Tag) -> Type | None:
        """The kind that both sides can be compared as; None: as they are, or as tagged values."""
        if left == right and is_single(left):
            return None
        if operator not in ORDERINGS and not (is_single(left) and is_single(right)):
            return None
        if (left & right & Tag.STRING) or not (left & NUMBERS and right & NUMBERS):
            return None
        numbers = (left | right) & NUMBERS
        if not numbers & Tag.REAL:
            return INT
        mixed = left & NUMBERS != Tag.REAL or right & NUMBERS != Tag.REAL
        if mixed and self.unit.options.python3:
            return None  # Python compares an int with a real exactly
        return REAL if Tag.REAL in (left & NUMBERS, right & NUMBERS) else None

    def on_Identity(self, operation: Identity) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
            return
        left, right = self.typed(operation.left), self.typed(operation.right)
        self.emit(replace(operation, result=self.result(operation), left=left, right=right))

    def on_Truth(self, operation: Truth) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
        elif self.tags(operation.operand) == Tag.BOOL:
            self.finish(operation, operation.operand)
        else:
            self.emit(
                replace(operation, result=self.result(operation), operand=self.typed(operation.operand))
            )

    def on_Join(self, operation: Join) -> None:
        parts = tuple(self.typed(part) for part in operation.parts)
        if len(parts) == 1 and parts[0].type == STRING:
            self.finish(operation, parts[0])
            return
        self.emit(replace(operation, result=self.result(operation), parts=parts))

    def on_Format(self, operation: Format) -> None:
        if operation.specification == REPR:
            if self.tags(operation.operand) & Tag.STRING:
                self.fail("'!r' and '=' in an f-string go with numbers only", "leave it out")
            parts = (self.typed(operation.operand),)
            self.emit(Join(place=self.place, result=self.result(operation), parts=parts))
            return
        self.emit(replace(operation, result=self.result(operation), operand=self.typed(operation.operand)))

    def on_LoadGlobal(self, operation: LoadGlobal) -> None:
        variable = self.unit.globals[operation.variable.key]
        result = self.result(operation)
        if not result.type.tags:
            self.emit(
                Fault(place=self.place, message=f"the name '{variable.name}' is used before it is assigned")
            )
            return
        self.emit(replace(operation, result=replace(result, type=variable.type), variable=variable))
        self.registers[result.index] = replace(result, type=variable.type)

    def on_StoreGlobal(self, operation: StoreGlobal) -> None:
        variable = self.unit.globals[operation.variable.key]
        source = self.convert(operation.source, variable.type, kind_text(variable.type.tags))
        self.emit(replace(operation, variable=variable, source=source))

    def on_CheckSet(self, operation: CheckSet) -> None:
        self.emit(replace(operation, flag=self.typed(operation.flag)))


def _may_be_equal(left: Tag, right: Tag) -> bool:
    return bool(left & right or (left & NUMBERS and right & NUMBERS))
