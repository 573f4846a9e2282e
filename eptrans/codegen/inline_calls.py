"""Puts the bodies of small functions in the place of their calls, in a loop that has a fast copy then.

A function is quiet if nothing in it runs other code, makes or takes memory, or looks at the scheduler's flag;
a loop that is quiet but for calls of such functions is counted like any other once their bodies stand in it.
Only the loop's fast copy is made so: the plain one calls, and so do recorded runs. Each operation keeps its
place, its cycles and the frame it would run in, so that cycles, faults and calls that led there are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..analysis.counted_loops import is_quiet
from ..analysis.dominators import flow_graph
from ..diagnostics import Location
from ..ir import Block, Branch, Call, Copy, Function, Jump, Operation, Return, StoreGlobal, map_operands
from ..operands import Operand, Register
from ..value_types import Tag
from .cycle_costs import PricedFunction
from .far_use import NO_USE

MOST_OPERATIONS = 160  # of a function that is put in the place of its calls
MOST_INLINED = 512  # of all that come into one loop


@dataclass(frozen=True)
class InlinedFrame:
    """The frame that inlined code would run in: its function, and its start in words after the one around."""

    function: Function
    offset: int


@dataclass(frozen=True)
class InlinedCall:
    """Where a call was: its place, and the frame of the function that it stands in."""

    caller: InlinedFrame
    place: Location


@dataclass
class InlinedLoop:
    """A function with the calls of one loop inlined.

    `frames`: by block, whose code it is, where it is not the function's own. `calls`: by block, the call
    that leads there. `words`: of emulated stack, from the function's frame to the end of the deepest one.
    """

    priced: PricedFunction
    frames: dict[int, InlinedFrame] = field(default_factory=dict)
    calls: dict[int, InlinedCall] = field(default_factory=dict)
    words: int = 0


class QuietFunctions:
    """Which functions of a program may be inlined; `recursive` ones never are."""

    def __init__(self, functions: dict[str, PricedFunction], recursive: set[str]) -> None:
        self.functions = functions
        self.sizes: dict[str, int | None] = dict.fromkeys(recursive)

    def size(self, name: str) -> int | None:
        """How many operations a function has with all that it calls; None if it is not quiet or too large."""
        if name not in self.sizes:
            self.sizes[name] = self._measure(self.functions[name].function)
        return self.sizes[name]

    def _measure(self, function: Function) -> int | None:
        if not _is_scalar_result(function) or any(p.register.type.is_dynamic for p in function.parameters):
            return None
        total = sum(len(block.operations) for block in function.blocks)
        if total > MOST_OPERATIONS:
            return None
        for block in function.blocks:
            for operation in block.operations:
                inner = self.inlined_size(operation)
                if inner is None:
                    return None
                total += inner
        arrays = {p.register.index for p in function.parameters if p.register.type.is_counted}
        moved = arrays & _assigned(function)
        return None if moved or total > MOST_OPERATIONS else total

    def inlined_size(self, operation: Operation) -> int | None:
        """How much an operation of a quiet function grows by; None if it may not stand in one."""
        if isinstance(operation, Call):
            return self.size(operation.function)
        if isinstance(operation, Return):
            return 0
        return 0 if is_quiet(operation) or _is_quiet_store(operation) else None

    def fits(self, function: Function, blocks: set[int]) -> bool:
        """Whether a loop has calls, all of functions that can be inlined, and is quiet besides."""
        operations = [op for number in blocks for op in function.blocks[number].operations]
        sizes = [self.size(op.function) for op in operations if isinstance(op, Call)]
        if not sizes or None in sizes or sum(filter(None, sizes)) > MOST_INLINED:
            return False
        return all(self.inlined_size(operation) is not None for operation in operations)


def _is_scalar_result(function: Function) -> bool:
    kind = function.result
    return kind.tags == Tag.NONE or not (kind.is_dynamic or kind.is_counted)


def _is_quiet_store(operation: Operation) -> bool:
    if not isinstance(operation, StoreGlobal) or operation.variable.checked:
        return False
    return not (operation.variable.type.is_dynamic or operation.variable.type.is_counted)


def _assigned(function: Function) -> set[int]:
    results = (op.result for block in function.blocks for op in block.operations)
    return {result.index for result in results if result is not None}


def inline_loop(priced: PricedFunction, blocks: set[int], quiet: QuietFunctions) -> InlinedLoop:
    """The function with the bodies of what the blocks of a loop call in the place of the calls."""
    return _Inliner(priced, quiet).run(blocks)


class _Inliner:
    """Rewrites one function; blocks and registers that it has keep their numbers."""

    def __init__(self, priced: PricedFunction, quiet: QuietFunctions) -> None:
        self.priced = priced
        self.quiet = quiet
        self.registers = list(priced.function.registers)
        self.blocks = [replace(block, operations=list(block.operations)) for block in priced.function.blocks]
        self.cycles = {number: list(cycles) for number, cycles in priced.costs.cycles.items()}
        self.ways = dict(priced.costs.ways)
        self.own = InlinedFrame(priced.function, 0)
        self.found = InlinedLoop(priced, words=priced.function.frame_words)

    def run(self, blocks: set[int]) -> InlinedLoop:
        pending = sorted(blocks)
        while pending:
            pending += self._inline_first(pending.pop())
        function = replace(self.priced.function, blocks=self.blocks, registers=self.registers)
        # What is fetched, and which globals are used, the plain copy says, which calls.
        uses = {number: [NO_USE] * len(cycles) for number, cycles in self.cycles.items()}
        costs = replace(self.priced.costs, cycles=self.cycles, uses=uses, ways=self.ways)
        self.found.priced = PricedFunction(function, costs, flow_graph(self.blocks))
        return self.found

    def _inline_first(self, number: int) -> list[int]:
        """Inline the first call of a block; gives the new blocks, in which there may be more."""
        block = self.blocks[number]
        calls = [at for at, operation in enumerate(block.operations) if isinstance(operation, Call)]
        if not calls:
            return []
        position = calls[0]
        operation = block.operations[position]
        assert isinstance(operation, Call)
        callee = self.quiet.functions[operation.function]
        caller = self.found.frames.get(number, self.own)
        frame = InlinedFrame(callee.function, caller.offset + caller.function.frame_words)
        self.found.words = max(self.found.words, frame.offset + callee.function.frame_words)
        rest, cycles = block.operations[position + 1 :], self.cycles[number]
        tail = self._new_block(rest, cycles[position + 1 :], caller)
        entry = len(self.blocks)
        mapping, copies = self._pass_arguments(operation, callee.function)
        block.operations = [*block.operations[:position], *copies, Jump(place=operation.place, target=entry)]
        self.cycles[number] = [*cycles[: position + 1], *[0] * len(copies)]
        self._add_body(callee, mapping, operation, frame, tail)
        self.found.calls[entry] = InlinedCall(caller, operation.place)
        return [tail, *range(entry, len(self.blocks))]

    def _pass_arguments(
        self, call: Call, callee: Function
    ) -> tuple[dict[Operand, Operand], list[Operation]]:
        """What stands for the callee's registers, and the copies that hand over arguments."""
        assigned = _assigned(callee)
        mapping: dict[Operand, Operand] = {}
        copies: list[Operation] = []
        for parameter, argument in zip(callee.parameters, call.arguments):
            register = parameter.register
            if isinstance(argument, Register) and register.index not in assigned:
                mapping[register] = argument
            else:
                mapping[register] = own = self._new_register(register)
                copies.append(Copy(place=call.place, result=own, source=argument))
        for register in callee.registers:
            if register not in mapping:
                mapping[register] = self._new_register(register)
        return mapping, copies

    def _new_register(self, like: Register) -> Register:
        register = Register(len(self.registers), like.name, like.type)
        self.registers.append(register)
        return register

    def _new_block(self, operations: list[Operation], cycles: list[int], frame: InlinedFrame) -> int:
        number = len(self.blocks)
        self.blocks.append(Block(number, operations))
        self.cycles[number] = cycles
        if frame is not self.own:
            self.found.frames[number] = frame
        return number

    def _add_body(
        self,
        callee: PricedFunction,
        mapping: dict[Operand, Operand],
        call: Call,
        frame: InlinedFrame,
        tail: int,
    ) -> None:
        start = len(self.blocks)
        for block in callee.function.blocks:
            operations = [_renamed(operation, mapping) for operation in block.operations]
            cycles = list(callee.costs.cycles[block.number])
            operations[-1], last = _shifted(operations[-1], start), operations[-1]
            if isinstance(last, Return):
                jump = Jump(place=last.place, target=tail)
                operations[-1:] = [*_result(call, last), jump]
                cycles += [0] * (len(operations) - len(cycles))
            number = self._new_block(operations, cycles, frame)
            self.blocks[number].loop_header = block.loop_header
        self.ways |= {number + start: way for number, way in callee.costs.ways.items()}


def _result(call: Call, last: Return) -> list[Operation]:
    if call.result is None or call.result.type.tags == Tag.NONE:
        return []
    return [Copy(place=last.place, result=call.result, source=last.value)]


def _renamed(operation: Operation, mapping: dict[Operand, Operand]) -> Operation:
    """A copy of an operation of the callee, over the registers that stand for its own."""
    result = operation.result
    if result is not None:
        renamed = mapping[result]
        assert isinstance(renamed, Register)
        result = renamed
    return replace(map_operands(operation, mapping), result=result)


def _shifted(operation: Operation, start: int) -> Operation:
    """A terminator of the callee among blocks that begin with this number."""
    if isinstance(operation, Jump):
        return replace(operation, target=operation.target + start)
    if isinstance(operation, Branch):
        return replace(operation, then=operation.then + start, otherwise=operation.otherwise + start)
    return operation


