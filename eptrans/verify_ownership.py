"""Checks that reference counts balance on every way through a function.

Follows, for each counted register, how many references it holds: one after its definition (none where it
borrows), one more for a `Retain`, one less for a `Release` or where an operation takes it. Reading what
holds nothing is a use after release; holding something at the end, or at a new assignment, is a leak.
A register that is unassigned on one of two ways holds nothing there: releasing it then does nothing.
"""

from __future__ import annotations

from .ir import Block, Function, LoadGlobal, Operation, Register, Release, Retain, Return, successors
from .passes.ownership import TAKES_SOURCE
from .verify import VerifyError

Counts = dict[int, tuple[int, int]]  # register -> the least and the most that it holds
BORROWED = (-1, -1)


def verify_ownership(function: Function) -> None:
    """Raises VerifyError where a reference is lost or used too late."""
    start: Counts = {
        parameter.register.index: BORROWED
        for parameter in function.parameters
        if parameter.register.type.is_counted
    }
    states: dict[int, Counts] = {0: start}
    pending = [0]
    while pending:
        number = pending.pop()
        block = function.blocks[number]
        after = dict(states[number])
        for operation in block.operations:
            _change(operation, after)
        for target in successors(block.terminator):
            merged = _merge(states.get(target), after)
            if merged != states.get(target):
                states[target] = merged
                pending.append(target)
    for number, counts in states.items():
        _check(function, function.blocks[number], dict(counts))


def _merge(known: Counts | None, new: Counts) -> Counts:
    if known is None:
        return new
    merged: Counts = {}
    for index in known.keys() | new.keys():
        one, other = known.get(index, (0, 0)), new.get(index, (0, 0))
        merged[index] = (min(one[0], other[0]), max(one[1], other[1]))
    return merged


def _check(function: Function, block: Block, counts: Counts) -> None:
    for operation in block.operations:
        where = f"{function.name}, block {block.number}, {operation.mnemonic} at line {operation.place.line}"
        for register in operation.registers_read():
            if register.type.is_counted and not isinstance(operation, Release):
                if counts.get(register.index, (0, 0))[1] == 0:
                    raise VerifyError(f"{where}: {register} is read after its last reference is gone")
        result = operation.result
        if result is not None and counts.get(result.index, (0, 0))[1] > 0:
            raise VerifyError(f"{where}: {result} is assigned while it holds a reference")
        _change(operation, counts)
        if isinstance(operation, Return):
            for index, (_, most) in counts.items():
                if most > 0:
                    raise VerifyError(f"{where}: {function.registers[index]} is never released")


def _change(operation: Operation, counts: Counts) -> None:
    if isinstance(operation, Retain):
        _add(operation.operand, counts, 1)
    elif isinstance(operation, Release):
        _add(operation.operand, counts, -1)
    elif isinstance(operation, TAKES_SOURCE) and _takes_counted(operation):
        for register in operation.registers_read():
            _add(register, counts, -1)
    result = operation.result
    if result is not None and result.type.is_counted:
        counts[result.index] = BORROWED if isinstance(operation, LoadGlobal) else (1, 1)


def _takes_counted(operation: Operation) -> bool:
    return operation.result is None or operation.result.type.is_counted


def _add(operand: object, counts: Counts, change: int) -> None:
    if not isinstance(operand, Register) or not operand.type.is_counted:
        return
    least, most = counts.get(operand.index, (0, 0))
    if (least, most) == BORROWED:
        if change > 0:
            counts[operand.index] = (1, 1)
        return
    counts[operand.index] = (max(0, least + change), max(0, most + change))
