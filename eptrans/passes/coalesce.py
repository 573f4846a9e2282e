"""Lets an operation write a variable directly where it would go through a temporary.

`%5 = call f; x = %5` becomes `x = call f`. Not where the operation reads the variable and the variable
is counted: its old value must be released between the two.
"""

from __future__ import annotations

from dataclasses import replace

from ..ir import Copy, Function, Operation
from ..operands import Register


def coalesce_copies(function: Function) -> None:
    """Remove copies from a temporary that is used nowhere else, right after its definition."""
    uses: dict[int, int] = {}
    definitions: dict[int, int] = {}
    for block in function.blocks:
        for operation in block.operations:
            for register in operation.registers_read():
                uses[register.index] = uses.get(register.index, 0) + 1
            if operation.result is not None:
                definitions[operation.result.index] = definitions.get(operation.result.index, 0) + 1
    for block in function.blocks:
        kept: list[Operation] = []
        for operation in block.operations:
            last = kept[-1] if kept else None
            if isinstance(operation, Copy) and operation.source == operation.result:
                continue  # x = x
            if last is not None and _goes_through(last, operation, uses, definitions):
                kept[-1] = replace(last, result=operation.result)
            else:
                kept.append(operation)
        block.operations = kept


def _goes_through(
    first: Operation, copy: Operation, uses: dict[int, int], definitions: dict[int, int]
) -> bool:
    """Whether `copy` moves the result of `first`, a temporary, to where it could have gone at once."""
    if not isinstance(copy, Copy) or copy.result is None or first.result is None:
        return False
    middle, target = first.result, copy.result
    if copy.source != middle or not middle.is_temporary or middle.type != target.type:
        return False
    if uses.get(middle.index) != 1 or definitions.get(middle.index) != 1:
        return False
    return not (
        target.type.is_counted and any(_same(target, register) for register in first.registers_read())
    )


def _same(left: Register, right: Register) -> bool:
    return left.index == right.index
