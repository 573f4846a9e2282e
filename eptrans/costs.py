"""The cost table: cycles of each operation, each with the source of its number.

`costs.toml` beside this file is the table; nothing else in the project states a cost. A number without a
source does not get in: `read_costs` refuses it. Cycles may be halves where the runtime charges them, since
a hop on the mesh takes one and a half.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

COSTS_FILE = Path(__file__).with_name("costs.toml")

ESTIMATE = "estimate"
"""The source of numbers that nobody has measured or published: their notes give the reasoning."""

TABLES = ("runtime", "wait", "operation", "operation64", "function", "size")


class Unit(Enum):
    """What an instruction occupies while it issues."""

    INTEGER = "integer"
    LOAD = "load"  # the integer unit
    STORE = "store"  # the integer unit
    FLOAT = "float"
    BRANCH = "branch"  # both
    ALONE = "alone"  # a library's code: nothing else goes on meanwhile


@dataclass(frozen=True)
class Sourced:
    """How a number is known."""

    source: str
    """Where the number is from, or `ESTIMATE`."""
    note: str
    """How it follows from the source."""

    @property
    def is_estimate(self) -> bool:
        """Whether the number is reasoned, not measured or published."""
        return self.source == ESTIMATE


@dataclass(frozen=True)
class Cost(Sourced):
    """What one operation of the runtime takes, in cycles; or what an instruction waits."""

    cycles: float


@dataclass(frozen=True)
class Instruction(Sourced):
    """An instruction, or a sequence that stands for one: `cycles` in which its unit issues nothing else."""

    cycles: int
    unit: Unit


@dataclass(frozen=True)
class LibraryFunction(Sourced):
    """How many instructions a function runs for single precision; the floating-point ones depend in turn."""

    calls: int
    integer: int
    float: int
    divisions: int


@dataclass(frozen=True)
class Size(Sourced):
    """How much code something takes."""

    bytes: int


@dataclass(frozen=True)
class CostTable:
    """The tables of costs.toml."""

    runtime: Mapping[str, Cost]
    """What the runtime charges; the names are those of `struct ep_costs` in core_record.h."""
    wait: Mapping[str, Cost]
    """How long an instruction waits for the result of an earlier one, and after a taken branch."""
    operation: Mapping[str, Instruction]
    operation64: Mapping[str, Instruction]
    """The rows of `operation` that differ for a word of 64 bits."""
    function: Mapping[str, LibraryFunction]
    size: Mapping[str, Size]

    def waits(self, name: str) -> int:
        """Whole cycles of a row of `wait`."""
        return int(self.wait[name].cycles)

    def instructions(self, word: int) -> Mapping[str, Instruction]:
        """All that code for a word of 32 or 64 bits is made of, library functions among it."""
        rows = {**self.operation, **(self.operation64 if word == 64 else {})}
        for name, function in self.function.items():
            cycles = self._double(function) if word == 64 else self._single(function)
            rows[name] = Instruction(function.source, function.note, cycles, Unit.ALONE)
        return MappingProxyType(rows)

    def _single(self, function: LibraryFunction) -> int:
        dependent = self.operation["float"].cycles + self.waits("float_to_float")
        return (
            function.calls * self.operation["call"].cycles
            + function.integer * self.operation["integer"].cycles
            + function.float * dependent
            + function.divisions * self.operation["real_divide"].cycles
        )

    def _double(self, function: LibraryFunction) -> int:
        """Twice the instructions, the floating-point ones half additions and half multiplications."""
        rows = self.operation64
        return (
            function.calls * self.operation["call"].cycles
            + 2 * function.integer * self.operation["integer"].cycles
            + function.float * (rows["float"].cycles + rows["float_multiply"].cycles)
            + function.divisions * rows["real_divide"].cycles
        )


# ---- reading the file ------------------------------------------------------------------------------------

Row = TypeVar("Row", bound=Sourced)


def read_costs(text: str) -> CostTable:
    """The cost table that a TOML text holds.

    Raises:
        ValueError: a row lacks its source, its note or a number, has an unknown field, or a number of
            cycles that is none; the message names the row.
    """
    if sys.version_info >= (3, 11):  # imported here: not every start of the command needs it
        import tomllib
    else:
        import tomli as tomllib

    content = tomllib.loads(text)
    sources = content.pop("sources")
    unknown = content.keys() - set(TABLES)
    if unknown:
        raise ValueError(f"'{min(unknown)}' is no table of costs")

    def table(name: str, kind: Callable[[_Fields], Row]) -> Mapping[str, Row]:
        rows = content.get(name, {}).items()
        return MappingProxyType(
            {row: kind(_Fields(f"{name}.{row}", dict(fields), sources)) for row, fields in rows}
        )

    return CostTable(
        table("runtime", _cost),
        table("wait", _cost),
        table("operation", _instruction),
        table("operation64", _instruction),
        table("function", _library_function),
        table("size", _size),
    )


@dataclass
class _Fields:
    """One row while it is read; every field is taken once, and none may be left."""

    row: str
    left: dict[str, object]
    sources: Mapping[str, str]

    def refuse(self, problem: str) -> ValueError:
        return ValueError(f"{self.row}: {problem}")

    def text(self, name: str, what: str) -> str:
        value = self.left.pop(name, None)
        if not isinstance(value, str) or not value:
            raise self.refuse(f"a cost needs {what}")
        return value

    def number(self, name: str) -> int:
        value = self.left.pop(name, None)
        if not isinstance(value, int) or value < 0:
            raise self.refuse(f"{value} {name}; a whole number is needed, not negative")
        return value

    def half_cycles(self) -> float:
        value = self.left.pop("cycles", None)
        if not isinstance(value, int | float) or value < 0 or value * 2 != int(value * 2):
            raise self.refuse(f"{value} cycles; a cost is a multiple of half a cycle, not negative")
        return float(value)

    def source(self) -> tuple[str, str]:
        """The source in full and the note. Called last: what is left then should not be there."""
        key = self.text("source", "the source of its number, a key of [sources]")
        if not self.sources.get(key):
            raise self.refuse(f"a cost needs the source of its number; [sources] has no '{key}'")
        note = self.text("note", "a note on how it follows from its source")
        if self.left:
            raise self.refuse(f"'{min(self.left)}' is no field of it")
        return self.sources[key], note


def _cost(fields: _Fields) -> Cost:
    cycles = fields.half_cycles()
    return Cost(*fields.source(), cycles)


def _instruction(fields: _Fields) -> Instruction:
    cycles, unit = fields.number("cycles"), fields.text("unit", "the unit it runs in")
    if unit not in [one.value for one in Unit]:
        raise fields.refuse(f"'{unit}' is no unit; one of {', '.join(one.value for one in Unit)}")
    return Instruction(*fields.source(), cycles, Unit(unit))


def _library_function(fields: _Fields) -> LibraryFunction:
    counts = [fields.number(name) for name in ("calls", "integer", "float", "divisions")]
    return LibraryFunction(*fields.source(), *counts)


def _size(fields: _Fields) -> Size:
    size = fields.number("bytes")
    return Size(*fields.source(), size)


@cache
def cost_table() -> CostTable:
    """The project's own table, read once."""
    return read_costs(COSTS_FILE.read_text(encoding="utf-8"))


@cache
def runtime_costs() -> Mapping[str, float]:
    """The runtime's cycles alone, as `eptrans.machine.MachineOptions.costs` takes them."""
    return MappingProxyType({name: cost.cycles for name, cost in cost_table().runtime.items()})
