"""Checks that reference counts balance on every way through a function.

Follows, for each counted register, how many references it holds: one after its definition (none where it
borrows), one more for a `Retain`, one less for a `Release` or where an operation takes it. Reading what
holds nothing is a use after release; holding something at the end, or at a new assignment, is a leak.
A register that is unassigned on one of two ways holds nothing there: releasing it then does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from .ir import Block, Function, LoadGlobal, Operation, Release, Retain, Return, successors
from .passes.ownership import TAKES_SOURCE
from .verify import VerifyError


@dataclass(frozen=True)
class Held:
    """How many references a register holds, at least and at the most. `borrowed`: may be read without."""

    least: int = 0
    most: int = 0
    borrowed: bool = False

    def changed(self, by: int) -> Held:
        """The same after a retain (1) or a release (-1)."""
        return Held(max(0, self.least + by), max(0, self.most + by), self.borrowed)

    def merged(self, other: Held) -> Held:
        """Either of the two."""
        borrowed = self.borrowed or other.borrowed
        return Held(min(self.least, other.least), max(self.most, other.most), borrowed)


UNASSIGNED = Held()
BORROWED = Held(borrowed=True)
Counts = dict[int, Held]


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
    return {
        index: known.get(index, UNASSIGNED).merged(new.get(index, UNASSIGNED))
        for index in known.keys() | new.keys()
    }


def _check(function: Function, block: Block, counts: Counts) -> None:
    for operation in block.operations:
        where = f"{function.name}, block {block.number}, {operation.mnemonic} at line {operation.place.line}"
        if not isinstance(operation, Release):
            for register in operation.registers_read():
                held = counts.get(register.index, UNASSIGNED)
                if register.type.is_counted and held.most == 0 and not held.borrowed:
                    raise VerifyError(f"{where}: {register} is read after its last reference is gone")
        result = operation.result
        if result is not None and counts.get(result.index, UNASSIGNED).most > 0:
            raise VerifyError(f"{where}: {result} is assigned while it holds a reference")
        _change(operation, counts)
        if isinstance(operation, Return):
            for index, held in counts.items():
                if held.most > 0:
                    raise VerifyError(f"{where}: {function.registers[index]} is never released")


def _change(operation: Operation, counts: Counts) -> None:
    taken = isinstance(operation, TAKES_SOURCE) and (
        operation.result is None or operation.result.type.is_counted
    )
    by = 1 if isinstance(operation, Retain) else -1
    if taken or isinstance(operation, (Retain, Release)):
        for register in operation.registers_read():
            if register.type.is_counted:
                counts[register.index] = counts.get(register.index, UNASSIGNED).changed(by)
    result = operation.result
    if result is not None and result.type.is_counted:
        counts[result.index] = BORROWED if isinstance(operation, LoadGlobal) else Held(1, 1)
