"""The file of `--trace`: a run in the trace format of Chrome, which Perfetto and other viewers read.

The runtime writes the events (runtime/trace_text.pyx) to a file descriptor while the program runs; here
the file is opened before, closed after, and compressed meanwhile where its name ends in `.gz`. Each chip is
a process and each core a track; times are microseconds of the device. The file is made by lines, one event
each, so that one that was cut off can be closed behind its last whole event.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from gzip import GzipFile
from io import BufferedWriter
from typing import Any

from eptrans.core_spec import OptionError
from eptrans.diagnostics import EptransError
from eptrans.files import reason
from eptrans.machine import MachineOptions
from eptrans.record_options import NO_WINDOW, RunNotes, TraceTarget
from eptrans.recording import TICKS_PER_CYCLE

LARGEST_FOR_VIEWERS = 500_000_000
"""Bytes of JSON above which viewers are known to fail."""

_END = b"\n]}\n"
_TAIL_BYTES = 1 << 16  # more than the longest event
_PIPE_BYTES = 1 << 20
_COMPRESSION = 1  # events are so alike that higher levels gain a fifth and take twice as long


class TraceError(EptransError):
    """The file of a trace cannot be written."""


# ---- the window ---------------------------------------------------------------------------------------

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|ms|s)?")
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def parse_window(text: str | None, clock_hz: float) -> tuple[int, int]:
    """`FROM:TO` in device time, as ticks from (included) and to (left out); no text: everything.

    A number alone is cycles; with ns, us, ms or s it is time at the device's clock. Either side may be
    empty. Raises OptionError.
    """
    if text is None:
        return NO_WINDOW
    start, colon, end = (part.strip() for part in text.partition(":"))
    if not colon:
        raise OptionError(f"'{text}' is not a window: write FROM:TO, as in 1000:2000 or 1us:2.5us")
    window = (
        _time(start, clock_hz) if start else NO_WINDOW[0],
        _time(end, clock_hz) if end else NO_WINDOW[1],
    )
    if window[0] >= window[1]:
        raise OptionError(f"the window {text} is empty: FROM must be before TO")
    return window


def _time(text: str, clock_hz: float) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise OptionError(f"'{text}' is not a time: write cycles, or a number with ns, us, ms or s")
    cycles = float(match[1]) * (_UNITS[match[2]] * clock_hz if match[2] else 1)
    return min(round(cycles * TICKS_PER_CYCLE), NO_WINDOW[1])


# ---- chips and cores ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Processes:
    """Which process of the trace each core is in: a chip, or the host behind all chips."""

    columns: int
    chip_rows: int
    chip_columns: int
    chips_across: int
    chips: int

    def __call__(self, number: int, is_host: bool) -> int:
        if is_host:
            return self.chips
        row, column = divmod(number, self.columns)
        return row // self.chip_rows * self.chips_across + column // self.chip_columns


def _processes(options: MachineOptions) -> _Processes:
    chip_rows, chip_columns = options.chip_rows or options.rows, options.chip_columns or options.columns
    across, down = -(-options.columns // chip_columns), -(-options.rows // chip_rows)
    return _Processes(options.columns, chip_rows, chip_columns, across, across * down)


def _head(options: MachineOptions, processes: _Processes, program: str) -> bytes:
    """The file up to the first event of the run: who made it, and the names of processes and tracks."""
    about = {
        "program": program,
        "chip": options.chip_name,
        "mesh": f"{options.rows}x{options.columns}",
        "mesh model": options.mesh_model.value,
        "clock": f"{options.chip.clock_hz / 1e6:g} MHz",
        "times": "microseconds of the device, cut to nanoseconds; cycles and waited are exact",
    }
    events = ",\n".join(json.dumps(event, separators=(",", ":")) for event in _names(options, processes))
    text = f'{{"displayTimeUnit":"ns",\n"otherData":{json.dumps(about)},\n"traceEvents":[\n{events}'
    return text.encode("utf-8", "surrogateescape")


def _names(options: MachineOptions, processes: _Processes) -> Iterable[dict[str, Any]]:
    first_host = max(options.cores, default=-1) + 1
    cores = [(number, False) for number in sorted(options.cores)]
    cores += [(number, True) for number in range(first_host, first_host + options.host_cores)]
    for process in sorted({processes(*core) for core in cores}):
        name = "host" if process == processes.chips else f"chip {process} ({options.chip_name})"
        yield _metadata("process_name", process, 0, name=name)
        yield _metadata("process_sort_index", process, 0, sort_index=process)
    for number, is_host in cores:
        row, column = divmod(number, options.columns)
        name = f"host core {number}" if is_host else f"core {number} at {row},{column}"
        yield _metadata("thread_name", processes(number, is_host), number, name=name)
        yield _metadata("thread_sort_index", processes(number, is_host), number, sort_index=number)


def _metadata(kind: str, process: int, track: int, **values: object) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": process, "tid": track, "args": values}


# ---- the file -----------------------------------------------------------------------------------------


class _Compressor:
    """A thread that compresses what comes through a pipe.

    After an error it goes on reading, so that nobody waits for it, and keeps the error.
    """

    def __init__(self, file: BufferedWriter, name: str) -> None:
        self.reader, self.writer = os.pipe()
        self.error: OSError | None = None
        _widen(self.writer)
        self._file, self._name = file, name
        self._thread = threading.Thread(target=self._run, name="eptrans-trace", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            # No time of its own: the same events give the same bytes.
            with GzipFile(os.path.basename(self._name)[:-3], "wb", _COMPRESSION, self._file, 0) as packed:
                while data := os.read(self.reader, _PIPE_BYTES):
                    packed.write(data)
            self._file.flush()
        except OSError as error:
            self.error = error
            while os.read(self.reader, _PIPE_BYTES):
                pass

    def close(self) -> None:
        """Wait until all is written."""
        os.close(self.writer)
        self._thread.join()
        os.close(self.reader)


def _widen(pipe: int) -> None:
    """Room for more than the 64 KiB of a new pipe, where the system can."""
    try:
        from fcntl import F_SETPIPE_SZ, fcntl  # Linux
    except ImportError:
        return
    with suppress(OSError):
        fcntl(pipe, F_SETPIPE_SZ, _PIPE_BYTES)


class TraceFile:
    """The file of a trace from before the run until after it.

    Raises TraceError if it cannot be opened or its head not be written.
    """

    def __init__(
        self,
        path: str,
        options: MachineOptions,
        window: tuple[int, int] = NO_WINDOW,
        sources: Sequence[str] = (),
    ) -> None:
        self.path = path
        self._check_not_a_source(sources)
        processes = _processes(options)
        head = _head(options, processes, sources[0] if sources else "")
        try:
            self._file = open(path, "w+b" if _is_plain(path) else "wb", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise TraceError(f"cannot write the trace {path}: {reason(error)}") from None
        self._compressor = (
            _Compressor(self._file, path) if path.endswith(".gz") else None  # type: ignore[arg-type]
        )
        self._fd = self._compressor.writer if self._compressor else self._file.fileno()
        try:
            _write(self._fd, head)
        except OSError as error:
            self._close()
            raise TraceError(f"cannot write the trace {path}: {reason(error)}") from None
        self._head_bytes = len(head)
        self.target = TraceTarget(
            self._fd,
            options.chip.clock_hz,
            processes,
            processes.chips + 1,
            window,
            LARGEST_FOR_VIEWERS,
            _warning(path),
        )

    def _check_not_a_source(self, sources: Sequence[str]) -> None:
        for source in sources:
            if os.path.exists(self.path) and os.path.exists(source) and os.path.samefile(self.path, source):
                raise TraceError(f"cannot write the trace {self.path}: it is a source of the program")

    def finish(self, notes: RunNotes | None) -> str | None:
        """Close the file after the run, as valid JSON if it can be, and say what the user has to be told.

        `notes` is what the run gave, None if it gave nothing.
        """
        error = notes.trace_error if notes is not None else 0
        lost = notes.trace_lost if notes is not None else 0
        try:
            if not error:
                _write(self._fd, _END)
        except OSError as problem:
            error, lost = problem.errno or 0, 1
        if error:
            with suppress(OSError):
                self._cut_off()
                _write(self._fd, _END)
        closing = self._close()
        if closing is not None:
            return f"the trace {self.path} is cut short: {reason(closing)}"
        if error:
            why = reason(OSError(error, os.strerror(error)))
            events = "1 event is" if lost == 1 else f"{lost:,} events are"
            return f"the trace {self.path} is not whole: {why}; {events} lost"
        size = self._head_bytes + (notes.trace_bytes if notes is not None else 0)
        if size > LARGEST_FOR_VIEWERS:
            return (
                f"the trace {self.path} is {size / 1e6:,.0f} MB of JSON, and viewers are known to fail above "
                f"{LARGEST_FOR_VIEWERS / 1e6:,.0f} MB: choose a part of the run with --trace-window FROM:TO"
            )
        return None

    def _cut_off(self) -> None:
        """Leave out what stands of an event at the end of a full file: that makes room for the end."""
        if self._compressor is not None or not self._file.seekable():
            return
        size = self._file.seek(0, os.SEEK_END)
        start = max(0, size - _TAIL_BYTES)
        self._file.seek(start)
        tail = self._file.read(_TAIL_BYTES)
        cut = tail.rfind(b",\n{")
        if cut >= 0:
            self._file.truncate(start + cut)
        self._file.seek(0, os.SEEK_END)

    def _close(self) -> OSError | None:
        """The error that the last writing or the compression ended with."""
        found: OSError | None = None
        if self._compressor is not None:
            self._compressor.close()
            found = self._compressor.error
        try:
            self._file.close()
        except OSError as error:
            found = found or error
        return found


def _warning(path: str) -> bytes:
    """What a user has to know while a trace gets too long, when there is still time to do something."""
    text = (
        f"warning: the trace {path} has grown past {LARGEST_FOR_VIEWERS / 1e6:,.0f} MB of JSON, above which "
        "viewers are known to fail, and goes on growing: Ctrl-C ends the run with a whole trace of it so "
        "far, and --trace-window FROM:TO keeps a part of the next one\n"
    )
    return text.encode("utf-8", "surrogateescape")


def _is_plain(path: str) -> bool:
    """Whether a path is (or will be) a file that can be read back."""
    return not os.path.exists(path) or os.path.isfile(path)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
