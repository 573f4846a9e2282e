"""How much of the cores' time went to what, over the run: the strip above the timeline.

It is computed from the whole recording, so that it is right even where slices are left out of a page.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.recording import Activity, Recording

BINS = 400
SCALE = 10_000
"""Shares are whole numbers of this."""

KINDS = ("message", "link", "idle")


def load(recording: Recording, bins: int = BINS) -> dict[str, NDArray[numpy.int64]]:
    """For each of KINDS and each of `bins` equal parts of the run: its share of all cores' time.

    What remains of SCALE was computing.
    """
    slices, idle = recording.slices, recording.cores["idle"]
    message = slices[slices["activity"] == Activity.WAIT_MESSAGE]
    link = slices[slices["activity"] == Activity.WAIT_LINK]
    inside = link[_inside_messages(slices)[slices["activity"] == Activity.WAIT_LINK]]
    edges = numpy.linspace(0, recording.end, bins + 1)
    spent = {
        "message": _spent(message["start"], message["end"], edges)
        - _spent(inside["start"], inside["end"], edges),
        "link": _spent(link["start"], link["end"], edges),
        "idle": _spent(recording.end - idle, numpy.full(len(idle), recording.end), edges),
    }
    whole = recording.end / bins * len(idle) or 1.0
    return {kind: numpy.rint(SCALE * spent[kind] / whole).astype(numpy.int64) for kind in KINDS}


def _spent(starts: NDArray[Any], ends: NDArray[Any], edges: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Ticks between each two edges, summed over all stretches from a start to its end."""
    return numpy.diff(_passed(starts, edges) - _passed(ends, edges))


def _passed(times: NDArray[Any], edges: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """For each edge the sum of how long ago each of the times was that came before it."""
    ordered = numpy.sort(times)
    sums = numpy.concatenate(([0], numpy.cumsum(ordered, dtype=numpy.int64)))
    before = numpy.searchsorted(ordered, edges)
    passed: NDArray[numpy.float64] = edges * before - sums[before]
    return passed


def _inside_messages(slices: NDArray[Any]) -> NDArray[numpy.bool_]:
    """Which slices lie in a wait for a message of their core: the last one begun before has not ended."""
    is_message = slices["activity"] == Activity.WAIT_MESSAGE
    last = numpy.maximum.accumulate(numpy.where(is_message, numpy.arange(len(slices)), -1))
    inside: NDArray[numpy.bool_] = (
        (last >= 0) & (slices["core"][last] == slices["core"]) & (slices["end"][last] >= slices["end"])
    )
    return inside
