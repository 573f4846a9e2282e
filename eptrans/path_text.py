"""The slowest path as lines for a reader: repeated patterns joined, and where most of the time went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eptrans.diagnostics import printable
from eptrans.recording import TICKS_PER_CYCLE, Recording

LONGEST_PATTERN = 16
"""Steps of a pattern that is looked for."""

LINES_SHOWN = 24
CONTRIBUTORS_SHOWN = 5


@dataclass(frozen=True)
class Repeat:
    """Steps `start` to `start + length * times` of the path are `times` times the same pattern."""

    start: int
    length: int
    times: int


def path_lines(recording: Recording) -> list[str]:
    """What is told of the slowest path; nothing where no core ever waited for another."""
    steps = recording.path
    if len(steps) < 2 and recording.path_is_whole:
        return []
    count = f"{len(steps):,} step{'s' if len(steps) != 1 else ''}"
    lines = [f"slowest path through the program, {count}:"]
    if not recording.path_is_whole:
        lines.append("  (earlier steps are not kept)")
    shown = [line for repeat in _repeats(steps) for line in _repeat_lines(recording, repeat)]
    if len(shown) > LINES_SHOWN:
        half = LINES_SHOWN // 2
        shown[half:-half] = [f"  ... {len(shown) - 2 * half:,} more lines ..."]
    lines += shown
    if len(steps) > CONTRIBUTORS_SHOWN:
        lines += _contributors(recording)
    return lines


# ---- patterns -------------------------------------------------------------------------------------------


def _repeats(steps: Any) -> Iterator[Repeat]:
    """The path cut into patterns that repeat; what does not repeat is a pattern of one step."""
    keys = [tuple(step) for step in steps[["site", "name", "wait_site", "wait_name"]].tolist()]
    place = 0
    while place < len(keys):
        best = Repeat(place, 1, 1)
        for length in range(1, min(LONGEST_PATTERN, (len(keys) - place) // 2) + 1):
            times = _times(keys, place, length)
            if times > 1 and length * times > best.length * best.times:
                best = Repeat(place, length, times)
        yield best
        place += best.length * best.times


def _times(keys: list[tuple[int, ...]], place: int, length: int) -> int:
    """How often the pattern of so many steps stands there in a row."""
    end = place + length
    while end < len(keys) and keys[end] == keys[end - length]:
        end += 1
    return (end - place) // length


# ---- lines ----------------------------------------------------------------------------------------------


def _repeat_lines(recording: Recording, repeat: Repeat) -> Iterator[str]:
    steps = recording.path
    if repeat.times == 1:
        yield "  " + _step_text(recording, repeat.start)
        return
    end = repeat.start + repeat.length * repeat.times
    total = int((steps["end"][repeat.start : end] - steps["start"][repeat.start : end]).sum())
    yield f"  {repeat.times:,} times, {_cycles(total)} in all:"
    for offset in range(repeat.length):
        places = range(repeat.start + offset, end, repeat.length)
        yield "    " + _step_text(recording, *places)


def _step_text(recording: Recording, *places: int) -> str:
    """What happens in one step, or in several that are alike."""
    steps = recording.path
    step = steps[places[0]]
    ticks = sum(int(steps["end"][place] - steps["start"][place]) for place in places)
    took = f"took {_cycles(ticks)}" if len(places) == 1 else f"took {_cycles(ticks / len(places))} on average"
    who = _core_text(recording, {int(steps["core"][place]) for place in places})
    if step["name"] < 0:
        return f"{who} {took} to its end"
    did = f"{recording.names[step['name']]}{_place(recording, int(step['site']))}"
    following = {int(steps["core"][place + 1]) for place in places if place + 1 < len(steps)}
    waited = f"{recording.names[step['wait_name']]}{_place(recording, int(step['wait_site']))}"
    return f"{who} {took} to {did}, which {_core_text(recording, following)} waited for in {waited}"


def _core_text(recording: Recording, cores: set[int]) -> str:
    if len(cores) != 1:
        return "a core"
    row = recording.cores[cores.pop()]
    return f"{'host core' if row['host'] else 'core'} {row['number']}"


def _place(recording: Recording, site: int) -> str:
    place = recording.sites[site]
    return f" at {printable(recording.files[place.file])}:{place.line}" if place.line else ""


def _cycles(ticks: float) -> str:
    cycles = ticks / TICKS_PER_CYCLE
    return f"{cycles:,.0f} cycles" if cycles == int(cycles) else f"{cycles:,.1f} cycles"


def _contributors(recording: Recording) -> Iterator[str]:
    """The places that most of the path's time led to."""
    total: Counter[tuple[int, int]] = Counter()
    for step in recording.path:
        total[int(step["name"]), int(step["site"])] += int(step["end"] - step["start"])
    yield "  most of it:"
    for (name, site), ticks in total.most_common(CONTRIBUTORS_SHOWN):
        what = f"to {recording.names[name]}{_place(recording, site)}" if name >= 0 else "to the end"
        share = 100 * ticks / recording.end if recording.end else 0.0
        yield f"    {share:5.1f} %  {_cycles(ticks)} {what}"
