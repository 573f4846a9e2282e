"""The pipeline of a core: in what cycle each instruction of a basic block issues.

Instructions issue in program order. One for the integer unit (loads and stores among them) and one for the
floating-point unit may issue in the same cycle; a branch issues alone. An instruction waits until what it
reads is ready, which depends on what made the value and on what reads it ([wait] in costs.toml). A library's
code runs alone, and all results are ready after it. docs/costs.md tells what this leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..costs import CostTable, Instruction, Unit
from ..operands import Operand, Register

INTEGER_UNITS = (Unit.INTEGER, Unit.LOAD, Unit.STORE)


@dataclass(frozen=True)
class Step:
    """One instruction of an operation: it reads operands and what the step before it gives."""

    instruction: Instruction
    reads: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Value:
    """A result: what made it, and the first cycle in which it could be read if nothing had to wait."""

    maker: Unit
    cycle: int


WAITS: dict[tuple[Unit, Unit], str] = {
    (Unit.INTEGER, Unit.FLOAT): "integer_to_float",
    (Unit.LOAD, Unit.INTEGER): "load_to_integer",
    (Unit.LOAD, Unit.FLOAT): "load_to_float",
    (Unit.FLOAT, Unit.INTEGER): "float_to_integer",
    (Unit.FLOAT, Unit.STORE): "float_to_store",
    (Unit.FLOAT, Unit.FLOAT): "float_to_float",
}
"""Who made a value and who reads it; other readers than these wait as the integer unit does."""


@dataclass(frozen=True)
class Timing:
    """The numbers of the cost table for one machine word."""

    word: int
    rows: Mapping[str, Instruction]
    waits: Mapping[tuple[Unit, Unit], int]
    """By maker and reader of a value; 0 where absent."""
    taken_branch: int
    instruction_bytes: int
    call_bytes: int
    function_bytes: int

    @staticmethod
    def of(table: CostTable, word: int) -> Timing:
        """The timing of code for a word of 32 or 64 bits."""
        waits = {}
        for maker in Unit:
            for reader in Unit:
                name = WAITS.get((maker, reader))
                if name is None and reader is not Unit.FLOAT:
                    name = WAITS.get((maker, Unit.INTEGER))
                if name is not None:
                    waits[maker, reader] = table.waits(name)
        sizes = (table.size[name].bytes for name in ("instruction", "call", "function"))
        return Timing(word, table.instructions(word), waits, table.waits("taken_branch"), *sizes)

    def code_bytes(self, steps: Sequence[Step]) -> int:
        """Bytes of code of a sequence; a library's code is called."""
        return sum(
            self.call_bytes
            if step.instruction.unit is Unit.ALONE
            else step.instruction.cycles * self.instruction_bytes
            for step in steps
        )


@dataclass
class Pipeline:
    """The state after the instructions issued so far; cycles count from 0.

    `integer_free`, `float_free`: the first cycle in which the unit can issue; `earliest`: the one of the
    instruction issued last, before which none may issue. `values`: by register.
    """

    timing: Timing
    integer_free: int = 0
    float_free: int = 0
    earliest: int = 0
    values: dict[int, Value] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Cycles until both units can issue again."""
        return max(self.integer_free, self.float_free)

    def later(self, cycles: int) -> Pipeline:
        """The state so many cycles after all has issued, to go on from."""
        start = self.length + cycles
        return replace(self, integer_free=start, float_free=start, earliest=start, values=dict(self.values))

    def run(self, steps: Sequence[Step], result: Register | None) -> None:
        """Issue the instructions of one operation."""
        made: Value | None = None
        for step in steps:
            made = self._issue(step, made)
        if result is not None:
            if made is None:
                self.values.pop(result.index, None)
            else:
                self.values[result.index] = made

    def alias(self, result: Register, source: Operand) -> None:
        """The result is ready when the source is: no instruction stands between them."""
        value = self.values.get(source.index) if isinstance(source, Register) else None
        if value is None:
            self.values.pop(result.index, None)
        else:
            self.values[result.index] = value

    def _issue(self, step: Step, before: Value | None) -> Value:
        instruction = step.instruction
        start = max(self.earliest, self._unit_free(instruction.unit))
        if before is not None:
            start = max(start, self._ready(before, instruction.unit))
        for operand in step.reads:
            value = self.values.get(operand.index) if isinstance(operand, Register) else None
            if value is not None:
                start = max(start, self._ready(value, instruction.unit))
        end = start + instruction.cycles
        if instruction.unit in (Unit.BRANCH, Unit.ALONE):
            self.integer_free = self.float_free = self.earliest = end
        else:
            self.earliest = max(start, end - 1)
            if instruction.unit is Unit.FLOAT:
                self.float_free = end
            else:
                self.integer_free = end
        return Value(instruction.unit, end)

    def _unit_free(self, unit: Unit) -> int:
        if unit is Unit.FLOAT:
            return self.float_free
        return self.integer_free if unit in INTEGER_UNITS else self.length

    def _ready(self, value: Value, reader: Unit) -> int:
        """The first cycle in which an instruction of a unit can read a value."""
        return value.cycle + self.timing.waits.get((value.maker, reader), 0)
