"""Splits each variable into its webs: assignments and uses that belong together.

`x=3; print x; x="text"; print x` uses the name for two things; split, each has one kind and is held
unboxed. A web is a set of assignments connected by uses that several of them reach.
"""

from __future__ import annotations

from dataclasses import replace

from ..analysis.graph import predecessors
from ..ir import Function, Operation, map_operands
from ..operands import Operand, Register


class _Webs:
    """Union-find over the assignments of one function."""

    def __init__(self) -> None:
        self.parent: list[int] = []

    def add(self) -> int:
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, left: int, right: int) -> None:
        left, right = self.find(left), self.find(right)
        if left != right:
            self.parent[max(left, right)] = min(left, right)


def split_webs(function: Function) -> None:
    """Give every web of every register assigned more than once a register of its own."""
    webs = _Webs()
    definitions: dict[int, list[int]] = {}  # register -> its definitions
    at_operation: dict[int, int] = {}  # id(operation) -> its definition
    for parameter in function.parameters:
        definitions.setdefault(parameter.register.index, []).append(webs.add())
    for block in function.blocks:
        for operation in block.operations:
            if operation.result is not None:
                at_operation[id(operation)] = webs.add()
                definitions.setdefault(operation.result.index, []).append(at_operation[id(operation)])
    several = {index: found for index, found in definitions.items() if len(found) > 1}
    if not several:
        return
    use_webs = _join_by_uses(function, webs, several, at_operation)
    _rename(function, webs, several, at_operation, use_webs)


def _join_by_uses(
    function: Function, webs: _Webs, several: dict[int, list[int]], at_operation: dict[int, int]
) -> dict[tuple[int, int], int]:
    """Join the definitions that reach one use; returns (id(operation), register) -> a definition."""
    killed_by = {index: _mask(found) for index, found in several.items()}
    reach_in = _reaching_definitions(function, several, killed_by, at_operation)
    use_webs: dict[tuple[int, int], int] = {}
    for block in function.blocks:
        reaching = reach_in[block.number]
        for operation in block.operations:
            for register in operation.registers_read():
                mask = killed_by.get(register.index)
                if mask is None:
                    continue
                found = _members(reaching & mask)
                for other in found[1:]:
                    webs.join(found[0], other)
                if found:
                    use_webs[id(operation), register.index] = found[0]
            result = operation.result
            if result is not None and result.index in killed_by:
                reaching = reaching & ~killed_by[result.index] | 1 << at_operation[id(operation)]
    return use_webs


def _mask(members: list[int]) -> int:
    found = 0
    for member in members:
        found |= 1 << member
    return found


def _members(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _reaching_definitions(
    function: Function, several: dict[int, list[int]], killed_by: dict[int, int], at_operation: dict[int, int]
) -> list[int]:
    generated, killed = [], []
    for block in function.blocks:
        gen = kill = 0
        for operation in block.operations:
            result = operation.result
            if result is not None and result.index in several:
                mask = killed_by[result.index]
                gen = gen & ~mask | 1 << at_operation[id(operation)]
                kill |= mask
        generated.append(gen)
        killed.append(kill)
    entry = 0
    for position, parameter in enumerate(function.parameters):
        if parameter.register.index in several:
            entry |= 1 << position  # parameters are the first definitions
    before = predecessors(function.blocks)
    reach = [0] * len(function.blocks)
    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            n = block.number
            new = entry if n == 0 else 0
            for p in before[n]:
                new |= reach[p] & ~killed[p] | generated[p]
            if new != reach[n]:
                reach[n] = new
                changed = True
    return reach


def _rename(
    function: Function,
    webs: _Webs,
    several: dict[int, list[int]],
    at_operation: dict[int, int],
    use_webs: dict[tuple[int, int], int],
) -> None:
    registers: dict[int, Register] = {}  # root of a web -> its register
    for index, found in several.items():
        original = function.registers[index]
        for definition in found:
            root = webs.find(definition)
            if root in registers:
                continue
            if all(registers.get(webs.find(other)) is not original for other in found):
                registers[root] = original
            else:
                fresh = Register(len(function.registers), original.name)
                function.registers.append(fresh)
                registers[root] = fresh
    for block in function.blocks:
        block.operations = [
            _renamed(op, webs, several, at_operation, use_webs, registers) for op in block.operations
        ]


def _renamed(
    operation: Operation,
    webs: _Webs,
    several: dict[int, list[int]],
    at_operation: dict[int, int],
    use_webs: dict[tuple[int, int], int],
    registers: dict[int, Register],
) -> Operation:
    mapping: dict[Operand, Operand] = {}
    for register in operation.registers_read():
        definition = use_webs.get((id(operation), register.index))
        if definition is not None:
            mapping[register] = registers[webs.find(definition)]
    renamed = map_operands(operation, mapping) if mapping else operation
    result = operation.result
    if result is not None and result.index in several:
        renamed = replace(renamed, result=registers[webs.find(at_operation[id(operation)])])
    return renamed
