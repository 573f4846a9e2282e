"""Reads a trace and checks what viewers rely on: slices that nest, arrows that end in them, named tracks."""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Track = tuple[int, int]


def nanoseconds(microseconds: float) -> int:
    return round(microseconds * 1000)


@dataclass
class Trace:
    """The events of a trace, slices by track."""

    events: list[dict[str, Any]]
    about: dict[str, str]
    slices: dict[Track, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for event in self.of("X"):
            self.slices[event["pid"], event["tid"]].append(event)

    def of(self, phase: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["ph"] == phase]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["name"] == name]


def read_trace(path: Path) -> Trace:
    """A trace as JSON reads it: an incomplete file is an error."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = json.loads(data)
    return Trace(text["traceEvents"], text["otherData"])


def check_trace(trace: Trace) -> None:
    """Raises AssertionError for what a viewer could not show."""
    for events in trace.slices.values():
        check_nesting(events)
    check_flows(trace)
    named = {event["pid"] for event in trace.named("process_name")}
    tracks = {(event["pid"], event["tid"]) for event in trace.named("thread_name")}
    assert {event["pid"] for event in trace.of("C")} <= named
    assert set(trace.slices) <= tracks
    assert {process for process, _ in tracks} == named


def check_nesting(events: list[dict[str, Any]]) -> None:
    """Each slice lies inside or beside every other; of two that start together the outer one comes first."""
    open_ends: list[int] = []
    last_start = -1
    for event in sorted(events, key=lambda event: nanoseconds(event["ts"])):  # stable, as in viewers
        start = nanoseconds(event["ts"])
        end = start + nanoseconds(event["dur"])
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        assert not open_ends or end <= open_ends[-1], event
        open_ends.append(end)
        assert start >= last_start
        last_start = start


def check_flows(trace: Trace) -> None:
    """Each arrow begins and ends in a slice of a message, a wait or a task, and does not go back in time."""
    begins: dict[int, int] = {}
    for event in trace.of("s"):
        assert event["id"] not in begins
        begins[event["id"]] = nanoseconds(event["ts"])
    for event in trace.of("f"):
        assert event["bp"] == "e"
        assert begins.pop(event["id"]) <= nanoseconds(event["ts"])
    assert not begins
    inner = {
        track: sorted(
            (nanoseconds(one["ts"]), nanoseconds(one["ts"]) + nanoseconds(one["dur"]))
            for one in events
            if one["cat"] != "function"
        )
        for track, events in trace.slices.items()
    }
    for event in (*trace.of("s"), *trace.of("f")):
        assert lies_inside(nanoseconds(event["ts"]), inner[event["pid"], event["tid"]]), event


def lies_inside(time: int, spans: list[tuple[int, int]]) -> bool:
    """Whether some of the spans, which are sorted, holds the time."""
    place = bisect_right(spans, (time, 1 << 62))
    return any(start <= time <= end for start, end in reversed(spans[:place]))
