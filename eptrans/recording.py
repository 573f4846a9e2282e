"""What was recorded of a run: who did what when, who waited for whom, what went over which link.

The runtime's recorder fills it in, the trace, the report page, the table of times and `Result` read it.
Times are in ticks, half cycles, since a hop takes one and a half cycles. A core is named by its place in
`cores`, whose `number` is what the program calls it; a place in the source by its row of `sites`.
Rows of an array are in the order of their first column unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy
from numpy.typing import NDArray

TICKS_PER_CYCLE = 2


class Activity(IntEnum):
    """What a slice of a core's time was."""

    FUNCTION = 0
    TASK = 1
    WAIT_MESSAGE = 2
    """Waiting for another core: a message, a task, its result, a collective."""
    WAIT_LINK = 3
    """Waiting for a link of the mesh that another message held."""


class Direction(IntEnum):
    """The side on which a link leaves a place of the mesh."""

    EAST = 0
    WEST = 1
    SOUTH = 2
    NORTH = 3


SLICE = numpy.dtype([
    ("core", "<i4"),
    ("activity", "<i4"),
    ("start", "<i8"),
    ("end", "<i8"),
    ("name", "<i4"),  # index into `names`; -1: none
    ("site", "<i4"),  # where in the source it began; 0: not known
    ("peer", "<i4"),  # the core waited for or that gave the task; -1: none or several
    ("peer_site", "<i4"),  # what that core did which ended the wait; 0: not known
])  # fmt: skip
"""A stretch of one core's time; those of a core nest. Ordered by core, start, and outer before inner."""

MESSAGE = numpy.dtype([
    ("sender", "<i4"),
    ("receiver", "<i4"),
    ("posted", "<i8"),
    ("arrived", "<i8"),
    ("taken", "<i8"),
    ("bytes", "<i8"),
    ("send_site", "<i4"),
    ("receive_site", "<i4"),
])  # fmt: skip
"""One message, in the order in which they were taken."""

TRAFFIC = numpy.dtype([("sender", "<i4"), ("receiver", "<i4"), ("messages", "<i8"), ("bytes", "<i8")])
"""The message matrix, sparse: one row for each pair that talked."""

LINK = numpy.dtype([
    ("row", "<i4"),
    ("column", "<i4"),
    ("direction", "<i4"),
    ("messages", "<i8"),
    ("bytes", "<i8"),
    ("busy", "<i8"),  # ticks in which it carried something
    ("waited", "<i8"),  # ticks for which messages waited for it; 0 with the mesh model `ideal`
])  # fmt: skip
"""One directed link that carried something; it leaves the place (row, column) towards `direction`.

With `contention` all that took it counts, also the words back and the trees of sync and reduce; with `ideal`,
where nothing takes links, the messages of `traffic` along their routes.
"""

LINE = numpy.dtype([("file", "<i4"), ("line", "<i4"), ("cycles", "<i8"), ("executions", "<i8")])
"""One line of the source: cycles that all cores computed there, waiting left out."""

CORE = numpy.dtype([
    ("number", "<i4"),
    ("host", "?"),
    ("row", "<i4"),
    ("column", "<i4"),
    ("busy", "<i8"),
    ("waited_message", "<i8"),
    ("waited_link", "<i8"),
    ("idle", "<i8"),  # from its own end to that of the slowest core
    ("code", "<i8"),  # bytes in local memory from here on
    ("stack", "<i8"),
    ("data", "<i8"),
    ("peak", "<i8"),  # most bytes of arrays and strings at one time
    ("shared_peak", "<i8"),
    ("local_memory", "<i8"),  # its size
])  # fmt: skip
"""One core; ticks and bytes."""

STEP = numpy.dtype([
    ("core", "<i4"),
    ("start", "<i8"),
    ("end", "<i8"),
    ("site", "<i4"),  # what the core did at `end` that the next step waited for; 0: it ended
])  # fmt: skip
"""A stretch of the slowest path through the program, in the order of time: while one of its steps ran, the
cores of later steps waited for it."""


STEP_END = numpy.dtype([
    ("name", "<i4"),  # what the core did at the step's end, index into `names`; -1: it ended
    ("wait_name", "<i4"),  # what the next step's core waited in, index into `names`; -1: it ended
    ("wait_site", "<i4"),  # where; 0: it ended
])  # fmt: skip
"""How a step of the slowest path ended; in the order of the steps."""


@dataclass(frozen=True)
class Site:
    """A place in the source; lines and columns from 1, 0: not known."""

    file: int
    line: int
    column: int
    function: str


@dataclass(frozen=True, repr=False, eq=False)
class Recording:
    """All that was recorded. Arrays that a run was not asked for are empty."""

    chip: str
    """As in `epiphany3`; `like epiphany3` where the mesh is larger than one of those."""
    mesh_model: str
    """`ideal` or `contention`: every table and picture says which."""
    rows: int
    columns: int
    chip_rows: int
    """Rows and columns of one chip, where several are tiled."""
    chip_columns: int
    clock_hz: float
    end: int
    """The latest clock, ticks."""
    cores: NDArray[Any]
    slices: NDArray[Any]
    messages: NDArray[Any]
    traffic: NDArray[Any]
    links: NDArray[Any]
    lines: NDArray[Any]
    path: NDArray[Any]
    path_ends: NDArray[Any]
    names: tuple[str, ...]
    """Names of functions and tasks, and of waits as in `recv`."""
    sites: tuple[Site, ...]
    """[0] is no place."""
    files: tuple[str, ...]
    sources: tuple[str, ...]
    """The texts of `files`; empty where not known."""
    lost: int = 0
    """Events that were not kept, where a limit was reached."""
    path_is_whole: bool = True
    """Whether `path` goes back to the beginning: of a core's waits only the last are kept."""

    def __repr__(self) -> str:
        cycles = self.end / TICKS_PER_CYCLE
        return (
            f"<eptrans Recording of {len(self.cores):,} cores on {self.chip}: {cycles:,.1f} cycles, "
            f"{len(self.slices):,} slices, {len(self.messages):,} messages>"
        )
