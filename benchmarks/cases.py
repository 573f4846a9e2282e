"""What a benchmark is for the command: a named case in a group, and the row of a table that it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.timing import Comparison, Effort, Spread


@dataclass(frozen=True)
class Row:
    """One line of a table; times are in seconds for each operation.

    `reference` is what `ours` is compared with, and `ratio` is what the group says it is (ours to C, the
    peer to ours). `bar` is the highest allowed: of `ratio` where there is one, else of `ours`.
    """

    name: str
    ours: Spread | None = None
    reference: Spread | None = None
    ratio: Spread | None = None
    bar: float | None = None
    note: str = ""

    @property
    def passes(self) -> bool | None:
        """Whether the row keeps its bar; None where it has none."""
        judged = self.ratio or self.ours
        return None if self.bar is None or judged is None else judged.median <= self.bar

    @classmethod
    def comparing(cls, name: str, comparison: Comparison, *, bar: float | None = None, note: str = "") -> Row:
        """The row of two measurements, ours first."""
        return cls(name, comparison.first, comparison.second, comparison.ratio, bar, note)


@dataclass(frozen=True)
class Case:
    """Something to measure."""

    name: str
    measure: Callable[[Effort], Row]


@dataclass(frozen=True)
class Group:
    """Cases that are shown as one table; `reference` and `ratio` head its columns."""

    name: str
    title: str
    cases: tuple[Case, ...]
    reference: str = ""
    ratio: str = ""
    mean_bar: float | None = None
    """The highest geometric mean of the ratios, where that is shown."""
