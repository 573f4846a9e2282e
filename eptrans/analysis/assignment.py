"""Definite assignment: finds names used before they are assigned.

For a function's variables: a use that no assignment can reach is an error at build time; one that an
assignment may or may not have reached gets a `CheckSet` with a flag of its own. For globals:
`Global.checked` is cleared where every use is known to follow an assignment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..diagnostics import Diagnostic, Location, Severity
from ..ir import (
    Block,
    Call,
    CallDevice,
    CallValue,
    CheckSet,
    Copy,
    Function,
    LoadGlobal,
    Operation,
    Program,
    RunModule,
    StoreGlobal,
    successors,
)
from ..operands import Constant, FunctionReference, Register
from ..value_types import BOOL
from .graph import predecessors


@dataclass(frozen=True)
class Reaching:
    """For each block, as bit sets: what is assigned on every and on some way to its start."""

    must: list[int]
    may: list[int]


def solve(blocks: list[Block], generated: list[int], entry: int) -> Reaching:
    """Forward data flow of assignments; `entry` is assigned at the start."""
    before = predecessors(blocks)
    full = -1
    must_in, may_in = [full] * len(blocks), [0] * len(blocks)
    must_in[0] = may_in[0] = entry
    changed = True
    while changed:
        changed = False
        for block in blocks:
            n = block.number
            must, may = (entry, entry) if n == 0 else (full, 0)
            for p in before[n]:
                must &= must_in[p] | generated[p]
                may |= may_in[p] | generated[p]
            if (must, may) != (must_in[n], may_in[n]):
                must_in[n], may_in[n] = must, may
                changed = True
    return Reaching(must_in, may_in)


def assigned_at_first(blocks: list[Block], generated: list[int], block: int, bit: int) -> bool:
    """Whether some way that comes to a block for the first time passes an assignment of the bit."""
    before = predecessors(blocks)
    after = [list(successors(one.terminator)) for one in blocks]
    from_start = _reached(0, after, block)
    to_block = _reached(block, before, None)
    return any(generated[n] & bit for n in from_start & to_block if n != block)


def _reached(start: int, ways: list[list[int]], barrier: int | None) -> set[int]:
    """The blocks that the ways lead to from one; none leads on from the barrier."""
    found = {start}
    pending = [start] if start != barrier else []
    while pending:
        for target in ways[pending.pop()]:
            if target not in found:
                found.add(target)
                if target != barrier:
                    pending.append(target)
    return found


def check_variables(function: Function, globals_here: Iterable[str]) -> list[Diagnostic]:
    """Report certain uses before assignment; insert checks where it depends on the way taken."""
    named = [r for r in function.registers if r.name]
    bit = {register.index: 1 << position for position, register in enumerate(named)}
    generated = []
    for block in function.blocks:
        bits = 0
        for operation in block.operations:
            if operation.result is not None:
                bits |= bit.get(operation.result.index, 0)
        generated.append(bits)
    entry = 0
    for parameter in function.parameters:
        entry |= bit[parameter.register.index]
    reaching = solve(function.blocks, generated, entry)
    diagnostics: list[Diagnostic] = []
    reported: set[str] = set()
    checks: list[tuple[Block, Operation, Register]] = []
    for block in function.blocks:
        must, may = reaching.must[block.number], reaching.may[block.number]
        for operation in block.operations:
            for register in operation.registers_read():
                mine = bit.get(register.index, 0)
                if not mine & ~must:
                    continue
                if mine & may and assigned_at_first(function.blocks, generated, block.number, mine):
                    checks.append((block, operation, register))
                elif register.name not in reported:
                    reported.add(register.name)
                    diagnostics.append(_unassigned(function, operation, register, set(globals_here)))
            if operation.result is not None:
                must |= bit.get(operation.result.index, 0)
                may |= bit.get(operation.result.index, 0)
    if checks and not diagnostics:
        _insert_checks(function, checks)
    return diagnostics


def _unassigned(function: Function, operation: Operation, register: Register, shared: set[str]) -> Diagnostic:
    message = f"the name '{register.name}' is used before it is assigned"
    hint = None
    if register.name in shared and function.source_name != "<module>":
        hint = (
            f"'{register.name}' is local to {function.source_name}, which assigns it; "
            f"to use the module's variable write: global {register.name}"
        )
    return Diagnostic(Severity.ERROR, message, _place_of_read(function, operation, register), hint)


def _place_of_read(function: Function, operation: Operation, register: Register) -> Location:
    """Where the text names the variable that an operation reads."""
    line = operation.place.line
    places = [place for place in function.reads.get(register.index, ()) if place.line == line]
    return places[0] if places else operation.place


def _insert_checks(function: Function, checks: list[tuple[Block, Operation, Register]]) -> None:
    flags: dict[int, Register] = {}
    for _, _, register in checks:
        if register.index not in flags:
            flag = Register(len(function.registers), f"{register.name}_is_set")
            function.registers.append(flag)
            flags[register.index] = flag
    wanted = {(id(operation), register.index) for _, operation, register in checks}
    for block in function.blocks:
        operations: list[Operation] = []
        if block.number == 0:
            for flag in flags.values():
                operations.append(Copy(place=function.place, result=flag, source=Constant(False, BOOL)))
        for operation in block.operations:
            for register in operation.registers_read():
                if (id(operation), register.index) in wanted:
                    flag = flags[register.index]
                    place = _place_of_read(function, operation, register)
                    operations.append(CheckSet(place=place, flag=flag, name=register.name))
            operations.append(operation)
            if operation.result is not None and operation.result.index in flags:
                flag = flags[operation.result.index]
                operations.append(Copy(place=operation.place, result=flag, source=Constant(True, BOOL)))
        block.operations = operations


# ---- globals -----------------------------------------------------------------------------------------


def clear_checks_of_globals(program: Program) -> None:
    """Mark the globals of which no use can come before an assignment."""
    reads = _transitive_reads(program)
    bit = {key: 1 << position for position, key in enumerate(program.globals)}
    by_value = 0
    for name in _functions_taken(program):
        by_value |= _bits(reads.get(name, set()), bit)
    at_exit: dict[str, int] = {}
    unsafe = 0
    tops = [f for f in program.functions.values() if f.source_name == "<module>"]
    for function in sorted(tops, key=lambda f: f.name == program.main):  # imported modules first
        module_exit, early = _scan_top_level(function, reads, bit, by_value, at_exit)
        at_exit[function.module] = module_exit
        unsafe |= early
    for key, variable in list(program.globals.items()):
        if not bit[key] & unsafe:
            program.globals[key] = replace(variable, checked=False)


def _bits(keys: set[tuple[str, str]], bit: dict[tuple[str, str], int]) -> int:
    found = 0
    for key in keys:
        found |= bit[key]
    return found


def _functions_taken(program: Program) -> set[str]:
    """Generic names of the functions whose value is taken."""
    return {
        operand.name
        for function in program.functions.values()
        for block in function.blocks
        for operation in block.operations
        for operand in operation.operands()
        if isinstance(operand, FunctionReference)
    }


def _transitive_reads(program: Program) -> dict[str, set[tuple[str, str]]]:
    """The globals that each function, or what it calls, may read."""
    reads: dict[str, set[tuple[str, str]]] = {}
    calls: dict[str, set[str]] = {}
    taken = _functions_taken(program)
    for name, function in program.functions.items():
        reads[name], calls[name] = set(), set()
        for block in function.blocks:
            for operation in block.operations:
                if isinstance(operation, LoadGlobal):
                    reads[name].add(operation.variable.key)
                elif isinstance(operation, Call):
                    calls[name].add(operation.function)
                elif isinstance(operation, CallValue) or _runs_tasks(operation):
                    calls[name] |= taken
    changed = True
    while changed:
        changed = False
        for name, found in reads.items():
            before = len(found)
            for callee in calls[name]:
                found.update(reads[callee])
            changed |= len(found) != before
    return reads


def _runs_tasks(operation: Operation) -> bool:
    return isinstance(operation, CallDevice) and operation.function == "taskfarm.worker"


def _scan_top_level(
    function: Function,
    reads: dict[str, set[tuple[str, str]]],
    bit: dict[tuple[str, str], int],
    by_value: int,
    at_exit: dict[str, int],
) -> tuple[int, int]:
    """(what is assigned at the end, what may be read before it is assigned)"""

    def assigns(operation: Operation) -> int:
        if isinstance(operation, StoreGlobal):
            return bit[operation.variable.key]
        return at_exit.get(operation.module, 0) if isinstance(operation, RunModule) else 0

    def uses(operation: Operation) -> int:
        if isinstance(operation, LoadGlobal):
            return bit[operation.variable.key]
        if isinstance(operation, Call):
            return _bits(reads[operation.function], bit)
        return by_value if isinstance(operation, CallValue) or _runs_tasks(operation) else 0

    generated = []
    for block in function.blocks:
        bits = 0
        for operation in block.operations:
            bits |= assigns(operation)
        generated.append(bits)
    reaching = solve(function.blocks, generated, 0)
    unsafe, exit_bits = 0, -1
    for block in function.blocks:
        must = reaching.must[block.number]
        for operation in block.operations:
            unsafe |= uses(operation) & ~must
            must |= assigns(operation)
        if not successors(block.terminator):
            exit_bits &= must
    return exit_bits, unsafe
