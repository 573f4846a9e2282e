"""The slowest path through a run: from the core that ended last, back over whom it waited for.

Each core's last waits that another core ended are known. A core's time before such a wait did not matter:
it would have waited anyhow; so the path goes over to the core that ended the wait, at the time at which
it did what was waited for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.recording import STEP, STEP_END

WAIT = numpy.dtype([
    ("start", "<i8"),
    ("end", "<i8"),
    ("site", "<u4"),
    ("name", "<i4"),
    ("by_core", "<i4"),
    ("by_name", "<i4"),
    ("by_site", "<u4"),
    ("", "<u4"),
    ("by_time", "<i8"),
])  # fmt: skip
"""A wait that another core ended, ticks: `struct binding_wait` of runtime/recorder.pxd."""

_FOLLOWED = ["site", "name", "by_core", "by_name", "by_site", "by_time"]


def slowest_path(
    waits: Sequence[NDArray[Any]], waits_lost: Sequence[bool], ends: Sequence[int]
) -> tuple[NDArray[Any], NDArray[Any], bool]:
    """The steps in the order of time, how each ended, and whether they go back to the beginning.

    `waits` has each core's waits in the order of time, `waits_lost` whether there were earlier ones,
    `ends` each core's last clock, in ticks.
    """
    # As plain lists, since they are looked at one by one.
    kept: dict[int, tuple[list[int], list[tuple[int, ...]]]] = {}
    # How many of a core's waits are still to be looked at: none comes twice, even where nothing takes time.
    left: dict[int, int] = {}
    steps: list[tuple[int, ...]] = []
    step_ends: list[tuple[int, ...]] = []
    core = max(range(len(ends)), key=lambda index: ends[index])
    end, done_at, how = ends[core], 0, (-1, -1, 0)
    while True:
        if core not in kept:
            kept[core] = waits[core]["end"].tolist(), waits[core][_FOLLOWED].tolist()
        wait_ends, followed = kept[core]
        place = bisect_right(wait_ends, end, hi=left.get(core, len(wait_ends))) - 1
        if place < 0:
            break
        left[core] = place
        site, name, by_core, by_name, by_site, by_time = followed[place]
        steps.append((core, wait_ends[place], end, done_at))
        step_ends.append(how)
        core, end, done_at, how = by_core, by_time, by_site, (by_name, name, site)
    whole = not waits_lost[core]
    if whole:
        steps.append((core, 0, end, done_at))
        step_ends.append(how)
    return numpy.array(steps[::-1], dtype=STEP), numpy.array(step_ends[::-1], dtype=STEP_END), whole
