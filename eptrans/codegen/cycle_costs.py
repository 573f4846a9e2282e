"""Cycles of each operation of a function, so that each run of a block costs the sum over its operations.

A block's operations are put through the pipeline in program order. A block that only one way leads to goes
on where that way left the pipeline; where ways meet, every value is taken to be ready, since one of them came
by a taken branch, whose cycles hide all but one of the longest wait.

Blocks are taken to lie in reverse postorder, without those that do nothing; going on to the next one is
free, any other way is a taken branch. A loop's test stands at its end, as compilers put it: each way round
takes one branch and the way out none. Where the two ways of a branch differ, the way's cycles are added in
the block that it leads to, if no other way does, else in the block of the branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..analysis.dominators import FlowGraph, flow_graph
from ..ir import Branch, Function, Jump, Release, Retain, successors
from .far_use import OperationUse, use_of
from .instructions import InstructionSelector
from .pipeline import Pipeline, Timing


@dataclass
class FunctionCosts:
    """What one function takes.

    `cycles`: by block, of each of its operations; one may be negative, the sum along any way never is.
    `uses`: of code and globals, likewise. `entry_bytes`: of the code of the function's entry and return.
    `ways`: by block, a branch and what of the block's first cycles is the branch's, for the way that it took.
    """

    cycles: dict[int, list[int]]
    uses: dict[int, list[OperationUse]]
    ways: dict[int, tuple[Branch, int]]
    entry_bytes: int

    @property
    def code_bytes(self) -> int:
        """Of the whole function."""
        return self.entry_bytes + sum(use.bytes for uses in self.uses.values() for use in uses)


@dataclass(frozen=True)
class PricedFunction:
    """A function, the cycles of its operations, and the order of its blocks."""

    function: Function
    costs: FunctionCosts
    graph: FlowGraph


def priced(function: Function, timing: Timing) -> PricedFunction:
    """A function with what it takes."""
    graph = flow_graph(function.blocks)
    return PricedFunction(function, function_costs(function, graph, timing), graph)


def function_costs(function: Function, graph: FlowGraph, timing: Timing) -> FunctionCosts:
    """Cycles of every operation of a function; what the runtime's entries take comes on top."""
    return _Pricing(function, graph, timing).run()


