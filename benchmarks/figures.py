"""Figures of a run: `python -m benchmarks.figures RESULTS.json [FOLDER]`, from what --json has written.

Of every figure the lowest of the rounds is drawn, which a busy machine disturbs least, for ours and for
others alike. Colours are those of Okabe and Ito, told apart by colour-blind people too, and every kind has a
mark of its own. A figure whose rows were not measured is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks import epython_peer, report
from benchmarks.programs import HERE

FOLDER = HERE.parent / "docs" / "figures"
_WIDTH = 8.3
"""Inches; at _RESOLUTION twice as many pixels as a README shows, for sharp screens."""
_RESOLUTION = 200
_ROW = 0.30
"""Inches of a row."""
_MARGIN = 1.45
"""Inches of title, axis and legend together."""
_SPREAD = 0.40
"""The part of a row over which its marks are spread, so that none hides another."""
_LEGEND_COLUMNS = 5
"""A legend with more entries has two lines."""

_INK, _FAINT = "#222222", "#dddddd"
_OURS, _MISSED = "#0072b2", "#d55e00"
_STYLE: Any = {
    "font.size": 9, "font.family": "DejaVu Sans", "axes.edgecolor": _FAINT, "axes.labelcolor": _INK,
    "text.color": _INK, "xtick.color": _INK, "ytick.color": _INK, "figure.facecolor": "white",
    "axes.facecolor": "white", "axes.grid": True, "axes.grid.axis": "x", "grid.color": _FAINT,
    "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "ytick.major.size": 0, "xtick.minor.size": 0, "legend.frameon": False,
}


@dataclass(frozen=True)
class Mark:
    """How one kind of thing is drawn."""

    colour: str
    shape: str


MARKS = {
    "eptrans": Mark(_OURS, "o"),
    "C": Mark("#000000", "o"),
    "Numba": Mark("#e69f00", "s"),
    "CPython": Mark("#d55e00", "^"),
    epython_peer.COMMAND: Mark("#cc79a7", "P"),
    "mpi4py": Mark("#009e73", "D"),
    "multiprocessing.Pipe": Mark("#e69f00", "s"),
    "multiprocessing.Barrier": Mark("#56b4e9", "v"),
    "multiprocessing.Pool": Mark("#d55e00", "^"),
    "concurrent.futures": Mark("#cc79a7", "P"),
}

KERNEL_PEERS = ("C", "Numba", "CPython", epython_peer.COMMAND)

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Series:
    """Points of one kind: a value for each row, None where there is none, and a text beside each.

    The texts stand to the right of the points; to the left where `left` says so.
    """

    name: str
    values: Sequence[float | None]
    texts: Sequence[str] = ()
    left: Sequence[bool] = ()


def _rows(data: Data, group: str) -> list[dict[str, Any]]:
    """The rows of a group that have a figure of ours that can be drawn."""
    rows: list[dict[str, Any]] = data["groups"].get(group, [])
    return [row for row in rows if row["ours"] is not None and row["ours"]["low"] > 0]


def _low(of: Mapping[str, Any]) -> float | None:
    figure = of["figure"]
    return figure["low"] if figure is not None and figure["low"] > 0 else None  # the axis is logarithmic


def _beside(row: Mapping[str, Any], name: str) -> float | None:
    """The lowest figure of what stands beside a row by that name."""
    return next((_low(each) for each in row["beside"] if each["name"] == name), None)


def _names_beside(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(each["name"] for row in rows for each in row["beside"]))


def _axes(title: str, axis: str, names: Sequence[str]) -> tuple[Any, Any]:
    """A figure with a row for each name, from top to bottom, and a logarithmic axis."""
    from matplotlib.figure import Figure

    height = _MARGIN + _ROW * len(names)
    figure = Figure(figsize=(_WIDTH, height), dpi=_RESOLUTION, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    figure.suptitle(title, x=0.005, ha="left", fontweight="bold", fontsize=10.5)
    axes.set_xlabel(axis)
    return figure, axes


def _draw(axes: Any, series: Sequence[Series]) -> None:
    """All points, with their texts, and the legend below."""
    from matplotlib.ticker import NullFormatter

    for each in series:
        mark = MARKS[each.name]
        heights = [_height(series, each, row) for row in range(len(each.values))]
        points = [(value, height) for value, height in zip(each.values, heights) if value is not None]
        axes.plot(*zip(*points), linestyle="none", marker=mark.shape, color=mark.colour, label=each.name,
                  markersize=7, markeredgewidth=0.5, markeredgecolor="white", clip_on=False)
        for row, text in enumerate(each.texts):
            value = each.values[row]
            left = bool(each.left) and each.left[row]
            if value is not None:
                axes.annotate(text, (value, heights[row]), (-7 if left else 7, 0), fontsize=7.5, color=_INK,
                              textcoords="offset points", va="center", ha="right" if left else "left")
    axes.xaxis.set_minor_formatter(NullFormatter())
    entries = len(axes.get_legend_handles_labels()[1])
    columns = entries if entries <= _LEGEND_COLUMNS else (entries + 1) // 2
    axes.figure.legend(loc="outside lower center", ncols=columns, handletextpad=0.4, columnspacing=1.8)


def _height(series: Sequence[Series], one: Series, row: int) -> float:
    """Where in a row the mark of one series lies: in the middle if it is alone there."""
    there = [each.name for each in series if each.values[row] is not None]
    if one.name not in there or len(there) == 1:
        return float(row)
    return row + _SPREAD * (there.index(one.name) / (len(there) - 1) - 0.5)


def _times(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def kernels(data: Data) -> Any | None:
    """Kernels under C, Numba, CPython and ePython, as multiples of our time with words of the same size."""
    names = [row["name"] for row in _rows(data, "kernels")]
    rows = {name: [row] for row in _rows(data, "kernels") for name in [row["name"]]}
    for row in _rows(data, "peers"):
        name = row["name"].partition(",")[0]
        if name in rows:
            rows[name].append(row)
    if not names:
        return None

    def values(peer: str) -> list[float | None]:
        found = []
        for name in names:
            pairs = ((_beside(row, peer), row["ours"]["low"]) for row in rows[name])
            found.append(next((theirs / ours for theirs, ours in pairs if theirs is not None), None))
        return found

    axis = ("times as long as eptrans, left of 1: faster "
            "(Numba and CPython: words of 64 bits, as eptrans beside them; others: 32)")
    figure, axes = _axes("Kernels: time as a multiple of eptrans's", axis, names)
    axes.axvline(1, color=_OURS, linewidth=1.5, label="eptrans")
    series = [Series(peer, found, [_times(value) if value is not None and value >= 10 else ""
                                   for value in found])
              for peer in KERNEL_PEERS for found in [values(peer)]]
    _draw(axes, [each for each in series if any(value is not None for value in each.values)])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return figure


def messages(data: Data) -> Any | None:
    """Messages and tasks: our times and the bars that they have to keep."""
    rows = _rows(data, "messages")
    if not rows:
        return None
    names = [row["name"] for row in rows]
    figure, axes = _axes("Messages and tasks on one host thread", "time an operation", names)
    lows = [row["ours"]["low"] for row in rows]
    kept = [row["bar"] is not None and low <= row["bar"] for row, low in zip(rows, lows)]
    for place, (row, low) in enumerate(zip(rows, lows)):
        if row["bar"] is not None:
            colour = _FAINT if kept[place] else _MISSED
            axes.plot([low, row["bar"]], [place, place], color=colour, linewidth=2.5, zorder=1)
    bars = [(row["bar"], place) for place, row in enumerate(rows) if row["bar"] is not None]
    if bars:
        axes.plot(*zip(*bars), marker="|", color=_INK, markersize=9, markeredgewidth=2, linestyle="none",
                  label="highest allowed")
    _draw(axes, [Series("eptrans", lows, [report.figure(low) for low in lows], kept)])
    _label_times(axes)
    return figure


def peers(data: Data) -> Any | None:
    """Messages and tasks between our cores, and the same between processes."""
    rows = [row for row in _rows(data, "peers") if not set(KERNEL_PEERS) & set(_names_beside([row]))]
    if not rows:
        return None
    figure, axes = _axes("Messages and tasks: between emulated cores, and between processes of Python",
                         "time an operation", [row["name"] for row in rows])
    lows = [row["ours"]["low"] for row in rows]
    series = [Series("eptrans", lows, [report.figure(low) for low in lows])]
    for name in _names_beside(rows):
        values = [_beside(row, name) for row in rows]
        series.append(Series(name, values))
    _draw(axes, series)
    _label_times(axes)
    return figure


def _label_times(axes: Any) -> None:
    """Times on the axis, with room for the texts at both ends."""
    from matplotlib.ticker import LogLocator

    low, high = axes.get_xlim()
    axes.set_xlim(low / 1.6, high * 1.6)
    if high / low < 1e4:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes.xaxis.set_major_formatter(lambda value, _: report.figure(value))


FIGURES: dict[str, Callable[[Data], Any | None]] = {"kernels": kernels, "messages": messages, "peers": peers}


def _read(path: Path) -> Data:
    """The results in a file. Raises ClickException where they are none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != report.SCHEMA:
        raise click.ClickException(f"{path} is not what `python -m benchmarks --json` of this version writes")
    return data


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("results", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER)
def main(results: Path, folder: Path) -> None:
    """Draw RESULTS, which `python -m benchmarks --json` wrote, as PNG files in FOLDER (docs/figures)."""
    try:
        from matplotlib import rc_context
    except ImportError:
        raise click.ClickException("matplotlib is not installed: pip install 'eptrans[bench]'") from None
    data = _read(results)
    folder.mkdir(parents=True, exist_ok=True)
    machine = "{processor}, Python {python}".format_map(data["machine"])
    for name, draw in FIGURES.items():
        with rc_context(_STYLE):
            figure = draw(data)
            if figure is None:
                click.echo(f"{name}: not drawn, its rows are not in {results}")
                continue
            figure.text(0.995, 0.99, machine, ha="right", va="top", fontsize=6.5, color="#666666")
            figure.savefig(folder / f"{name}.png", metadata={"Software": None})
        click.echo(folder / f"{name}.png")


if __name__ == "__main__":
    main()
