"""Results as one table for people and as JSON for machines."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.cases import Beside, Group, Row, Unit
from benchmarks.timing import Spread

Results = Sequence[tuple[Group, Sequence[Row]]]

SCHEMA = 2
"""The version of the JSON: it grows when something that was there changes its meaning."""

_FILE_WIDTH = 150
"""Columns of the tables where they go into a file or a pipe."""

_SCALES = {
    Unit.SECONDS: ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")),
    Unit.BYTES: ((2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
}
_VERDICTS: dict[bool | None, Text] = {
    None: Text(""), True: Text("yes", "green"), False: Text("MISSED", "bold red")
}


def console() -> Console:
    """Where tables go: as wide as the terminal, or of a fixed width in a file or a pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=_FILE_WIDTH)


def figure(value: float, unit: Unit = Unit.SECONDS) -> str:
    """A time or a size in the unit that suits it, to three digits."""
    scales = _SCALES[unit]
    scale, name = next((pair for pair in scales if value >= pair[0]), scales[-1])
    return f"{value / scale:.3g} {name}" if value < 1000 * scale else f"{value / scale:.0f} {name}"


def ratio_text(ratio: float) -> str:
    """A ratio with two decimals, as a fraction where it is small."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"1/{1 / ratio:,.0f}"


def geometric_mean(rows: Sequence[Row], of: str) -> float | None:
    """The geometric mean of our ratios to what is called `of`; None where there is none."""
    ratios = [each.ratio.median for row in rows for each in row.beside
              if each.name == of and each.ratio is not None]
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None


def missed(results: Results) -> list[str]:
    """All bars that are not kept, in words."""
    found = []
    for group, rows in results:
        found += [name for row in rows for name in row.missed]
        mean = geometric_mean(rows, group.mean_of[0]) if group.mean_of else None
        if mean is not None and group.mean_bar is not None and mean > group.mean_bar:
            found.append(f"the geometric mean of {group.name}")
    return found


def table(results: Results) -> Table:
    """All groups, one below the other; under each row what it is shown beside."""
    shown = Table(box=SIMPLE, pad_edge=False, show_edge=False)
    shown.add_column("", no_wrap=True)
    for heading in ("median", "lowest to highest", "ours / it", "lowest to highest", "bar", "kept"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("", overflow="fold")
    for group, rows in results:
        shown.add_section()
        shown.add_row(Text(group.title, "bold"))
        for row in rows:
            shown.add_row(*_own_cells(row))
            for beside in row.beside:
                shown.add_row(*_beside_cells(beside, row.unit), style="dim" if beside.note else "")
        for place, name in enumerate(group.mean_of):
            _add_mean(shown, rows, name, group.mean_bar if place == 0 else None)
    return shown


def _own_cells(row: Row) -> list[str | Text]:
    bar = "" if row.bar is None else figure(row.bar, row.unit)
    return [row.name, *_spread(row.ours, row.unit), "", "", bar, _VERDICTS[row.passes], row.note]


def _beside_cells(beside: Beside, unit: Unit) -> list[str | Text]:
    ratio = beside.ratio
    ratios = ["", ""] if ratio is None else [ratio_text(ratio.median),
                                             f"{ratio_text(ratio.low)} to {ratio_text(ratio.high)}"]
    bar = "" if beside.bar is None else ratio_text(beside.bar)
    figures = _spread(beside.figure, unit)
    return [f"  {beside.name}", *figures, *ratios, bar, _VERDICTS[beside.passes], beside.note]


def _spread(spread: Spread | None, unit: Unit) -> list[str]:
    """The median, and the lowest and the highest."""
    if spread is None:
        return ["", ""]
    return [figure(spread.median, unit), f"{figure(spread.low, unit)} to {figure(spread.high, unit)}"]


def _add_mean(shown: Table, rows: Sequence[Row], name: str, bar: float | None) -> None:
    mean = geometric_mean(rows, name)
    if mean is None:
        return
    kept = None if bar is None else mean <= bar
    shown.add_row(f"geometric mean, ours / {name}", "", "", ratio_text(mean), "",
                  "" if bar is None else ratio_text(bar), _VERDICTS[kept], "", style="bold")


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, system, Python and the load of the last minute."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    """The processor's name, where the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def as_json(results: Results, start: Mapping[str, Any]) -> str:
    """All rows by group, times in seconds and sizes in bytes. `start` is `machine()` before measuring."""
    groups = {group.name: [_row_data(row) for row in rows] for group, rows in results}
    means = {group.name: {of: geometric_mean(rows, of) for of in group.mean_of} for group, rows in results}
    return json.dumps({
        "schema": SCHEMA,
        "machine": {**start, "load_after": machine()["load"]},
        "groups": groups,
        "geometric_mean": means,
        "missed": missed(results),
    }, indent=2)


def _row_data(row: Row) -> dict[str, Any]:
    beside = [asdict(each) | {"passes": each.passes} for each in row.beside]
    return asdict(row) | {"unit": row.unit.value, "passes": row.passes, "beside": beside}
