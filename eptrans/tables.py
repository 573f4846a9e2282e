"""The tables of `-t` and `-s`: drawn by rich on a terminal, elsewhere plain columns that tools can cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from eptrans.costs import runtime_costs
from eptrans.machine import Outcome
from eptrans.memory_layout import MemoryLayout, Placed, Region
from eptrans.path_text import path_lines
from eptrans.recording import TICKS_PER_CYCLE, Recording

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

MOST_ROWS = 64
"""Cores that have a row each in the table of times; more are summed up."""


@dataclass(frozen=True)
class Table:
    """Rows of text under headers; all columns but the first are numbers and lean right."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def show_times(outcome: Outcome, recording: Recording, stream: TextIO, every_core: bool = False) -> None:
    """Each core's cycles and what it did in them, and the slowest path through the program.

    More than MOST_ROWS cores are summed up, unless `every_core` is set.
    """
    longest = recording.end / TICKS_PER_CYCLE
    clock = recording.clock_hz
    title = f"{longest:,.1f} cycles, {_time(longest / clock)} at {clock / 1e6:g} MHz ({outcome.device})"
    kinds = ("cycles", "time", "busy", "waits: messages", "waits: links", "idle", "sent", "received", "tasks")
    count = len(recording.cores)
    rows = (
        [_times_row(_core_name(outcome, place), outcome, recording, [place]) for place in range(count)]
        if every_core or count <= MOST_ROWS
        else _summary(outcome, recording)
    )
    _show(Table(title, ("core", *kinds), rows), stream)
    for line in path_lines(recording):
        stream.write(line + "\n")
    stream.flush()


def _times_row(name: str, outcome: Outcome, recording: Recording, places: Sequence[int]) -> tuple[str, ...]:
    """The figures of one core, or the means of several."""
    cores = recording.cores

    def mean(values: Sequence[float]) -> float:
        return sum(float(values[place]) for place in places) / len(places)

    cycles = mean(outcome.cycles)
    kinds = ("busy", "waited_message", "waited_link", "idle")
    spent = [mean(cores[kind].tolist()) / TICKS_PER_CYCLE for kind in kinds]
    counts = [mean(c) for c in (outcome.messages_sent, outcome.messages_received, outcome.tasks)]
    return (
        name,
        f"{cycles:,.1f}",
        _time(cycles / recording.clock_hz),
        *(f"{value:,.1f}" for value in spent),
        *(f"{value:,.0f}" if value == int(value) else f"{value:,.1f}" for value in counts),
    )