class _Pricing:
    """The costs of one function while they are found."""

    def __init__(self, function: Function, graph: FlowGraph, timing: Timing) -> None:
        self.function = function
        self.graph = graph
        self.timing = timing
        self.jump = timing.rows["branch"].cycles + timing.taken_branch
        in_loops = frozenset(number for body in graph.loops.values() for number in body)
        self.selector = InstructionSelector(function, timing.rows, timing.word, in_loops)
        self.empty = {number for number in graph.order[1:] if self._does_nothing(number)}
        placed = [number for number in graph.order if number not in self.empty]
        self.next = dict(pairwise(placed))
        self.at_start: dict[int, int] = {}
        self.at_end: dict[int, int] = {}
        self.jump_bytes: dict[int, int] = {}
        self.uses: dict[int, list[OperationUse]] = {}

    def run(self) -> FunctionCosts:
        for number in self.graph.order:
            self._price_ways(number)
        costs: dict[int, list[int]] = {}
        ends: dict[int, Pipeline] = {}
        for number in self.graph.order:
            pipeline = self._entered(number, ends)
            costs[number] = self._schedule(number, pipeline)
            ends[number] = pipeline
            costs[number][0] += self.at_start.get(number, 0)
            costs[number][-1] += self.at_end.get(number, 0)
            last = self.uses[number][-1]
            self.uses[number][-1] = last._replace(bytes=last.bytes + self.jump_bytes.get(number, 0))
        return FunctionCosts(costs, self.uses, self._ways(), self.timing.function_bytes)

    def _ways(self) -> dict[int, tuple[Branch, int]]:
        ways = {}
        for number, cost in self.at_start.items():
            branch = self.function.blocks[self.graph.before[number][0]].terminator
            assert isinstance(branch, Branch)
            if cost:
                ways[number] = branch, cost
        return ways

    # -- the pipeline through a block

    def _entered(self, number: int, ends: dict[int, Pipeline]) -> Pipeline:
        """The pipeline at the start of a block."""
        before = self.graph.before[number]
        if len(before) != 1 or before[0] not in ends:
            return Pipeline(self.timing)
        way = self.at_start.get(number, 0) + self.at_end.get(before[0], 0)
        return ends[before[0]].later(max(0, way))

    def _schedule(self, number: int, pipeline: Pipeline) -> list[int]:
        costs = []
        uses = self.uses[number] = []
        for operation in self.function.blocks[number].operations:
            start = pipeline.length
            steps = self.selector.steps(operation, number)
            uses.append(use_of(operation, self.timing.code_bytes(steps)))
            source = self.selector.passes_on(operation)
            if not steps and operation.result is not None and source is not None:
                pipeline.alias(operation.result, source)
            else:
                pipeline.run(steps, operation.result)
            costs.append(pipeline.length - start)
        return costs

    # -- ways between blocks

    def _does_nothing(self, number: int) -> bool:
        """Whether a block is only a way to another one: a compiler leaves it out."""
        operations = self.function.blocks[number].operations
        if number in self.graph.loops or not isinstance(operations[-1], Jump):
            return False
        return all(
            isinstance(operation, Retain | Release) or not self.selector.steps(operation, number)
            for operation in operations[:-1]
        )

    def _destination(self, number: int) -> int:
        """Where a way to a block really leads."""
        while number in self.empty:
            number = successors(self.function.blocks[number].terminator)[0]
        return number

    def _price_ways(self, number: int) -> None:
        last = self.function.blocks[number].terminator
        if number in self.empty:
            return
        if isinstance(last, Jump):
            self.at_end[number] = self._jump_cost(number, self._destination(last.target))
            if self.at_end[number]:
                self.jump_bytes[number] = self.timing.instruction_bytes
        elif isinstance(last, Branch):
            self._price_branch(number, last)

    def _jump_cost(self, number: int, target: int) -> int:
        if self.next.get(number) == target:
            return 0
        return self.timing.taken_branch if self._is_way_round(number, target) else self.jump

    def _is_way_round(self, number: int, target: int) -> bool:
        """Whether this is the way back in a loop whose test can stand at its end."""
        return number in self.graph.loops.get(target, ()) and self._tests_at_end(target)

    def _tests_at_end(self, header: int) -> bool:
        body = self.graph.loops[header]
        last = self.function.blocks[header].terminator
        return isinstance(last, Branch) and any(
            self._destination(target) not in body for target in successors(last)
        )

    def _price_branch(self, number: int, branch: Branch) -> None:
        then, otherwise = self._way_costs(number, branch)
        alone = [len(self.graph.before[target]) == 1 for target in (branch.then, branch.otherwise)]
        base = self._base(branch, then, otherwise, alone)
        self.at_end[number] = base
        if alone[0]:
            self.at_start[branch.then] = then - base
        if alone[1]:
            self.at_start[branch.otherwise] = otherwise - base

    def _base(self, branch: Branch, then: int, otherwise: int, alone: list[bool]) -> int:
        """What the block of a branch charges; a way that only this branch takes charges the difference.

        A block that does nothing is best left without cycles: a fast copy counts the runs of the others.
        """
        if not any(alone):
            return max(then, otherwise)
        if not all(alone):
            return otherwise if alone[0] else then
        if branch.otherwise in self.empty:
            return otherwise
        return then if branch.then in self.empty else min(then, otherwise)

    def _way_costs(self, number: int, branch: Branch) -> tuple[int, int]:
        """What the two ways of a branch cost, besides its instruction."""
        then, otherwise = self._destination(branch.then), self._destination(branch.otherwise)
        if number in self.graph.loops and self._tests_at_end(number):
            return 0, 0  # the way round pays
        following = self.next.get(number)
        if then == following:
            return 0, 0 if otherwise == then else self.timing.taken_branch
        if otherwise == following:
            return self.timing.taken_branch, 0
        return self.timing.taken_branch, self.jump
