"""What is to be noted of a run, and the notes as the runtime gives them, before they become a `Recording`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DEFAULT_EVENT_LIMIT = 1_000_000
"""Slices, and messages, that a recording holds by default: 40 and 48 bytes each."""

LARGEST_EVENT_LIMIT = 2**31 - 1

NO_WINDOW = (0, 2**63 - 1)


@dataclass(frozen=True)
class TraceTarget:
    """Where the text of a trace goes, and how times and cores become its own."""

    fd: int
    """The head of the file is written already; events are put behind it."""
    clock_hz: float
    process: Callable[[int, bool], int]
    """The process of a core, from its number and whether it is a host core: 0 to `process_count` - 1."""
    process_count: int
    window: tuple[int, int] = NO_WINDOW
    """Ticks from (included) and to (left out)."""
    warn_at: int = -1
    """Bytes of text from which on `warning` is written to standard error, once; below 0: it is not."""
    warning: bytes = b""


@dataclass(frozen=True)
class RecordOptions:
    """What to note of a run. Waits, traffic and the cores' times always are."""

    events: bool = False
    """Slices and messages, as arrays."""
    event_limit: int = DEFAULT_EVENT_LIMIT
    """How many slices, and how many messages, are kept; further ones are counted as lost."""
    lines: bool = False
    """Functions as slices, and the cycles of each line: the program is compiled once more for it."""
    trace: TraceTarget | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a limit that no recording can have."""
        if not 0 <= self.event_limit <= LARGEST_EVENT_LIMIT:
            raise ValueError(f"a limit of {self.event_limit} events: give 0 to {LARGEST_EVENT_LIMIT}")


@dataclass(frozen=True)
class ProgressTerminal:
    """A terminal that shows how far a run is."""

    fd: int
    columns: int


@dataclass(frozen=True)
class RunNotes:
    """Rows as bytes, in the layouts that `eptrans.recording` and `eptrans.recorded_run` name."""

    slices: bytes
    messages: bytes
    channels: bytes
    waits: tuple[bytes, ...]
    """Of each core: the last of its waits that another core ended, in the order of time."""
    waits_lost: tuple[bool, ...]
    """Whether a core had more such waits."""
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    """Where each core is on the mesh."""
    link_ticks: int
    """For which a link carries eight bytes."""
    names: tuple[str, ...]
    sites: tuple[tuple[int, int, int, str], ...]
    """File, line, column, function."""
    files: tuple[str, ...]
    lines: list[tuple[int, int, int, int]]
    """File, line, ticks, executions; a line may have several rows."""
    lost: int
    trace_error: int
    """errno of the write to the trace that failed, 0 if none did."""
    trace_lost: int
    """Events that did not reach the file of the trace."""
    trace_bytes: int
