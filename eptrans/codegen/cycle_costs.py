"""Cycles of each operation of the IR, from the cost table by its kind and types.

What the runtime's entries take is charged by the runtime itself; here an entry costs its call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..costs import COSTS
from ..devices import BY_NAME, Through
from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    Call,
    CallDevice,
    CallValue,
    CheckSet,
    Compare,
    Constant,
    Convert,
    Copy,
    Format,
    Identity,
    Join,
    Jump,
    Length,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operand,
    Operation,
    Print,
    Release,
    Retain,
    Return,
    Slice,
    StoreElement,
    StoreGlobal,
    Tag,
    TripCount,
    Truth,
    Unary,
)

INTEGER_COSTS: dict[BinaryOperator, str] = {
    BinaryOperator.MULTIPLY: "integer_multiply",
    BinaryOperator.DIVIDE: "integer_divide",
    BinaryOperator.FLOOR_DIVIDE: "integer_divide",
    BinaryOperator.MODULO: "integer_modulo",
    BinaryOperator.POWER: "integer_power",
}
REAL_COSTS: dict[BinaryOperator, str] = {
    BinaryOperator.DIVIDE: "real_divide",
    BinaryOperator.FLOOR_DIVIDE: "real_divide",
    BinaryOperator.MODULO: "real_divide",
    BinaryOperator.POWER: "real_power",
}
INLINE_COSTS: dict[str, str] = {
    "ep_square_root": "square_root",
    "ep_random_real": "random",
    "ep_random_below": "random",
    "ep_random_range": "random",
    "ep_random_between": "random",
    "ep_is_device": "load",
    "ep_dimensions": "load",
    "ep_bytes": "load",
}


def cycles(name: str) -> int:
    """Whole cycles of a row of the table."""
    return COSTS.operation[name].whole_cycles


def _is_real(operand: Operand) -> bool:
    return operand.type.tags == Tag.REAL


def _binary(operation: Binary) -> int:
    types = [operation.left.type, operation.right.type]
    if operation.result is not None:
        types.append(operation.result.type)
    if any(kind.is_dynamic for kind in types):
        return cycles("call") + 2 * cycles("tagged")
    constant = operation.right.value if isinstance(operation.right, Constant) else None
    if _is_real(operation.left):
        if operation.operator is BinaryOperator.POWER and constant in (2, 3):
            return (int(constant) - 1) * cycles("real")
        return cycles(REAL_COSTS.get(operation.operator, "real"))
    if operation.operator is BinaryOperator.POWER and constant in (2, 3):
        return (int(constant) - 1) * cycles("integer_multiply")
    if isinstance(constant, int) and constant > 0 and constant & (constant - 1) == 0:
        return cycles("integer")  # a shift or a mask
    return cycles(INTEGER_COSTS.get(operation.operator, "integer"))


def _element(operation: LoadElement | StoreElement) -> int:
    access = cycles("load") if isinstance(operation, LoadElement) else cycles("store")
    rank = len(operation.indices)
    return access + rank * cycles("index") + (rank - 1) * (cycles("integer_multiply") + cycles("integer"))


def _device(operation: CallDevice) -> int:
    module, _, name = operation.function.rpartition(".")
    form = BY_NAME[module, name].forms[operation.form]
    if form.through is Through.FIELD:
        return cycles("load")
    if form.through is Through.MATH:
        return cycles("real_function")
    return cycles(INLINE_COSTS.get(form.target, "call"))


def _constant(name: str) -> Callable[[Any], int]:
    amount = cycles(name)
    return lambda operation: amount


def _real_or_integer(operand: Operand) -> int:
    if operand.type.is_dynamic:
        return cycles("call") + cycles("tagged")
    return cycles("real") if _is_real(operand) else cycles("integer")


COST_OF: dict[type[Operation], Callable[[Any], int]] = {
    Copy: lambda op: 0 if op.result is not None and op.result.is_temporary else cycles("move"),
    Convert: lambda op: cycles("tagged") if op.source.type.is_dynamic else cycles("convert"),
    Unary: lambda op: _real_or_integer(op.operand),
    Binary: _binary,
    Compare: lambda op: _real_or_integer(op.left),
    Identity: _constant("tagged"),
    Truth: lambda op: _real_or_integer(op.operand),
    Join: _constant("call"),
    Format: _constant("call"),
    LoadGlobal: _constant("load"),
    StoreGlobal: _constant("store"),
    CheckSet: _constant("index"),
    NewList: lambda op: cycles("call") + len(op.elements) * cycles("store"),
    NewArray: _constant("call"),
    LoadElement: _element,
    StoreElement: _element,
    Slice: _constant("call"),
    Length: _constant("load"),
    TripCount: lambda op: 3 * cycles("integer"),
    Call: lambda op: cycles("call") + len(op.arguments) * cycles("move"),
    CallValue: lambda op: cycles("call") + (len(op.arguments) + 1) * cycles("tagged"),
    CallDevice: _device,
    Print: _constant("call"),
    Retain: lambda op: 0,
    Release: lambda op: 0,
    Jump: lambda op: 0,
    Branch: _constant("branch"),
    Return: _constant("branch"),
}


def cost_of(operation: Operation) -> int:
    """Cycles that one execution of an operation takes on its core."""
    rule = COST_OF.get(type(operation))
    return rule(operation) if rule is not None else 0
