"""The slowest path as lines for a reader: repeated patterns joined, and where most of the time went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from eptrans.diagnostics import printable
from eptrans.recording import TICKS_PER_CYCLE, Recording

LONGEST_PATTERN = 16
"""Runs of a pattern that is looked for."""

LINES_SHOWN = 24
CONTRIBUTORS_SHOWN = 5

_Key = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Run:
    """Steps in a row that are alike but for their cores: `count` from `start` on."""

    start: int
    count: int
    key: _Key

    @property
    def steps(self) -> range:
        return range(self.start, self.start + self.count)


@dataclass(frozen=True)
class Repeat:
    """So many runs, from the one numbered `first` on, come so many times in a row."""

    first: int
    length: int
    times: int


def path_lines(recording: Recording) -> list[str]:
    """What is told of the slowest path; nothing for a single core."""
    steps = recording.path
    if len(recording.cores) < 2:
        return []
    count = f"{len(steps):,} step{'s' if len(steps) != 1 else ''}"
    lines = [f"slowest path through the program, {count}:"]
    if not recording.path_is_whole:
        lines.append("  (earlier steps are not kept)")
    runs = _runs(recording)
    shown = [line for repeat in _repeats(runs) for line in _repeat_lines(recording, runs, repeat)]
    if len(shown) > LINES_SHOWN:
        half = LINES_SHOWN // 2
        shown[half:-half] = [f"  ... {len(shown) - 2 * half:,} more lines ..."]
    lines += shown
    if len(steps) > CONTRIBUTORS_SHOWN:
        lines += _contributor_lines(recording)
    return lines


# ---- patterns -------------------------------------------------------------------------------------------


def _runs(recording: Recording) -> list[Run]:
    """The path cut into runs of steps that are alike."""
    keys = zip(recording.path["site"].tolist(), recording.path_ends.tolist(), strict=True)
    runs, start = [], 0
    for key, alike in groupby(keys):
        count = len(list(alike))
        runs.append(Run(start, count, key))
        start += count
    return runs


def _repeats(runs: Sequence[Run]) -> Iterator[Repeat]:
    """The runs cut into patterns that repeat; what does not repeat is a pattern of one run."""
    keys = [(run.key, run.count) for run in runs]
    place = 0
    while place < len(keys):
        best = Repeat(place, 1, 1)
        for length in range(1, min(LONGEST_PATTERN, (len(keys) - place) // 2) + 1):
            times = _times(keys, place, length)
            if times > 1 and length * times > best.length * best.times:
                best = Repeat(place, length, times)
        yield best
        place += best.length * best.times


def _times(keys: Sequence[object], place: int, length: int) -> int:
    """How often the pattern of so many runs stands there in a row."""
    end = place + length
    while end < len(keys) and keys[end] == keys[end - length]:
        end += 1
    return (end - place) // length


# ---- lines ----------------------------------------------------------------------------------------------


def _repeat_lines(recording: Recording, runs: Sequence[Run], repeat: Repeat) -> Iterator[str]:
    if repeat.times == 1:
        yield "  " + _step_text(recording, [runs[repeat.first]])
        return
    chosen = runs[repeat.first : repeat.first + repeat.length * repeat.times]
    durations = recording.path["end"] - recording.path["start"]
    total = int(durations[chosen[0].start : chosen[-1].start + chosen[-1].count].sum())
    yield f"  {repeat.times:,} times, {_cycles(total)} in all:"
    for offset in range(repeat.length):
        yield "    " + _step_text(recording, chosen[offset :: repeat.length])


def _step_text(recording: Recording, runs: Sequence[Run]) -> str:
    """What happens in the steps of runs that are alike."""
    steps = recording.path
    places = [place for run in runs for place in run.steps]
    step, end = steps[places[0]], recording.path_ends[places[0]]
    ticks = sum(int(steps["end"][place] - steps["start"][place]) for place in places)
    took = f"took {_cycles(ticks)}" if len(places) == 1 else f"took {_cycles(ticks / len(places))} on average"
    who = _core_text(recording, {int(steps["core"][place]) for place in places})
    if runs[0].count > 1:
        who = f"{runs[0].count:,} in a row: {who}"
    if end["name"] < 0:
        return f"{who} {took} to its end"
    did = f"{recording.names[end['name']]}{_place(recording, int(step['site']))}"
    following = {int(steps["core"][place + 1]) for place in places if place + 1 < len(steps)}
    waited = f"{recording.names[end['wait_name']]}{_place(recording, int(end['wait_site']))}"
    waiter = _core_text(recording, following, "the next")
    return f"{who} {took} to {did}, which {waiter} waited for in {waited}"


def _core_text(recording: Recording, cores: set[int], several: str = "a core") -> str:
    if len(cores) != 1:
        return several
    row = recording.cores[cores.pop()]
    return f"{'host core' if row['host'] else 'core'} {row['number']}"


def _place(recording: Recording, site: int) -> str:
    place = recording.sites[site]
    return f" at {printable(recording.files[place.file])}:{place.line}" if place.line else ""


def _cycles(ticks: float) -> str:
    cycles = ticks / TICKS_PER_CYCLE
    return f"{cycles:,.0f} cycles" if cycles == int(cycles) else f"{cycles:,.1f} cycles"


def contributors(recording: Recording) -> list[tuple[str, int]]:
    """What the path's time led to, as in `to send at prog.py:7`, with its ticks; the most first."""
    steps = recording.path
    total: Counter[tuple[int, int]] = Counter()
    ticks = (steps["end"] - steps["start"]).tolist()
    for name, site, took in zip(
        recording.path_ends["name"].tolist(), steps["site"].tolist(), ticks, strict=True
    ):
        total[name, site] += took
    return [
        (f"to {recording.names[name]}{_place(recording, site)}" if name >= 0 else "to the end", took)
        for (name, site), took in total.most_common()
    ]


def path_span(recording: Recording) -> int:
    """Ticks from the start of the first step that is kept to the end of the run."""
    return recording.end - int(recording.path["start"][0])


def _contributor_lines(recording: Recording) -> Iterator[str]:
    """Where most of the path's time went; shares are of the time that the kept steps span."""
    steps = recording.path
    span = path_span(recording)
    under_way = int((steps["start"][1:] - steps["end"][:-1]).sum())
    yield "  most of it:"
    for what, took in (
        *contributors(recording)[:CONTRIBUTORS_SHOWN], ("between cores: messages under way", under_way)
    ):  # fmt: skip
        yield f"    {100 * took / span if span else 0.0:5.1f} %  {_cycles(took)} {what}"