def _summary(outcome: Outcome, recording: Recording) -> list[tuple[str, ...]]:
    """What tells most of many cores: the extremes, the middle, the mean."""
    count = len(recording.cores)
    by_end = sorted(range(count), key=lambda place: (outcome.cycles[place], place))
    busy, waited = recording.cores["busy"], recording.cores["waited_message"]
    chosen = [
        ("slowest", by_end[-1]),
        ("a quarter is slower", by_end[(3 * count) // 4]),
        ("median", by_end[count // 2]),
        ("a quarter is faster", by_end[count // 4]),
        ("fastest", by_end[0]),
        ("busiest", int(busy.argmax())),
        ("least busy", int(busy.argmin())),
        ("waits most", int(waited.argmax())),
    ]
    rows = [
        _times_row(f"{_core_name(outcome, place)} ({what})", outcome, recording, [place])
        for what, place in chosen
    ]
    return [*rows, _times_row(f"mean of {count:,}", outcome, recording, range(count))]


def show_sizes(outcome: Outcome, word_bytes: int, stream: TextIO) -> None:
    """Where the parts of the program lie on each core, how large they are, and what of its memory is left.

    Neighbours with the same sizes share a row. `word_bytes` is the size of the program's machine word, in
    which stacks are counted.
    """
    layout = outcome.layout
    assert layout is not None
    rows = [
        (
            _cores_name(outcome, places),
            f"{layout.code.size:,}",
            f"{layout.data.size:,}",
            f"{layout.stack.size:,}",
            f"{stack:,}",
            f"{local:,}",
            f"{_left(layout, local):,}",
            f"{shared:,}",
        )
        for places, (stack, local, shared) in _equal_neighbours(outcome, word_bytes)
    ]
    parts = (("code", layout.code), ("data", layout.data), ("stack", layout.stack))
    places = ", ".join(f"{name} {part.region.value}" for name, part in parts)
    title = f"sizes in bytes, of arrays the most at a time; {layout.local_memory:,} of local memory: {places}"
    columns = ("code", "data", "stack", "stack used", "arrays (local)", "left (local)", "arrays (shared)")
    _show(Table(title, ("cores", *columns), rows), stream)
    for line in _shared_prices(outcome, word_bytes):
        stream.write(line + "\n")
    stream.flush()


def _shared_prices(outcome: Outcome, word_bytes: int) -> list[str]:
    """What it costs that some of the program lies in shared memory; nothing where all is local."""
    layout = outcome.layout
    assert layout is not None
    costs = runtime_costs()
    read, write = f"{costs['shared_read']:g} cycles", f"{costs['shared_write']:g}"
    frame = costs["shared_write"] + costs["shared_read"]
    grown = max(outcome.stack_peak, default=0) * word_bytes > layout.stack.local
    stack = "stack" if layout.stack.region is Region.SHARED else f"stack past {layout.stack.size:,} bytes"
    prices = {
        f"code: {costs['shared_fetch']:g} cycles for 8 bytes, each time they run": _is_shared(layout.code),
        f"data: {read} a word read, {write} a word written": _is_shared(layout.data),
        f"{stack}: {frame:g} cycles a call for 8 bytes of the function's frame": grown,
        f"arrays and strings: {read} a word read, {write} a word written": any(outcome.shared_peak),
    }
    lines = [f"  {text}" for text, applies in prices.items() if applies]
    return ["what lies in shared memory costs besides", *lines] if lines else []


def _is_shared(part: Placed) -> bool:
    return part.region is Region.SHARED and part.size > 0


def _left(layout: MemoryLayout, arrays: int) -> int:
    """Bytes of a core's memory that nothing ever took."""
    return layout.local_memory - layout.code.local - layout.data.local - layout.stack.local - arrays


def _equal_neighbours(outcome: Outcome, word_bytes: int) -> Iterator[tuple[list[int], tuple[int, int, int]]]:
    """Runs of places whose cores have the same sizes: of the stack used, of local and of shared arrays."""

    def sizes(place: int) -> tuple[int, int, int]:
        return outcome.stack_peak[place] * word_bytes, outcome.local_peak[place], outcome.shared_peak[place]

    def kind(place: int) -> tuple[object, ...]:
        return (outcome.is_host[place], outcome.core_ids[place] - place, *sizes(place))

    for _, places in groupby(range(len(outcome.core_ids)), kind):
        run = list(places)
        yield run, sizes(run[0])


def _core_name(outcome: Outcome, place: int) -> str:
    return f"{'host' if outcome.is_host[place] else 'device'} {outcome.core_ids[place]}"


def _cores_name(outcome: Outcome, places: list[int]) -> str:
    first = _core_name(outcome, places[0])
    return first if len(places) == 1 else f"{first}-{outcome.core_ids[places[-1]]}"


def _time(seconds: float) -> str:
    """A time in the unit that leaves one to three digits before the point."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3f} {unit}"
    return f"{seconds / 1e-9:.1f} ns"


def _show(table: Table, stream: TextIO) -> None:
    if stream.isatty():
        _draw(table, stream)
    else:
        stream.write(_plain(table))
    stream.flush()


def _draw(table: Table, stream: TextIO) -> None:
    """On a terminal. Columns that do not fit beside the others stand below, after the first column again."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream)
    room = console.width
    console.print(Text(table.title, style="italic"), soft_wrap=True)
    start = 1
    while start < len(table.headers):
        end = len(table.headers)
        while end > start + 1 and _width(console, _part(table, start, end)) > room:
            end -= 1
        part = _part(table, start, end)
        # A terminal that is narrower than even one column wraps the lines itself.
        console.width = max(room, _width(console, part))
        console.print(part)
        start = end


def _part(table: Table, start: int, end: int) -> RichTable:
    """The first column and those from `start` up to `end`."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable

    drawn = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, header in enumerate((table.headers[0], *table.headers[start:end])):
        lines = header.replace(" ", "\n", 1) if number else header
        drawn.add_column(lines, justify="right" if number else "left", vertical="bottom", no_wrap=True)
    for row in table.rows:
        drawn.add_row(row[0], *row[start:end])
    return drawn


def _width(console: Console, drawn: RichTable) -> int:
    """The columns that a table takes if none of its text is cut."""
    return console.measure(drawn, options=console.options.update(width=10_000)).maximum


def _plain(table: Table) -> str:
    lines = [table.headers, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.headers))]
    text = [table.title]
    for first, *numbers in lines:
        cells = [first.ljust(widths[0]), *(n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True))]
        text.append("  ".join(cells).rstrip())
    return "\n".join(text) + "\n"
