"""Results as tables for people and as JSON for machines."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.cases import Group, Row
from benchmarks.timing import Spread

_FILE_WIDTH = 120
"""Columns of the tables where they go into a file or a pipe."""

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_VERDICTS: dict[bool | None, Text] = {None: Text(""), True: Text("yes", "green"), False: Text("no", "red")}


def console() -> Console:
    """Where tables go: as wide as the terminal, or of a fixed width in a file or a pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=_FILE_WIDTH)


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them, to three digits."""
    scale, unit = next((pair for pair in _UNITS if seconds >= pair[0]), _UNITS[-1])
    return f"{seconds / scale:.3g} {unit}" if seconds < 1000 * scale else f"{seconds / scale:.0f} {unit}"


def ratio_text(ratio: float) -> str:
    """A ratio with two decimals, or none where it is large."""
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"


def geometric_mean(rows: Sequence[Row]) -> float | None:
    """The geometric mean of the rows' ratios; None where no row has one."""
    ratios = [row.ratio.median for row in rows if row.ratio is not None]
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None


def table(group: Group, rows: Sequence[Row]) -> Table:
    """One group's rows."""
    shown = Table(title=group.title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    shown.add_column("", no_wrap=True)
    headings = ["ours", *([group.reference, group.ratio] if group.reference else []), "spread"]
    bar_shown = any(row.bar is not None for row in rows)
    headings += ["bar", "kept"] if bar_shown else []
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("")
    for row in rows:
        shown.add_row(*_cells(group, row, bar_shown))
    mean = geometric_mean(rows)
    if group.mean_bar is not None and mean is not None:
        shown.add_section()
        kept = _VERDICTS[mean <= group.mean_bar]
        limits: list[str | Text] = [ratio_text(group.mean_bar), kept] if bar_shown else []
        shown.add_row("geometric mean", "", "", ratio_text(mean), "", *limits, "")
    return shown


def _cells(group: Group, row: Row, bar_shown: bool) -> list[str | Text]:
    cells: list[str | Text] = [row.name, _median(row.ours)]
    if group.reference:
        cells += [_median(row.reference), ratio_text(row.ratio.median) if row.ratio else ""]
    cells.append(_range(row))
    if bar_shown:
        cells += [_bar(row), _VERDICTS[row.passes]]
    return [*cells, row.note]


def _median(spread: Spread | None) -> str:
    return duration(spread.median) if spread is not None else ""


def _range(row: Row) -> str:
    """The lowest and the highest of the ratio, or of our time where there is no ratio."""
    if row.ratio is not None:
        return f"{ratio_text(row.ratio.low)} to {ratio_text(row.ratio.high)}"
    if row.ours is not None:
        return f"{duration(row.ours.low)} to {duration(row.ours.high)}"
    return ""


def _bar(row: Row) -> str:
    if row.bar is None:
        return ""
    return ratio_text(row.bar) if row.ratio is not None else duration(row.bar)


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, system, Python and the load of the last minute."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def as_json(results: Mapping[str, Sequence[Row]], start: Mapping[str, Any]) -> str:
    """All rows by group; times in seconds. `start` is `machine()` before the first measurement."""
    groups = {name: [asdict(row) | {"passes": row.passes} for row in rows] for name, rows in results.items()}
    means = {name: geometric_mean(rows) for name, rows in results.items()}
    load_after = machine()["load"]
    return json.dumps(
        {"machine": {**start, "load_after": load_after}, "groups": groups, "geometric_mean": means}, indent=2
    )
