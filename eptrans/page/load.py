"""How much of the cores' time went to what: over the run, for the strip above the timeline, and of each core.

Computing within tasks of the farm is told apart, so that a farm's work can be seen beside its master's. All
is computed from the whole recording, so that it is right even where slices are left out of a page.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.recording import Activity, Recording

BINS = 400
SCALE = 10_000
"""Shares are whole numbers of this."""

KINDS = ("task", "message", "link", "idle")


def load(recording: Recording, bins: int = BINS) -> dict[str, NDArray[numpy.int64]]:
    """For each of KINDS and each of `bins` equal parts of the run: its share of all cores' time.

    What remains of SCALE was computing outside tasks.
    """
    slices, idle = recording.slices, recording.cores["idle"]
    message = slices[slices["activity"] == Activity.WAIT_MESSAGE]
    link = slices["activity"] == Activity.WAIT_LINK
    both = slices[link & _inside(slices, Activity.WAIT_MESSAGE)]
    tasks, waits = _tasks_and_their_waits(slices)
    edges = numpy.linspace(0, recording.end, bins + 1)
    spent = {
        "task": _spent(tasks, edges) - _spent(waits, edges),
        "message": _spent(message, edges) - _spent(both, edges),
        "link": _spent(slices[link], edges),
        "idle": numpy.diff(_passed(recording.end - idle, edges)),
    }
    whole = recording.end / bins * len(idle) or 1.0
    return {kind: numpy.rint(SCALE * spent[kind] / whole).astype(numpy.int64) for kind in KINDS}


def task_times(recording: Recording) -> NDArray[numpy.int64]:
    """For each core the ticks that it computed within tasks."""
    found = numpy.zeros(len(recording.cores), numpy.int64)
    tasks, waits = _tasks_and_their_waits(recording.slices)
    numpy.add.at(found, tasks["core"], tasks["end"] - tasks["start"])
    numpy.subtract.at(found, waits["core"], waits["end"] - waits["start"])
    return found


def _tasks_and_their_waits(slices: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The tasks, and the waits within them; a wait for links within one for a message is part of that."""
    activity = slices["activity"]
    waits = (activity == Activity.WAIT_MESSAGE) | (
        (activity == Activity.WAIT_LINK) & ~_inside(slices, Activity.WAIT_MESSAGE)
    )
    return slices[activity == Activity.TASK], slices[waits & _inside(slices, Activity.TASK)]


def _spent(slices: NDArray[Any], edges: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Ticks of the slices between each two edges."""
    return numpy.diff(_passed(slices["start"], edges) - _passed(slices["end"], edges))


def _passed(times: NDArray[Any], edges: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """For each edge the sum of how long ago each of the times was that came before it."""
    ordered = numpy.sort(times)
    sums = numpy.concatenate(([0], numpy.cumsum(ordered, dtype=numpy.int64)))
    before = numpy.searchsorted(ordered, edges)
    passed: NDArray[numpy.float64] = edges * before - sums[before]
    return passed


def _inside(slices: NDArray[Any], activity: Activity) -> NDArray[numpy.bool_]:
    """Which slices lie in one of an activity, on their core: the last of it begun before has not ended."""
    last = numpy.maximum.accumulate(
        numpy.where(slices["activity"] == activity, numpy.arange(len(slices)), -1)
    )
    inside: NDArray[numpy.bool_] = (
        (last >= 0) & (slices["core"][last] == slices["core"]) & (slices["end"][last] >= slices["end"])
    )
    return inside
