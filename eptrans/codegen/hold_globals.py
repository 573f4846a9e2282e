"""Holds globals in registers where loops use them.

A global that a loop loads or stores is loaded once before the loop, is a register in it, and is stored at
every way out: so a loop over globals, as programs have them at module level, is one over registers to
whatever looks at loops later, and to the C compiler, which must otherwise take every element written for a
change of them. Calls in the loop that may read or write the global find it in its place, and it is loaded
again after those that may have changed it, if that pays.

What a fault leaves in memory does not matter: nobody looks at a core's globals after it. Costs are those of
the program as it was: each operation keeps its cycles, and what is put in here has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..analysis.dominators import flow_graph
from ..analysis.effects import NO_EFFECTS, Effects, GlobalKey, ProgramEffects
from ..diagnostics import Location
from ..ir import Block, Branch, Copy, Jump, LoadGlobal, Operation, StoreGlobal, successors
from ..operands import Global, Register
from ..value_types import Tag
from .cycle_costs import PricedFunction
from .far_use import NO_USE, OperationUse

ROUNDS = 8.0  # about how often a loop runs, to weigh what lies in it
SELDOM = 0.25  # how often a block runs that not every iteration does
LEAST_GAIN = 2.0  # loads and stores saved for each that a call makes necessary

Use = LoadGlobal | StoreGlobal


@dataclass
class HeldGlobal:
    """A global that a loop holds in `register`; `stored`: the loop itself assigns it."""

    variable: Global
    register: Register
    stored: bool


@dataclass
class _Loop:
    """A loop, and the globals that it is going to hold."""

    header: int
    blocks: set[int]
    held: dict[GlobalKey, HeldGlobal] = field(default_factory=dict)


def hold_globals(
    priced: PricedFunction, effects: ProgramEffects, only: frozenset[int] | None = None
) -> PricedFunction:
    """The function with globals in registers in its loops (in those with the headers `only`, if given)."""
    blocks = priced.function.blocks
    if not any(isinstance(op, Use) for block in blocks for op in block.operations):
        return priced
    return _Holder(priced, effects, only).run() if priced.graph.loops else priced


class _Holder:
    """Looks at one function and rewrites it."""

    def __init__(
        self,
        priced: PricedFunction,
        effects: ProgramEffects,
        only: frozenset[int] | None,
    ) -> None:
        self.priced = priced
        self.function = priced.function
        self.costs = priced.costs
        self.effects = effects
        self.graph = graph = priced.graph
        headers = sorted(graph.loops, key=lambda header: -len(graph.loops[header]))
        self.loops = [_Loop(h, graph.loops[h]) for h in headers if h and (only is None or h in only)]
        self.registers = list(priced.function.registers)
        self.register_of: dict[GlobalKey, Register] = {}
        self.blocks: list[Block] = []
        self.cycles: dict[int, list[int]] = {}
        self.uses: dict[int, list[OperationUse]] = {}
        self.weights = {block.number: self._weight(block.number) for block in self.function.blocks}

    def run(self) -> PricedFunction:
        for loop in self.loops:
            self._choose(loop)
        if not any(loop.held for loop in self.loops):
            return self.priced
        for block in self.function.blocks:
            self._rewrite(block)
        self._connect()
        function = replace(self.function, blocks=self.blocks, registers=self.registers)
        costs = replace(self.costs, cycles=self.cycles, uses=self.uses)
        return PricedFunction(function, costs, flow_graph(self.blocks))

    # -- what to hold

    def _weight(self, number: int) -> float:
        """About how often a block runs."""
        around = [header for header, body in self.graph.loops.items() if number in body]
        if not around:
            return 1.0
        innermost = min(around, key=lambda header: len(self.graph.loops[header]))
        latches = [p for p in self.graph.before[innermost] if p in self.graph.loops[innermost]]
        always = all(self.graph.dominates(number, latch) for latch in latches)
        weight: float = ROUNDS ** len(around)
        return weight if always else weight * SELDOM

    def _uses(self, loop: _Loop) -> Iterator[tuple[int, Use]]:
        for number in sorted(loop.blocks):
            for operation in self.function.blocks[number].operations:
                if isinstance(operation, Use):
                    yield number, operation

    def _choose(self, loop: _Loop) -> None:
        """Hold what no loop around this one does, and pays."""
        around = [other for other in self.loops if loop.blocks < other.blocks]
        found: dict[GlobalKey, list[tuple[int, Use]]] = {}
        for number, use in self._uses(loop):
            if not any(use.variable.key in other.held for other in around):
                found.setdefault(use.variable.key, []).append((number, use))
        if not found:
            return
        touched = self._touched(loop)
        for key, uses in found.items():
            variable = uses[0][1].variable
            stored = any(isinstance(use, StoreGlobal) for _, use in uses)
            may_change = stored or any(key in effects.writes for _, effects in touched)
            if not _can_be_held(variable, may_change):
                continue
            gain = sum(self.weights[number] for number, _ in uses)
            loss = sum(self.weights[n] for n, effects in touched if key in effects.reads | effects.writes)
            if gain >= LEAST_GAIN * loss:
                loop.held[key] = HeldGlobal(variable, self._register(variable), stored)

    def _register(self, variable: Global) -> Register:
        """The register of a global, the same for all loops of the function."""
        found = self.register_of.get(variable.key)
        if found is None:
            found = Register(len(self.registers), variable.name, variable.type)
            self.register_of[variable.key] = found
            self.registers.append(found)
        return found

    def _touched(self, loop: _Loop) -> list[tuple[int, Effects]]:
        """The calls of the loop that may use globals, by block."""
        calls = (
            (number, self.effects.of_call(operation))
            for number in sorted(loop.blocks)
            for operation in self.function.blocks[number].operations
        )
        return [(number, effects) for number, effects in calls if effects != NO_EFFECTS]

    # -- the new blocks

    def _holding(self, number: int) -> dict[GlobalKey, HeldGlobal]:
        """What is held in a block, by the loops around it."""
        held: dict[GlobalKey, HeldGlobal] = {}
        for loop in self.loops:
            if number in loop.blocks:
                held |= loop.held
        return held

    def _rewrite(self, block: Block) -> None:
        held = self._holding(block.number)
        operations: list[Operation] = []
        cycles: list[int] = []
        uses: list[OperationUse] = []
        taken = zip(self.costs.cycles[block.number], self.costs.uses[block.number])
        for operation, (cost, use) in zip(block.operations, taken):
            before, after = self._around_call(operation, held)
            operations += [*before, _held_use(operation, held), *after]
            cycles += [*[0] * len(before), cost, *[0] * len(after)]
            uses += [*[NO_USE] * len(before), use, *[NO_USE] * len(after)]
        self.blocks.append(Block(block.number, operations, block.loop_header))
        self.cycles[block.number] = cycles
        self.uses[block.number] = uses

    def _around_call(
        self, operation: Operation, held: dict[GlobalKey, HeldGlobal]
    ) -> tuple[list[Operation], list[Operation]]:
        """What has to be stored before a call of other functions, and loaded after it."""
        effects = self.effects.of_call(operation)
        before: list[Operation] = []
        after: list[Operation] = []
        for key, one in held.items():
            if one.stored and key in effects.reads | effects.writes:
                before.append(_store(one, operation.place))
            if key in effects.writes:
                after.append(_load(one, operation.place))
        return before, after

    def _connect(self) -> None:
        """Send every way into a loop and out of one past the loads and stores that belong to it."""
        entries = {loop.header: self._entry(loop) for loop in self.loops if loop.held}
        for number in range(len(self.function.blocks)):
            block = self.blocks[number]
            last = block.terminator
            ways = {target: self._way(number, target, last, entries) for target in successors(last)}
            if isinstance(last, Jump):
                block.operations[-1] = replace(last, target=ways[last.target])
            elif isinstance(last, Branch):
                block.operations[-1] = replace(
                    last, then=ways[last.then], otherwise=ways[last.otherwise]
                )

    def _entry(self, loop: _Loop) -> int:
        """A block in front of a loop that loads what it holds."""
        place = self.function.blocks[loop.header].operations[0].place
        loads: list[Operation] = [_load(one, place) for one in loop.held.values()]
        return self._new_block([*loads, Jump(place=place, target=loop.header)])

    def _way(self, source: int, target: int, last: Operation, entries: dict[int, int]) -> int:
        """Where the way from a block to another one leads now."""
        left = [loop for loop in self.loops if source in loop.blocks and target not in loop.blocks]
        stores: list[Operation] = [
            _store(one, last.place) for loop in left for one in loop.held.values() if one.stored
        ]
        if target in entries and source not in self.graph.loops[target]:
            target = entries[target]
        return self._new_block([*stores, Jump(place=last.place, target=target)]) if stores else target

    def _new_block(self, operations: list[Operation]) -> int:
        number = len(self.blocks)
        self.blocks.append(Block(number, operations))
        self.cycles[number] = [0] * len(operations)
        self.uses[number] = [NO_USE] * len(operations)
        return number


def _can_be_held(variable: Global, may_change: bool) -> bool:
    """Whether a register may stand for a global: one with a reference count only while nothing changes it."""
    if variable.checked or variable.type.is_dynamic:
        return False
    return not variable.type.is_counted or (variable.type.tags == Tag.ARRAY and not may_change)


def _held_use(operation: Operation, held: dict[GlobalKey, HeldGlobal]) -> Operation:
    """An operation, as a copy if it loads or stores what is held."""
    if not isinstance(operation, Use) or (isinstance(operation, LoadGlobal) and operation.result is None):
        return operation
    one = held.get(operation.variable.key)
    if one is None:
        return operation
    if isinstance(operation, LoadGlobal):
        return Copy(place=operation.place, result=operation.result, source=one.register)
    return Copy(place=operation.place, result=one.register, source=operation.source)


def _load(one: HeldGlobal, place: Location) -> LoadGlobal:
    return LoadGlobal(place=place, result=one.register, variable=one.variable)


def _store(one: HeldGlobal, place: Location) -> StoreGlobal:
    return StoreGlobal(place=place, variable=one.variable, source=one.register)
