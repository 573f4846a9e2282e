"""Constants: names that have one value in the whole program become that value.

A variable with a single assignment, of a constant; a global that only one statement stores, a constant,
and that no use can come before; and what is computed from these. Loops then have bounds, and arrays
shapes, that the C compiler sees.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir import (
    Binary,
    BinaryOperator,
    Copy,
    Function,
    LoadGlobal,
    Operation,
    Program,
    StoreGlobal,
    map_operands,
)
from ..operands import Constant, Operand
from ..options import CompileOptions
from ..value_types import INT

# What is computed at build time if both sides are int constants; the result wraps as at run time.
FOLDED: dict[BinaryOperator, Callable[[int, int], int]] = {
    BinaryOperator.ADD: int.__add__,
    BinaryOperator.SUBTRACT: int.__sub__,
    BinaryOperator.MULTIPLY: int.__mul__,
    BinaryOperator.FLOOR_DIVIDE: int.__floordiv__,
    BinaryOperator.MODULO: int.__mod__,
}
MAY_DIVIDE_BY_ZERO = (BinaryOperator.FLOOR_DIVIDE, BinaryOperator.DIVIDE, BinaryOperator.MODULO)


def fold(operator: BinaryOperator, left: Operand, right: Operand, options: CompileOptions) -> Constant | None:
    """The value of an operation on two int constants, or None where it has to be computed at run time."""
    if operator is BinaryOperator.DIVIDE and not options.python3:
        operator = BinaryOperator.FLOOR_DIVIDE
    compute = FOLDED.get(operator)
    if compute is None or not (isinstance(left, Constant) and isinstance(right, Constant)):
        return None
    if left.type != INT or right.type != INT:
        return None
    one, other = left.value, right.value
    if not isinstance(one, int) or not isinstance(other, int):
        return None
    if other == 0 and operator in MAY_DIVIDE_BY_ZERO:
        return None
    half = 1 << (options.word - 1)
    return Constant((compute(one, other) + half) % (2 * half) - half, INT)


def propagate_constants(program: Program, options: CompileOptions) -> None:
    """Replace what has one constant value everywhere, until nothing more is found."""
    known_globals: dict[tuple[str, str], Constant] = {}
    changed = True
    while changed:
        changed = False
        for function in program.functions.values():
            changed |= _propagate(function, known_globals, options)
        found = _constant_globals(program)
        changed |= found != known_globals
        known_globals = found


def _constant_globals(program: Program) -> dict[tuple[str, str], Constant]:
    """Globals with one store in the whole program, of a constant, and no use before it."""
    stores: dict[tuple[str, str], list[Operand]] = {}
    for function in program.functions.values():
        for block in function.blocks:
            for operation in block.operations:
                if isinstance(operation, StoreGlobal):
                    stores.setdefault(operation.variable.key, []).append(operation.source)
    return {
        key: sources[0]
        for key, sources in stores.items()
        if len(sources) == 1 and isinstance(sources[0], Constant) and not program.globals[key].checked
    }


def _propagate(
    function: Function, known_globals: dict[tuple[str, str], Constant], options: CompileOptions
) -> bool:
    """One round in one function; whether something was found."""
    definitions: dict[int, list[Operation]] = {}
    for block in function.blocks:
        for operation in block.operations:
            if operation.result is not None:
                definitions.setdefault(operation.result.index, []).append(operation)
    parameters = {parameter.register.index for parameter in function.parameters}
    values: dict[Operand, Operand] = {}
    for index, found in definitions.items():
        only = found[0]
        if len(found) > 1 or index in parameters or not isinstance(only, Copy) or only.result is None:
            continue
        if isinstance(only.source, Constant):
            values[only.result] = only.source
    changed = False
    for block in function.blocks:
        for position, operation in enumerate(block.operations):
            new = _simplified(
                map_operands(operation, values) if values else operation, known_globals, options
            )
            if new is not operation:
                block.operations[position] = new
                changed = True
    return changed


def _simplified(
    operation: Operation, known_globals: dict[tuple[str, str], Constant], options: CompileOptions
) -> Operation:
    """A load of a constant global, or an operation on constants, as a copy of the value."""
    value: Constant | None = None
    if isinstance(operation, LoadGlobal):
        value = known_globals.get(operation.variable.key)
    elif isinstance(operation, Binary):
        value = fold(operation.operator, operation.left, operation.right, options)
    if value is None:
        return operation
    return Copy(place=operation.place, result=operation.result, source=value)
