"""Operators to C: unary, binary, comparison, by table."""

from __future__ import annotations

from ..analysis.conditions import MIRRORED
from ..ir import Binary, BinaryOperator, Compare, Comparison, Unary, UnaryOperator
from ..operands import Constant, Operand
from ..value_types import Tag
from .chosen_arms import ChosenArmsWriter
from .powers import multiplied_out

PLAIN_INT: dict[BinaryOperator, str] = {
    BinaryOperator.ADD: "+",
    BinaryOperator.SUBTRACT: "-",
    BinaryOperator.MULTIPLY: "*",
    BinaryOperator.BIT_AND: "&",
    BinaryOperator.BIT_OR: "|",
    BinaryOperator.BIT_XOR: "^",
}
PLAIN_REAL: dict[BinaryOperator, str] = {
    BinaryOperator.ADD: "+",
    BinaryOperator.SUBTRACT: "-",
    BinaryOperator.MULTIPLY: "*",
}
CHECKED_INT: dict[BinaryOperator, str] = {
    BinaryOperator.DIVIDE: "ep_floor_divide",
    BinaryOperator.FLOOR_DIVIDE: "ep_floor_divide",
    BinaryOperator.MODULO: "ep_modulo",
    BinaryOperator.POWER: "ep_power_int",
    BinaryOperator.SHIFT_LEFT: "ep_shift_left",
    BinaryOperator.SHIFT_RIGHT: "ep_shift_right",
}
CHECKED_REAL: dict[BinaryOperator, str] = {
    BinaryOperator.DIVIDE: "ep_divide_real",
    BinaryOperator.FLOOR_DIVIDE: "ep_floor_divide_real",
    BinaryOperator.MODULO: "ep_modulo_real",
    BinaryOperator.POWER: "ep_power_real",
}
BY_CONSTANT: dict[BinaryOperator, str] = {
    BinaryOperator.DIVIDE: "ep_divide_by",
    BinaryOperator.FLOOR_DIVIDE: "ep_divide_by",
    BinaryOperator.MODULO: "ep_modulo_by",
}
SMALL_POWERS: dict[int, str] = {2: "ep_square", 3: "ep_cube"}
NAMES: dict[UnaryOperator, str] = {
    UnaryOperator.NEGATE: "EP_NEGATE",
    UnaryOperator.PLUS: "EP_PLUS",
    UnaryOperator.INVERT: "EP_INVERT",
    UnaryOperator.ABSOLUTE: "EP_ABSOLUTE",
}


def entry_constant(operator: BinaryOperator | Comparison) -> str:
    """The name of an operator among the header's constants."""
    return f"EP_{operator.name}"


