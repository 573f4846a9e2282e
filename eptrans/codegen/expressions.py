"""C expressions: literals, boxes, and the text of an operand on its way into a statement."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..operands import Constant
from ..value_types import Tag, Type, is_single

C_TYPES: dict[Tag, str] = {
    Tag.BOOL: "ep_bool",
    Tag.INT: "ep_int",
    Tag.REAL: "ep_real",
    Tag.STRING: "struct ep_string *",
    Tag.FUNCTION: "int32_t",
    Tag.ARRAY: "struct ep_array *",
}
SUFFIXES: dict[Tag, str] = {
    Tag.BOOL: "bool",
    Tag.INT: "int",
    Tag.REAL: "real",
    Tag.STRING: "string",
    Tag.FUNCTION: "function",
    Tag.ARRAY: "array",
}
KIND_NAMES: dict[Tag, str] = {
    Tag.BOOL: "EP_BOOL",
    Tag.INT: "EP_INT",
    Tag.REAL: "EP_REAL",
    Tag.FUNCTION: "EP_FUNCTION",
}


@dataclass(frozen=True)
class Expression:
    """C text with what has to be known before it may be moved.

    `compound`: needs parentheses inside another expression. `reads`: registers. `ordered`: may fault
    or changes something, so that its place among others counts. `loads`: reads memory.
    """

    text: str
    compound: bool = False
    reads: frozenset[int] = frozenset()
    ordered: bool = False
    loads: bool = False

    @property
    def inner(self) -> str:
        """The text as part of a larger expression."""
        return f"({self.text})" if self.compound else self.text


def c_type(kind: Type) -> str:
    """The C type that holds a value of a type."""
    return "ep_value" if kind.is_dynamic else C_TYPES[kind.tags]


def declaration(kind: Type, name: str) -> str:
    """ "ep_int x", "struct ep_array *a" """
    text = c_type(kind)
    return f"{text}{name}" if text.endswith("*") else f"{text} {name}"


def zero(kind: Type) -> str:
    """What a register holds before its first assignment."""
    if kind.is_dynamic:
        return "ep_box_unset()"
    return "NULL" if kind.tags & (Tag.STRING | Tag.ARRAY) else "0"


def literal(constant: Constant, word: int) -> str:
    """A number's C text: exact, and of the word's type."""
    value = constant.value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return _int_literal(value, word)
    if isinstance(value, float):
        return real_literal(value, word)
    raise AssertionError(f"not a number: {value!r}")


def _int_literal(value: int, word: int) -> str:
    if value == -(1 << (word - 1)):
        return "EP_INT_MIN"
    suffix = "LL" if word == 64 and abs(value) > 0x7FFFFFFF else ""
    return f"{value}{suffix}"


def real_literal(value: float, word: int) -> str:
    """A C literal that reads back as the same number; a float has the suffix f."""
    suffix = "f" if word == 32 else ""
    if math.isnan(value):
        return "(ep_real)NAN"
    if math.isinf(value) or (word == 32 and abs(value) > 3.4028235677973366e38):
        return "(ep_real)INFINITY" if value > 0 else "(ep_real)-INFINITY"
    text = repr(value)
    if "e" not in text and "." not in text:
        text += ".0"
    return f"{text}{suffix}"


def boxed(expression: Expression, kind: Type) -> str:
    """The text of a value with its kind, borrowed."""
    if kind.is_dynamic:
        return expression.text
    return f"ep_box_{SUFFIXES[kind.tags]}({expression.text})"


def unboxed(text: str, kind: Type) -> str:
    """The text of a tagged value's content, which is known to be of the type."""
    if kind.is_dynamic:
        return text
    assert is_single(kind.tags)
    return f"ep_unbox_{SUFFIXES[kind.tags]}({text})"
