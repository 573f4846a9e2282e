"""The run in a few sentences: what stands at the top of the report page, so that one look tells.

Each function gives one sentence, or nothing where there is nothing to say. Shares of time are
of the cores' time together, from the start to the end of the slowest core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from eptrans.path_text import contributors, path_span
from eptrans.recording import TICKS_PER_CYCLE, Direction, Recording

_DIRECTIONS = {
    Direction.EAST: ("east", 0, 1),
    Direction.WEST: ("west", 0, -1),
    Direction.SOUTH: ("south", 1, 0),
    Direction.NORTH: ("north", -1, 0),
}
SPREAD = 10
"""A path is spread out where no core has more than one part in so many of it."""

TOLD = 0.005
"""Smaller shares of the cores' time are for the tables: in the first sentence they would hide what counts."""

_UNITS = (("GB", 1e9), ("MB", 1e6), ("KB", 1e3))


def sentences(recording: Recording) -> list[str]:
    """The run in words; one sentence at least."""
    return [text for sentence in _SENTENCES if (text := sentence(recording))]


def core_name(recording: Recording, place: int) -> str:
    """`core 3`, or `host core 16`."""
    core = recording.cores[place]
    return f"{'host core' if core['host'] else 'core'} {core['number']}"


def bytes_text(size: float) -> str:
    """A size in the unit that suits it; units of a thousand."""
    for unit, scale in _UNITS:
        if size >= scale:
            return f"{size / scale:.3g} {unit}" if size < 1000 * scale else f"{size / scale:,.0f} {unit}"
    return f"{size:,.0f} byte{'' if size == 1 else 's'}"


def time_text(seconds: float) -> str:
    """A time in the unit that leaves one to three digits before the point."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}" if seconds < 1000 * scale else f"{seconds:,.0f} s"
    return f"{seconds / 1e-9:.3g} ns"


def percent(part: float, whole: float) -> str:
    """A share without decimals, where that would not make it none or all."""
    share = 100 * part / whole if whole else 0.0
    rounded = f"{share:.0f}"
    if (rounded == "0" and share > 0) or (rounded == "100" and share < 100):
        return "over 99 %" if share > 1 else f"{share:.2g} %" if share >= 0.01 else "under 0.01 %"
    return f"{rounded} %"


def _cycles(ticks: float) -> str:
    return f"{ticks / TICKS_PER_CYCLE:,.0f} cycles"


def _core_time(recording: Recording) -> str:
    cores = recording.cores
    parts = {
        "computing": int(cores["busy"].sum()),
        "waiting for messages": int(cores["waited_message"].sum()),
        "waiting for links": int(cores["waited_link"].sum()),
        "idle after a core's own end": int(cores["idle"].sum()),
    }
    whole = sum(parts.values())
    if not whole:
        return "No core took any time."
    shares = [f"{percent(ticks, whole)} is {what}" for what, ticks in
              sorted(parts.items(), key=lambda part: -part[1]) if ticks >= TOLD * whole]  # fmt: skip
    head = shares[0].replace(" is ", " of the core time is ", 1)
    return f"{', '.join([head, *(share.replace(' is ', ' ', 1) for share in shares[1:])])}."


def _slowest_core(recording: Recording) -> str:
    cores = recording.cores
    if len(cores) < 2 or not recording.end:
        return ""
    ends = recording.end - cores["idle"]
    last = int(numpy.argmax(ends))
    busiest = int(numpy.argmax(cores["busy"]))
    share = percent(int(cores["busy"][busiest]), recording.end)
    if ends[busiest] == ends[last]:
        return (
            f"{_capital(core_name(recording, busiest))} is the slowest: "
            f"it computes most, {share} of the run, and ends last, after {_cycles(ends[last])}."
        )
    return (
        f"{_capital(core_name(recording, last))} ends last, after {_cycles(ends[last])}; "
        f"{core_name(recording, busiest)} computes most, {share} of the run."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _busiest_link(recording: Recording) -> str:
    links = recording.links
    if not len(links):
        return ""
    link = links[numpy.argmax(links["busy"])]
    text = f"The busiest link leaves {_place(recording, link)} and carries {bytes_text(int(link['bytes']))}"
    text += f" in {percent(int(link['busy']), recording.end)} of the run"
    waited = int(links["waited"].sum())
    if waited:
        return f"{text}; messages waited {_cycles(waited)} for links in all."
    reason = ", which the model ideal leaves out" if recording.mesh_model == "ideal" else ""
    return f"{text}; no message waited for a link{reason}."


def _place(recording: Recording, link: Any) -> str:
    """The core that a link leaves and the one that it leads to, where cores run there."""
    name, down, right = _DIRECTIONS[Direction(int(link["direction"]))]
    by_place = {
        (int(core["row"]), int(core["column"])): f"core {core['number']}"
        for core in recording.cores
        if not core["host"]
    }
    row, column = int(link["row"]), int(link["column"])
    source = by_place.get((row, column), f"row {row}, column {column}")
    target = by_place.get((row + down, column + right))
    return f"{source} to the {name}{f', to {target},' if target else ''}"


def _hottest_line(recording: Recording) -> str:
    lines = recording.lines
    total = int(lines["cycles"].sum()) if len(lines) else 0
    if not total:
        return ""
    line = lines[numpy.argmax(lines["cycles"])]
    share = percent(int(line["cycles"]), total)
    where = f"{recording.files[line['file']]}:{line['line']}"
    return f"The hottest line is {where}, {share} of what was computed."


def _slowest_path(recording: Recording) -> str:
    path = recording.path
    if len(path) < 2:
        return ""
    spent = numpy.zeros(len(recording.cores), dtype=numpy.int64)
    numpy.add.at(spent, path["core"], path["end"] - path["start"])
    most = int(numpy.argmax(spent))
    cores = len(numpy.unique(path["core"]))
    part, whole = int(spent[most]), int(spent.sum())
    share = percent(part, whole)
    where = (
        f"{share} of it is on {core_name(recording, most)}"
        if part * SPREAD > whole
        else f"no core has more than {share} of it"
    )
    plural = "s" if cores > 1 else ""
    text = f"The slowest path takes {len(path):,} steps over {cores:,} core{plural}; {where}"
    what, ticks = contributors(recording)[0]
    return f"{text}, and {percent(ticks, path_span(recording))} led {what}."


def _memory(recording: Recording) -> str:
    cores = recording.cores[recording.cores["local_memory"] > 0]
    if not len(cores):
        return ""
    used = cores["code"] + cores["stack"] + cores["data"] + cores["peak"]
    fullest = int(numpy.argmax(used / cores["local_memory"]))
    place = int(numpy.flatnonzero(recording.cores["number"] == cores["number"][fullest])[0])
    size = int(cores["local_memory"][fullest])
    text = f"The fullest local memory is that of {core_name(recording, place)}: "
    text += f"{percent(int(used[fullest]), size)} of {size / 1024:,.0f} KiB"
    shared = int(recording.cores["shared_peak"].sum())
    return f"{text}; {bytes_text(shared)} went to shared memory." if shared else f"{text}."


_SENTENCES: tuple[Callable[[Recording], str], ...] = (
    _core_time,
    _slowest_core,
    _busiest_link,
    _hottest_line,
    _slowest_path,
    _memory,
)
