"""Which variables of modules each function of a program may read and write, calls included.

A core's globals are its own, and only code of the program that runs on the core reaches them: a look at
the scheduler's flag or an entry of the runtime may let other cores run, but none of them sees these. So the
calls of functions are all that counts: by name, through values, by a task farm's worker, by an import.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Call, CallDevice, CallValue, Function, LoadGlobal, Operation, Program, RunModule, StoreGlobal
from ..operands import Global
from .call_graph import call_graph

GlobalKey = tuple[str, str]
NO_GLOBALS: frozenset[GlobalKey] = frozenset()


@dataclass(frozen=True)
class Effects:
    """The globals that running something may read and may write."""

    reads: frozenset[GlobalKey] = NO_GLOBALS
    writes: frozenset[GlobalKey] = NO_GLOBALS

    def __or__(self, other: Effects) -> Effects:
        return Effects(self.reads | other.reads, self.writes | other.writes)


NO_EFFECTS = Effects()


class ProgramEffects:
    """The effects of a typed program's functions, and of the operations that run them."""

    def __init__(self, program: Program) -> None:
        self.functions = {name: _own_effects(function) for name, function in program.functions.items()}
        by_value = [name for name in program.value_instances.values() if name]
        defaults = frozenset(
            parameter.default.key
            for name in by_value
            for parameter in program.functions[name].parameters
            if isinstance(parameter.default, Global)
        )
        self._add_callees(call_graph(program))
        self.by_value = Effects(reads=defaults)  # the code table fills in arguments that are missing
        for name in by_value:
            self.by_value |= self.functions[name]

    def _add_callees(self, graph: dict[str, set[str]]) -> None:
        """Go round until nothing grows: calls may go in circles."""
        changed = True
        while changed:
            changed = False
            for name, called in graph.items():
                found = self.functions[name]
                for callee in called:
                    found |= self.functions[callee]
                if found != self.functions[name]:
                    self.functions[name] = found
                    changed = True

    def of_call(self, operation: Operation) -> Effects:
        """What other functions may do while an operation runs; loads and stores of globals are none."""
        if isinstance(operation, Call):
            return self.functions[operation.function]
        if isinstance(operation, RunModule):
            return self.functions[f"<module {operation.module}>"]
        worker = isinstance(operation, CallDevice) and operation.function == "taskfarm.worker"
        return self.by_value if worker or isinstance(operation, CallValue) else NO_EFFECTS


def _own_effects(function: Function) -> Effects:
    reads, writes = set(), set()
    for block in function.blocks:
        for operation in block.operations:
            if isinstance(operation, LoadGlobal):
                reads.add(operation.variable.key)
            elif isinstance(operation, StoreGlobal):
                writes.add(operation.variable.key)
    return Effects(frozenset(reads), frozenset(writes))
