"""The kinds that operators give, as tables over single kinds. NOTHING stands for an error."""

from __future__ import annotations

from collections.abc import Callable

from ..ir import BinaryOperator, Comparison, UnaryOperator
from ..value_types import NUMBERS, Tag, tags_in

WHOLE = Tag.BOOL | Tag.INT
Rule = Callable[[Tag, Tag, bool], Tag]


def _arithmetic(left: Tag, right: Tag, python3: bool) -> Tag:
    if not (left & NUMBERS and right & NUMBERS):
        return Tag.NOTHING
    return Tag.REAL if Tag.REAL in (left, right) else Tag.INT


def _add(left: Tag, right: Tag, python3: bool) -> Tag:
    strings = (left == Tag.STRING) + (right == Tag.STRING)
    if strings:
        return Tag.NOTHING if python3 and strings < 2 else Tag.STRING
    return _arithmetic(left, right, python3)


def _multiply(left: Tag, right: Tag, python3: bool) -> Tag:
    if (left == Tag.STRING and right & WHOLE) or (right == Tag.STRING and left & WHOLE):
        return Tag.STRING
    return _arithmetic(left, right, python3)


def _divide(left: Tag, right: Tag, python3: bool) -> Tag:
    kind = _arithmetic(left, right, python3)
    return Tag.REAL if python3 and kind else kind


def _bitwise(left: Tag, right: Tag, python3: bool) -> Tag:
    if not (left & WHOLE and right & WHOLE):
        return Tag.NOTHING
    return Tag.BOOL if left == Tag.BOOL and right == Tag.BOOL else Tag.INT


def _shift(left: Tag, right: Tag, python3: bool) -> Tag:
    return Tag.INT if left & WHOLE and right & WHOLE else Tag.NOTHING


BINARY_RULES: dict[BinaryOperator, Rule] = {
    BinaryOperator.ADD: _add,
    BinaryOperator.SUBTRACT: _arithmetic,
    BinaryOperator.MULTIPLY: _multiply,
    BinaryOperator.DIVIDE: _divide,
    BinaryOperator.FLOOR_DIVIDE: _arithmetic,
    BinaryOperator.MODULO: _arithmetic,
    BinaryOperator.POWER: _arithmetic,
    BinaryOperator.BIT_AND: _bitwise,
    BinaryOperator.BIT_OR: _bitwise,
    BinaryOperator.BIT_XOR: _bitwise,
    BinaryOperator.SHIFT_LEFT: _shift,
    BinaryOperator.SHIFT_RIGHT: _shift,
}


def binary_result(operator: BinaryOperator, left: Tag, right: Tag, python3: bool) -> Tag:
    """The kinds that may come out of sets of kinds; NOTHING where no pair goes together."""
    rule = BINARY_RULES[operator]
    found = Tag.NOTHING
    for one in tags_in(left):
        for other in tags_in(right):
            found |= rule(one, other, python3)
    return found


def unary_result(operator: UnaryOperator, operand: Tag) -> Tag:
    """The kinds of -x, +x, ~x, abs(x)."""
    allowed = WHOLE if operator is UnaryOperator.INVERT else NUMBERS
    found = Tag.NOTHING
    for one in tags_in(operand & allowed):
        found |= Tag.REAL if one == Tag.REAL else Tag.INT
    return found


ORDERINGS = (Comparison.LESS, Comparison.LESS_EQUAL, Comparison.GREATER, Comparison.GREATER_EQUAL)


def can_compare(operator: Comparison, left: Tag, right: Tag) -> bool:
    """Whether some pair of the kinds can be compared so."""
    if operator not in ORDERINGS:
        return True
    return bool((left & NUMBERS and right & NUMBERS) or (left & right & Tag.STRING))
