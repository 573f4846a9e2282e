"""A recording as the page's script reads it: facts as JSON, tables as packed columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.diagnostics import printable
from eptrans.page.columns import ColumnPacker
from eptrans.page.load import SCALE, load, task_times
from eptrans.page.summary import sentences, time_text
from eptrans.page.thinning import Limits, Thinned, blocks, longest
from eptrans.recording import TICKS_PER_CYCLE, Recording


@dataclass(frozen=True)
class PageData:
    """What a page is filled with."""

    title: str
    facts: dict[str, Any]
    columns: str
    """Base64."""


def page_data(recording: Recording, title: str | None = None, limits: Limits | None = None) -> PageData:
    """All that the page shows of a recording, thinned where it is beyond `limits`.

    `title` names the program; without one it is the first of the recording's files.
    """
    bounds = limits if limits is not None else Limits()
    name = printable(title or (recording.files[0] if recording.files else "a program"))
    packer = ColumnPacker()
    notes = _pack_times(packer, recording, bounds)
    traffic, side = blocks(recording.traffic, len(recording.cores), bounds.traffic)
    if side > 1:
        notes.append(f"message matrix: each of its cells is the sum over {side} x {side} pairs of cores")
    for kind, shares in load(recording).items():
        packer.add(f"load.{kind}", shares)
    packer.add_table("traffic", traffic)
    packer.add_table("cores", recording.cores)
    packer.add("cores.task", task_times(recording))
    packer.add_table("links", recording.links)
    packer.add_table("lines", recording.lines)
    if not recording.path_is_whole:
        notes.append("slowest path: its earlier steps were not kept")
    if recording.lost:
        notes.append(
            f"{recording.lost:,} events were not recorded, since the recorder's limit was reached; "
            "in the timeline their time counts as computing"
        )
    facts = _facts(recording) | {
        "program": name,
        "summary": [printable(text) for text in sentences(recording)],
        "notes": notes,
        "trafficBlock": side,
        "loadScale": SCALE,
        "columns": packer.directory,
    }
    return PageData(name, facts, packer.text())


def _pack_times(packer: ColumnPacker, recording: Recording, limits: Limits) -> list[str]:
    """Pack what lies in time; gives the sentences about what was left out."""
    slices, messages, path = recording.slices, recording.messages, recording.path
    thinned = (
        longest(slices, slices["end"] - slices["start"], limits.slices, "slices of the timeline"),
        longest(messages, messages["taken"] - messages["posted"], limits.messages, "arrows of messages"),
        longest(path, path["end"] - path["start"], limits.path, "slowest path"),
    )
    _pack_slices(packer, thinned[0].rows)
    _pack_messages(packer, thinned[1])
    _pack_path(packer, thinned[2], recording.path_ends)
    notes = [part.note for part in thinned if part.note]
    if thinned[0].note:
        notes[0] += "; the time of the others takes the colour of what is around it"
    return notes


def _pack_slices(packer: ColumnPacker, slices: NDArray[Any]) -> None:
    packer.add("slices.core", slices["core"], differences=True)
    packer.add("slices.activity", slices["activity"])
    packer.add("slices.start", slices["start"], differences=True)
    packer.add("slices.duration", slices["end"] - slices["start"])
    for column in ("name", "site", "peer", "peer_site"):
        packer.add(f"slices.{column}", slices[column])


def _pack_messages(packer: ColumnPacker, thinned: Thinned) -> None:
    """Messages in the order of their posting, as the page looks them up."""
    messages = thinned.rows[numpy.argsort(thinned.rows["posted"], kind="stable")]
    packer.add("messages.sender", messages["sender"])
    packer.add("messages.receiver", messages["receiver"])
    packer.add("messages.posted", messages["posted"], differences=True)
    packer.add("messages.flight", messages["arrived"] - messages["posted"])
    packer.add("messages.wait", messages["taken"] - messages["arrived"])
    for column in ("bytes", "send_site", "receive_site"):
        packer.add(f"messages.{column}", messages[column])


def _pack_path(packer: ColumnPacker, thinned: Thinned, ends: NDArray[Any]) -> None:
    steps = thinned.rows
    packer.add("path.number", thinned.places, differences=True)
    packer.add("path.start", steps["start"], differences=True)
    packer.add("path.duration", steps["end"] - steps["start"])
    packer.add("path.core", steps["core"])
    packer.add("path.site", steps["site"])
    packer.add_table("path", ends[thinned.places])


def _facts(recording: Recording) -> dict[str, Any]:
    cycles = recording.end / TICKS_PER_CYCLE
    traffic, cores = recording.traffic, recording.cores
    return {
        "chip": printable(recording.chip),
        "meshModel": recording.mesh_model,
        "rows": recording.rows,
        "columnCount": recording.columns,
        "chipRows": recording.chip_rows,
        "chipColumns": recording.chip_columns,
        "clockHz": recording.clock_hz,
        "ticksPerCycle": TICKS_PER_CYCLE,
        "end": recording.end,
        "time": time_text(cycles / recording.clock_hz),
        "deviceCores": int((~cores["host"]).sum()),
        "hostCores": int(cores["host"].sum()),
        "messages": int(traffic["messages"].sum()),
        "bytes": int(traffic["bytes"].sum()),
        "sliceCount": len(recording.slices),
        "names": [_shown(name) for name in recording.names],
        "sites": [[site.file, site.line, site.column, _shown(site.function)] for site in recording.sites],
        "files": [printable(file) for file in recording.files],
        "sources": list(recording.sources),
    }


def _shown(name: str) -> str:
    """What a function or a wait is called on the page, often with room for its first letters only."""
    return "top level" if name == "<module>" else printable(name)
