"""What a user is told about a run that did not reach its end: faults, deadlocks, interrupts.

`explain` is the way in. Cores that wait in the same way for the same reason share a line, so that the
table of a deadlock can be read for thousands of cores.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise

from eptrans.diagnostics import excerpt, printable
from eptrans.machine import FaultReport, FrameReport, Outcome, Status, WaitReport

SourceLine = Callable[[str, int], "str | None"]
"""Gives a line (from 1) of a file of the program, or None where it is not known."""

CALLS_SHOWN = 12
"""Calls of a traceback that are shown before and after the middle is left out."""

LIKE_WAITS_SHOWN = 8
"""Lines that differ only in the core waited for; more of them are put into one."""

_PEER = re.compile(r"(?<=\bcore )\d+|(?<=\()\d+(?=\))")


def explain(outcome: Outcome, source_line: SourceLine | None = None) -> str:
    """All that standard error tells of the outcome; nothing for a run that finished.

    With `source_line`, the line of a fault is shown with a caret.
    """
    if outcome.status is Status.FAULT and outcome.fault is not None:
        return render_fault(outcome.fault, source_line)
    if outcome.status is Status.DEADLOCK:
        return "\n".join(["deadlock: no core can go on", *render_waits(outcome.waits)])
    if outcome.status is Status.INTERRUPTED:
        return "\n".join(["interrupted", *render_waits(outcome.waits)])
    return ""


# ---- faults ---------------------------------------------------------------------------------------------


def render_fault(fault: FaultReport, source_line: SourceLine | None = None) -> str:
    """The message with its place and source line, the task it happened in, the calls that led there."""
    place = _place(fault.frames[0]) if fault.frames else ""
    lines = [
        f"{place}{': ' if place else ''}error on {_core(fault.core, fault.is_host)}: "
        f"{printable(fault.message)}"
    ]
    if fault.frames and source_line is not None:
        lines += _excerpt(fault.frames[0], source_line)
    lines += _calls(fault.frames)
    lines += [f"  {printable(note)}" for note in fault.notes]
    return "\n".join(lines)


def _place(frame: FrameReport) -> str:
    """`file:line:column` as far as it is known."""
    if not frame.line:
        return ""
    return f"{printable(frame.file)}:{frame.line}" + (f":{frame.column}" if frame.column else "")


def _excerpt(frame: FrameReport, source_line: SourceLine) -> list[str]:
    line = source_line(frame.file, frame.line) if frame.line else None
    if line is None:
        return []
    shown = excerpt(line, frame.column)
    return shown if frame.column else shown[:1]


def _calls(frames: Sequence[FrameReport]) -> list[str]:
    """One line a call, innermost first; calls of one function from one place in a row share a line."""
    lines = []
    callers = ((inner.function, outer) for inner, outer in pairwise(frames))
    for (function, caller), calls in groupby(callers):
        times = len(list(calls))
        repeated = f", {times:,} times" if times > 1 else ""
        lines.append(f"  in {function}, called at {_place(caller) or 'an unknown place'}{repeated}")
    if len(lines) > 2 * CALLS_SHOWN + 1:
        left_out = len(lines) - 2 * CALLS_SHOWN
        lines[CALLS_SHOWN:-CALLS_SHOWN] = [f"  ... {left_out:,} more calls ..."]
    return lines


# ---- waits ----------------------------------------------------------------------------------------------


def render_waits(waits: Iterable[WaitReport]) -> list[str]:
    """One line for each state that cores are in: `  cores 2-5, 9: sync at prog.py:12`."""
    groups: dict[tuple[bool, str, str, int], list[int]] = {}
    for wait in waits:
        groups.setdefault((wait.is_host, wait.text, wait.file, wait.line), []).append(wait.core)
    return [
        f"  {_cores(cores, is_host)}: {printable(text)}{f' at {printable(file)}:{line}' if line else ''}"
        for (is_host, text, file, line), cores in _with_like_ones_joined(groups)
    ]


_Group = tuple[tuple[bool, str, str, int], list[int]]


def _with_like_ones_joined(groups: dict[tuple[bool, str, str, int], list[int]]) -> list[_Group]:
    """The groups, where many that differ only in the core waited for have become one."""
    like: dict[tuple[bool, str, str, int], list[_Group]] = {}
    for (is_host, text, file, line), cores in groups.items():
        pattern = (is_host, _PEER.sub("*", text), file, line)
        like.setdefault(pattern, []).append(((is_host, text, file, line), cores))
    joined: list[_Group] = []
    for (is_host, _, file, line), members in like.items():
        if len(members) <= LIKE_WAITS_SHOWN:
            joined += members
        else:
            cores = sorted(core for _, waiting in members for core in waiting)
            joined.append(((is_host, _joined_text([key[1] for key, _ in members]), file, line), cores))
    return sorted(joined, key=lambda group: group[1][0])


def _joined_text(texts: list[str]) -> str:
    """Texts that differ only in one core's number as one text about all those cores."""
    peers = sorted({int(found.group()) for text in texts if (found := _PEER.search(text))})
    first = texts[0].replace("core ", "cores ", 1) if len(peers) > 1 else texts[0]
    return _PEER_OF_MANY.sub(number_ranges(peers), first, count=1).replace("(which has", "(which have")


_PEER_OF_MANY = re.compile(r"(?<=\bcores )\d+|(?<=\bcore )\d+|(?<=\()\d+(?=\))")


def number_ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as `0-3, 7`."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] + 1 == number:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def _core(number: int, is_host: bool) -> str:
    return f"host core {number}" if is_host else f"core {number}"


def _cores(numbers: Sequence[int], is_host: bool) -> str:
    kind = "host core" if is_host else "core"
    return f"{kind}{'s' if len(numbers) > 1 else ''} {number_ranges(numbers)}"