class ArithmeticEmitter(ChosenArmsWriter):
    """Adds the operators."""

    # -- unary

    def write_Unary(self, operation: Unary) -> None:
        assert operation.result is not None
        if operation.result.type.is_dynamic or operation.operand.type.is_dynamic:
            value = self.box(operation.operand)
            self.enter(operation)
            text = f"ep->unary(core, {NAMES[operation.operator]}, {value.text})"
            self.result_of_entry(operation, text, kind_is_value=True)
            return
        value = self.operand(operation.operand)
        if operation.operator is UnaryOperator.ABSOLUTE:
            name = "ep_absolute_real" if operation.operand.type.tags == Tag.REAL else "ep_absolute_int"
            self.define(operation, self.combine([value], f"{name}({value.text})"))
        elif operation.operator is UnaryOperator.PLUS:
            self.define(operation, value)
        else:
            self.define(
                operation, self.combine([value], f"{operation.operator.value}{value.inner}", compound=True)
            )

    # -- binary

    def write_Binary(self, operation: Binary) -> None:
        left, right = operation.left.type, operation.right.type
        assert operation.result is not None
        if operation.result.type.is_dynamic:
            self._tagged(operation)
        elif left.tags == right.tags == Tag.REAL:
            self._real(operation)
        elif left.tags == right.tags and left.tags in (Tag.INT, Tag.BOOL):
            self._int(operation)
        else:
            self._tagged(operation)

    def _tagged(self, operation: Binary) -> None:
        assert operation.result is not None
        left, right = self.box(operation.left), self.box(operation.right)
        self.enter(operation)
        text = f"ep->binary(core, {entry_constant(operation.operator)}, {left.text}, {right.text})"
        self.result_of_entry(operation, text, kind_is_value=True)

    def _multiply_out(self, operation: Binary) -> bool:
        """Writes a power with a constant exponent as multiplications. False: it is none."""
        exponent = multiplied_out(operation, self.word)
        if exponent is None:
            return False
        base = self.operand(operation.left)
        kind = "real" if operation.left.type.tags == Tag.REAL else "int"
        if exponent < 0:
            text = f"ep_power_below_real({self.here(operation)}, {base.text}, {-exponent})"
        elif exponent in SMALL_POWERS:
            text = f"{SMALL_POWERS[exponent]}_{kind}({base.text})"
        else:
            text = f"ep_power_by_{kind}({base.text}, {exponent})"
        self.define(operation, self.combine([base], text, ordered=exponent < 0 and self.python3))
        return True

    def _int(self, operation: Binary) -> None:
        if self._multiply_out(operation):
            return
        left, right = self.operand(operation.left), self.operand(operation.right)
        operator = operation.operator
        if operator in PLAIN_INT:
            text = f"{left.inner} {PLAIN_INT[operator]} {right.inner}"
            self.define(operation, self.combine([left, right], text, compound=True))
        elif operator in BY_CONSTANT and _is_safe_divisor(operation.right):
            text = f"{BY_CONSTANT[operator]}({left.text}, {right.text})"
            self.define(operation, self.combine([left, right], text))
        else:
            text = f"{CHECKED_INT[operator]}({self.here(operation)}, {left.text}, {right.text})"
            self.define(operation, self.combine([left, right], text, ordered=True))

    def _real(self, operation: Binary) -> None:
        if self._multiply_out(operation):
            return
        left, right = self.operand(operation.left), self.operand(operation.right)
        operator = operation.operator
        plain = PLAIN_REAL.get(operator)
        if operator is BinaryOperator.DIVIDE and (not self.python3 or _is_nonzero(operation.right)):
            plain = "/"
        if plain is not None:
            text = f"{left.inner} {plain} {right.inner}"
            self.define(operation, self.combine([left, right], text, compound=True))
        else:
            text = f"{CHECKED_REAL[operator]}({self.here(operation)}, {left.text}, {right.text})"
            self.define(operation, self.combine([left, right], text, ordered=self.python3))

    # -- comparison

    def write_Compare(self, operation: Compare) -> None:
        left, right = operation.left.type, operation.right.type
        held = (left.tags, right.tags)
        if left.tags == right.tags and not left.is_dynamic and not left.tags & (Tag.STRING | Tag.ARRAY):
            one, other = self.operand(operation.left), self.operand(operation.right)
            text = f"{one.inner} {operation.operator.value} {other.inner}"
            self.define(operation, self.combine([one, other], text, compound=True))
        elif self.python3 and held in ((Tag.INT, Tag.REAL), (Tag.REAL, Tag.INT)):
            self._compare_mixed(operation)
        else:
            one, other = self.box(operation.left), self.box(operation.right)
            self.enter(operation)
            name = entry_constant(operation.operator)
            self.result_of_entry(operation, f"ep->compare(core, {name}, {one.text}, {other.text})")

    def _compare_mixed(self, operation: Compare) -> None:
        """An int with a real, exactly."""
        one, other = self.operand(operation.left), self.operand(operation.right)
        swapped = operation.left.type.tags == Tag.REAL
        whole, real = (other, one) if swapped else (one, other)
        order = f"ep_order_mixed({whole.text}, {real.text})"
        sign = operation.operator
        if swapped:
            sign = MIRRORED[sign]
        self.define(operation, self.combine([one, other], ORDER_TESTS[sign].format(order), compound=True))


# The order is -1, 0, 1, or 2 where the real is nan.
ORDER_TESTS: dict[Comparison, str] = {
    Comparison.EQUAL: "{} == 0",
    Comparison.NOT_EQUAL: "{} != 0",
    Comparison.LESS: "{} < 0",
    Comparison.LESS_EQUAL: "{} <= 0",
    Comparison.GREATER: "{} == 1",
    Comparison.GREATER_EQUAL: "(unsigned){} <= 1",
}


def _is_safe_divisor(operand: Operand) -> bool:
    """A constant int that is neither 0 nor -1."""
    return isinstance(operand, Constant) and isinstance(operand.value, int) and operand.value not in (0, -1)


def _is_nonzero(operand: Operand) -> bool:
    return isinstance(operand, Constant) and isinstance(operand.value, (int, float)) and operand.value != 0
