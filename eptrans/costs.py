"""The cost table: cycles of each operation, each with the source of its number.

`costs.toml` beside this file is the table; nothing else in the project states a cost. A number without a
source does not get in: `read_costs` refuses it. Cycles may be halves, since a hop on the mesh takes one
and a half.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COSTS_FILE = Path(__file__).with_name("costs.toml")

ESTIMATE = "estimate"
"""The source of numbers that nobody has measured or published: their notes give the reasoning."""


@dataclass(frozen=True)
class Cost:
    """What one operation takes, and how that is known."""

    cycles: float
    source: str
    """Where the number is from, or `ESTIMATE`."""
    note: str
    """How it follows from the source."""

    @property
    def is_estimate(self) -> bool:
        """Whether the number is reasoned, not measured or published."""
        return self.source == ESTIMATE

    @property
    def whole_cycles(self) -> int:
        """The cycles, of a cost that has no halves."""
        return int(self.cycles)


@dataclass(frozen=True)
class CostTable:
    """The tables of costs.toml."""

    runtime: Mapping[str, Cost]
    """What the runtime charges; the names are those of `struct ep_costs` in core_record.h."""
    operation: Mapping[str, Cost]
    """What generated code adds up for the operations of the IR."""


def read_costs(text: str) -> CostTable:
    """The cost table that a TOML text holds.

    Raises:
        ValueError: a row lacks its source or its note, has an unknown field, or a number of cycles that is
            no multiple of half a cycle; the message names the row.
    """
    content = tomllib.loads(text)
    sources = content["sources"]

    def table(name: str) -> Mapping[str, Cost]:
        return MappingProxyType(
            {row: _cost(f"{name}.{row}", fields, sources) for row, fields in content[name].items()}
        )

    return CostTable(table("runtime"), table("operation"))


def _cost(name: str, fields: Mapping[str, object], sources: Mapping[str, str]) -> Cost:
    """One row. Raises ValueError for what is wrong with it."""
    unknown = fields.keys() - {"cycles", "source", "note"}
    if unknown:
        raise ValueError(f"{name}: '{min(unknown)}' is no field of a cost")
    cycles, source, note = fields.get("cycles"), fields.get("source"), fields.get("note")
    if not isinstance(cycles, int | float) or cycles < 0 or cycles * 2 != int(cycles * 2):
        raise ValueError(f"{name}: {cycles} cycles; a cost is a multiple of half a cycle, not negative")
    if not isinstance(source, str) or not sources.get(source):
        raise ValueError(f"{name}: a cost needs the source of its number, a key of [sources]")
    if not isinstance(note, str) or not note:
        raise ValueError(f"{name}: a cost needs a note on how it follows from its source")
    return Cost(float(cycles), sources[source], note)


COSTS = read_costs(COSTS_FILE.read_text(encoding="utf-8"))

RUNTIME_COSTS: Mapping[str, float] = MappingProxyType(
    {name: cost.cycles for name, cost in COSTS.runtime.items()}
)
"""The cycles alone, as `eptrans.machine.MachineOptions.costs` takes them."""
