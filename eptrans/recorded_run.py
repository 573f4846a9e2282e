"""From the notes that the runtime made of a run to a `Recording`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.epx import StoredSource
from eptrans.machine import MachineOptions, Outcome
from eptrans.record_options import RunNotes
from eptrans.recording import (
    CORE,
    LINE,
    LINK,
    MESSAGE,
    SLICE,
    TICKS_PER_CYCLE,
    TRAFFIC,
    Direction,
    Recording,
    Site,
)
from eptrans.slowest_path import WAIT, slowest_path

CHANNEL = numpy.dtype([
    ("sender", "<i8"),
    ("receiver", "<i8"),
    ("messages", "<i8"),
    ("bytes", "<i8"),
    ("units", "<i8"),  # of eight bytes, begun ones included
])  # fmt: skip
"""All messages from one core to another: `struct channel_row` of runtime/recorder_notes.pyx."""


def recording_of(
    outcome: Outcome, options: MachineOptions, sources: Sequence[StoredSource] = ()
) -> Recording:
    """What was recorded of a run. `options` are the run's, `sources` the program's.

    Raises ValueError: the run was not recorded.
    """
    notes = outcome.notes
    if notes is None:
        raise ValueError("the run was not recorded")
    ends = _ticks(outcome.cycles)
    path, path_ends, whole = slowest_path(
        [numpy.frombuffer(rows, WAIT) for rows in notes.waits], notes.waits_lost, ends.tolist()
    )
    channels = numpy.frombuffer(notes.channels, CHANNEL)
    texts = {source.path: source.text for source in sources}
    return Recording(
        chip=options.chip_name,
        mesh_model=options.mesh_model.value,
        rows=options.rows,
        columns=options.columns,
        chip_rows=options.chip_rows or options.rows,
        chip_columns=options.chip_columns or options.columns,
        clock_hz=options.chip.clock_hz,
        end=int(ends.max(initial=0)),
        cores=_cores(outcome, notes, options, ends),
        slices=_slices(notes),
        messages=_messages(notes),
        traffic=_traffic(channels),
        links=_links(channels, notes, options) if outcome.links is None else outcome.links,
        lines=_lines(notes),
        path=path,
        names=notes.names,
        sites=tuple(Site(*site) for site in notes.sites),
        files=notes.files,
        sources=tuple(texts.get(path, "") for path in notes.files),
        lost=notes.lost,
        path_ends=path_ends,
        path_is_whole=whole,
    )


def _ticks(cycles: Sequence[float]) -> NDArray[numpy.int64]:
    ticks: NDArray[numpy.int64] = numpy.rint(numpy.array(cycles) * TICKS_PER_CYCLE).astype(numpy.int64)
    return ticks


def _cores(
    outcome: Outcome, notes: RunNotes, options: MachineOptions, ends: NDArray[numpy.int64]
) -> NDArray[Any]:
    cores = numpy.zeros(len(outcome.core_ids), CORE)
    waited = _ticks(outcome.waited)
    waited_link = _ticks(outcome.waited_link)
    cores["number"], cores["host"] = outcome.core_ids, outcome.is_host
    cores["row"], cores["column"] = notes.rows, notes.columns
    cores["busy"] = ends - waited
    cores["waited_message"], cores["waited_link"] = waited - waited_link, waited_link
    cores["idle"] = ends.max(initial=0) - ends
    layout = outcome.layout
    assert layout is not None
    cores["code"], cores["data"], cores["stack"] = layout.code.local, layout.data.local, layout.stack.local
    cores["peak"], cores["shared_peak"] = outcome.local_peak, outcome.shared_peak
    cores["local_memory"] = options.local_memory
    return cores


def _slices(notes: RunNotes) -> NDArray[Any]:
    slices = numpy.frombuffer(notes.slices, SLICE)
    return slices[numpy.lexsort((slices["activity"], -slices["end"], slices["start"], slices["core"]))]


def _messages(notes: RunNotes) -> NDArray[Any]:
    """In an order that does not depend on the host."""
    messages = numpy.frombuffer(notes.messages, MESSAGE)
    order = (messages["posted"], messages["sender"], messages["receiver"], messages["taken"])
    return messages[numpy.lexsort(order)]


def _traffic(channels: NDArray[Any]) -> NDArray[Any]:
    traffic = numpy.zeros(len(channels), TRAFFIC)
    for field in ("sender", "receiver", "messages", "bytes"):
        traffic[field] = channels[field]
    return traffic[numpy.lexsort((traffic["receiver"], traffic["sender"]))]


def _lines(notes: RunNotes) -> NDArray[Any]:
    """One row a line: its cycles added up, and how often the block of it that ran most did."""
    ticks: Counter[tuple[int, int]] = Counter()
    executions: dict[tuple[int, int], int] = {}
    for file, line, took, runs in notes.lines:
        ticks[file, line] += took
        executions[file, line] = max(executions.get((file, line), 0), runs)
    rows = [
        (*place, ticks[place] // TICKS_PER_CYCLE, executions[place]) for place in sorted(ticks) if place[1]
    ]
    return numpy.array(rows, LINE)


# ---- links ----------------------------------------------------------------------------------------------


def _links(channels: NDArray[Any], notes: RunNotes, options: MachineOptions) -> NDArray[Any]:
    """What each link carried: messages go along the row first, then along the column.

    Host cores sit beyond the end of the first row; their own links are not the mesh's.
    """
    rows, columns = numpy.array(notes.rows), numpy.array(notes.columns)
    ways = (
        rows[channels["sender"]], columns[channels["sender"]],
        rows[channels["receiver"]], columns[channels["receiver"]],
    )  # fmt: skip
    shape = (options.rows, max(options.columns, int(columns.max(initial=0))) + 1)
    carried = {
        what: _carried(ways, channels[what], shape, options) for what in ("messages", "bytes", "units")
    }
    used = numpy.argwhere(carried["messages"])
    links = numpy.zeros(len(used), LINK)
    links["direction"], links["row"], links["column"] = used.T
    place = tuple(used.T)
    links["messages"], links["bytes"] = carried["messages"][place], carried["bytes"][place]
    links["busy"] = carried["units"][place] * notes.link_ticks
    return links[numpy.lexsort((links["direction"], links["column"], links["row"]))]


_Ways = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def _carried(
    ways: _Ways, amounts: NDArray[Any], shape: tuple[int, int], options: MachineOptions
) -> NDArray[numpy.int64]:
    """Sums by direction, row and column of the place that a link leaves.

    A way along a row adds to all links between its ends: once at the first, taken off again behind the
    last, and summed up along the row.
    """
    row, column, to_row, to_column = ways
    changes = numpy.zeros((4, shape[0] + 1, shape[1] + 1), numpy.int64)
    for direction, chosen, first, behind in (
        (Direction.EAST, to_column > column, (row, column), (row, to_column)),
        (Direction.WEST, to_column < column, (row, to_column + 1), (row, column + 1)),
        (Direction.SOUTH, to_row > row, (row, to_column), (to_row, to_column)),
        (Direction.NORTH, to_row < row, (to_row + 1, to_column), (row + 1, to_column)),
    ):
        for sign, place in ((1, first), (-1, behind)):
            where = tuple(axis[chosen] for axis in place)
            numpy.add.at(changes[direction], where, sign * amounts[chosen])
    for direction in Direction:
        axis = 1 if direction in (Direction.EAST, Direction.WEST) else 0
        numpy.cumsum(changes[direction], axis=axis, out=changes[direction])
    return changes[:, : options.rows, : options.columns]
