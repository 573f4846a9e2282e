"""Inserts reference counts: after this pass memory comes back exactly at a value's last use.

Operations borrow their operands and own their results. A copy, a return or a store in a global takes
its source: moved where the register dies there, else retained. A register that still owns something
when it is last used is released there, or at the start of the branch on which it is dead.

Borrowed, and so without any counting: parameters that are never assigned, and globals loaded for
operations in the same block that nothing in between can take away.
"""

from __future__ import annotations

from dataclasses import replace

from ..analysis.graph import predecessors
from ..ir import (
    Block,
    Branch,
    Call,
    CallDevice,
    CallValue,
    Convert,
    Copy,
    Function,
    Jump,
    LoadGlobal,
    Operation,
    Release,
    Retain,
    Return,
    RunModule,
    StoreGlobal,
    successors,
)
from ..operands import Register

TAKES_SOURCE = (Copy, Convert, Return, StoreGlobal)


def insert_reference_counts(function: Function) -> None:
    """Make ownership explicit in a typed function."""
    if not any(register.type.is_counted for register in function.registers):
        return
    owned = _owned_registers(function)
    live_in = liveness(function, set(owned))
    for block in function.blocks:
        _rewrite_block(block, function, owned, live_in)
    _release_on_edges(function, owned, live_in)
    _retain_parameters(function, owned)


def _is_user_call(operation: Operation) -> bool:
    """Whether other code of the program runs inside an operation."""
    if isinstance(operation, CallDevice):
        return operation.function == "taskfarm.worker"
    return isinstance(operation, (Call, CallValue, RunModule))


def _owned_registers(function: Function) -> dict[int, Register]:
    owned = {register.index: register for register in function.registers if register.type.is_counted}
    assigned = {
        operation.result.index
        for block in function.blocks
        for operation in block.operations
        if operation.result is not None
    }
    for parameter in function.parameters:
        if parameter.register.index not in assigned:
            owned.pop(parameter.register.index, None)
    for index in _borrowed_loads(function, owned):
        del owned[index]
    return owned


def _borrowed_loads(function: Function, counted: dict[int, Register]) -> set[int]:
    """Registers loaded from a global that stays as it is until their last use, in the same block."""
    uses: dict[int, int] = {}
    for block in function.blocks:
        for operation in block.operations:
            for register in operation.registers_read():
                uses[register.index] = uses.get(register.index, 0) + 1
    borrowed: set[int] = set()
    for block in function.blocks:
        for position, operation in enumerate(block.operations):
            result = operation.result
            if not isinstance(operation, LoadGlobal) or result is None or result.index not in counted:
                continue
            if _stays_until_last_use(block.operations, position, uses.get(result.index, 0)):
                borrowed.add(result.index)
    return borrowed


def _stays_until_last_use(operations: list[Operation], position: int, uses: int) -> bool:
    load = operations[position]
    assert isinstance(load, LoadGlobal) and load.result is not None
    left = uses
    for operation in operations[position + 1 :]:
        if left == 0:
            return True
        here = sum(1 for register in operation.registers_read() if register.index == load.result.index)
        if here and (isinstance(operation, TAKES_SOURCE) or _is_user_call(operation)):
            return False
        left -= here
        if left and _is_user_call(operation):
            return False
        if left and isinstance(operation, StoreGlobal) and operation.variable.key == load.variable.key:
            return False
    return left == 0


def liveness(function: Function, owned: set[int]) -> list[set[int]]:
    """For each block, at its start, which of these registers hold a value that is used later."""
    read_first: list[set[int]] = []
    written: list[set[int]] = []
    for block in function.blocks:
        reads: set[int] = set()
        writes: set[int] = set()
        for operation in block.operations:
            for register in operation.registers_read():
                if register.index in owned and register.index not in writes:
                    reads.add(register.index)
            if operation.result is not None and operation.result.index in owned:
                writes.add(operation.result.index)
        read_first.append(reads)
        written.append(writes)
    live: list[set[int]] = [set() for _ in function.blocks]
    changed = True
    while changed:
        changed = False
        for block in reversed(function.blocks):
            n = block.number
            out: set[int] = set()
            for target in successors(block.terminator):
                out |= live[target]
            new = read_first[n] | (out - written[n])
            if new != live[n]:
                live[n] = new
                changed = True
    return live


def _rewrite_block(
    block: Block, function: Function, owned: dict[int, Register], live_in: list[set[int]]
) -> None:
    live: set[int] = set()
    for target in successors(block.terminator):
        live |= live_in[target]
    rewritten: list[Operation] = []  # backwards
    for operation in reversed(block.operations):
        result = operation.result
        after: list[Operation] = []
        before: list[Operation] = []
        if result is not None and result.index in owned:
            if isinstance(operation, LoadGlobal):
                after.append(Retain(place=operation.place, operand=result))
            if result.index not in live:
                after.append(Release(place=operation.place, operand=result))
            live.discard(result.index)
        takes = isinstance(operation, TAKES_SOURCE)
        dying: list[Register] = []
        for register in dict.fromkeys(operation.registers_read()):
            if not register.type.is_counted:
                continue
            dies = register.index in owned and register.index not in live
            if takes and not dies and (result is None or result.type.is_counted):
                before.append(Retain(place=operation.place, operand=register))
            elif dies and not (takes and (result is None or result.type.is_counted)):
                dying.append(register)
        for register in operation.registers_read():
            if register.index in owned:
                live.add(register.index)
        after[:0] = [Release(place=operation.place, operand=owned[register.index]) for register in dying]
        rewritten.extend(reversed(after))
        rewritten.append(operation)
        rewritten.extend(reversed(before))
    block.operations = rewritten[::-1]


def _release_on_edges(function: Function, owned: dict[int, Register], live_in: list[set[int]]) -> None:
    """Release what is alive at the end of a block but dead on one of the ways on."""
    before = predecessors(function.blocks)
    for block in list(function.blocks):
        terminator = block.terminator
        if not isinstance(terminator, Branch):
            continue
        out = live_in[terminator.then] | live_in[terminator.otherwise]
        for target in {terminator.then, terminator.otherwise}:
            dead = sorted(out - live_in[target])
            if not dead:
                continue
            releases: list[Operation] = [
                Release(place=function.blocks[target].operations[0].place, operand=owned[index])
                for index in dead
            ]
            if len(before[target]) == 1:
                function.blocks[target].operations[:0] = releases
            else:
                _split_edge(function, block, target, releases)


def _split_edge(function: Function, block: Block, target: int, releases: list[Operation]) -> None:
    middle = Block(len(function.blocks), [*releases, Jump(place=releases[0].place, target=target)])
    function.blocks.append(middle)
    last = block.operations[-1]
    assert isinstance(last, Branch)
    then = middle.number if last.then == target else last.then
    otherwise = middle.number if last.otherwise == target else last.otherwise
    block.operations[-1] = replace(last, then=then, otherwise=otherwise)


def _retain_parameters(function: Function, owned: dict[int, Register]) -> None:
    """A parameter that is assigned owns its first value too."""
    retains: list[Operation] = []
    for parameter in function.parameters:
        register = parameter.register
        if register.index in owned:
            retains.append(Retain(place=function.place, operand=register))
    if not retains:
        return
    first = function.blocks[0]
    live = liveness(function, set(owned))[0]
    for parameter in function.parameters:
        if parameter.register.index in owned and parameter.register.index not in live:
            retains.append(Release(place=function.place, operand=parameter.register))
    first.operations[:0] = retains
