"""The slowest path through a run: from the core that ended last, back over whom it waited for.

Each core's last waits that another core ended are known. A core's time before such a wait did not matter:
it would have waited anyhow; so the path goes over to the core that ended the wait, at the time at which
it did what was waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.recording import STEP

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

LONGEST = 1_000_000
"""Steps after which the search ends."""


def slowest_path(
    waits: Sequence[NDArray[Any]], waits_lost: Sequence[bool], ends: Sequence[int]
) -> tuple[NDArray[Any], bool]:
    """The steps in the order of time, and whether they go back to the beginning.

    `waits` has each core's waits in the order of time, `waits_lost` whether there were earlier ones,
    `ends` each core's last clock, in ticks.
    """
    steps: list[tuple[int, ...]] = []
    core = max(range(len(ends)), key=lambda index: ends[index])
    end, did, whole = ends[core], (0, -1, 0, -1), True
    while len(steps) < LONGEST:
        own = waits[core]
        place = int(numpy.searchsorted(own["end"], end, side="right")) - 1
        if place < 0:
            whole = not waits_lost[core]
            if whole:
                steps.append((core, 0, end, *did))
            break
        wait = own[place]
        steps.append((core, int(wait["end"]), end, *did))
        did = (int(wait["by_site"]), int(wait["by_name"]), int(wait["site"]), int(wait["name"]))
        core, end = int(wait["by_core"]), int(wait["by_time"])
    else:
        whole = False
    return numpy.array(steps[::-1], dtype=STEP), whole
