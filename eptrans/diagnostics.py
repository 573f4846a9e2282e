"""What the package tells a user about a program: where, what, and what to do instead.

A `Diagnostic` is one message; its `Location` is a stretch of one line of the user's own text, counted in
characters from 1. `CompileError` carries all the messages that kept a program from being built. Nothing here
prints: callers choose the stream.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eptrans.frontend.source import SourceFile

#: Columns a tab advances to a multiple of, in indentation and in the source lines shown with a message.
TAB_WIDTH = 4
#: The widest part of a source line that a message shows, in columns.
SHOWN_WIDTH = 120
#: Columns kept to the left of the caret where a line is too wide to be shown whole.
SHOWN_BEFORE_CARET = 60


class Severity(Enum):
    """How bad a diagnostic is; the value is the word shown to the user."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Location:
    """A stretch of one line of the user's text.

    `line` and `column` count from 1, columns in characters; `end_column` is the column just past the stretch,
    or None where it is a single point or goes on to another line.
    """

    file: SourceFile
    line: int
    column: int
    end_column: int | None = None

    def __str__(self) -> str:
        """The place as compilers write it: `path:line:column`."""
        return f"{printable(self.file.path)}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Diagnostic:
    """One message about a program, with its place and, where there is one, the way out."""

    severity: Severity
    message: str
    location: Location | None = None
    hint: str | None = None

    def render(self) -> str:
        """As text: place, what, the source line with a caret, the hint; no line feed at its end."""
        place = f"{self.location}: " if self.location else ""
        lines = [f"{place}{self.severity.value}: {printable(self.message)}"]
        if self.location:
            lines += _source_excerpt(self.location)
        if self.hint:
            lines.append(f"  hint: {printable(self.hint)}")
        return "\n".join(lines)


class EptransError(Exception):
    """The base of every error that the package raises for its users."""


class CompileError(EptransError):
    """A program cannot be built; `diagnostics` says why, in the order of the text."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        if isinstance(diagnostics, Diagnostic):
            diagnostics = (diagnostics,)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(diagnostic.render() for diagnostic in self.diagnostics)


def error(message: str, location: Location | None = None, hint: str | None = None) -> CompileError:
    """A `CompileError` of one diagnostic, ready to be raised."""
    return CompileError(Diagnostic(Severity.ERROR, message, location, hint))


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate spelled most like `name` but for case, or None where none is near."""
    by_folded: dict[str, str] = {}
    for candidate in sorted(set(candidates) - {name}):
        by_folded.setdefault(candidate.casefold(), candidate)
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def printable(text: str) -> str:
    """`text` with what could upset a terminal (control characters, lone surrogates) made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == " " else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if "\ud800" <= character <= "\udfff" else repr(character)[1:-1]


def _source_excerpt(location: Location) -> list[str]:
    """The source line of a location and the line with the caret below it; nothing for a line past the end."""
    lines = location.file.lines
    if not 1 <= location.line <= len(lines):
        return []
    return excerpt(lines[location.line - 1], location.column, location.end_column)


def excerpt(line: str, column: int, end_column: int | None = None) -> list[str]:
    """A source line as messages show it, and the line with the caret below it (columns count from 1)."""
    start = min(max(column, 1), len(line) + 1) - 1
    end = min(max(end_column or 0, start + 2), len(line) + 1) - 1
    cells = _cells(line)
    caret = sum(len(text) + extra for text, extra in cells[:start])
    width = sum(len(text) + extra for text, extra in cells[start:end])
    first, last, prefix, suffix = _window(cells, start, caret)
    caret -= sum(len(text) + extra for text, extra in cells[:first]) - len(prefix)
    shown = "".join(text for text, _ in cells[first:last])
    room = len(prefix) + sum(len(text) + extra for text, extra in cells[first:last]) - caret
    marks = "^" + "~" * (min(width, max(room, 1)) - 1)
    return [("    " + prefix + shown + suffix).rstrip(), "    " + " " * caret + marks]


def _cells(line: str) -> list[tuple[str, int]]:
    """What is shown for each character of a line, and by how many columns it is wider than its length."""
    cells: list[tuple[str, int]] = []
    column = 0
    for character in line:
        text, extra = character, 0
        if character == "\t":
            text = " " * (TAB_WIDTH - column % TAB_WIDTH)
        elif not character.isprintable():
            text = " " if character == "\N{NO-BREAK SPACE}" else "\N{REPLACEMENT CHARACTER}"
        elif not character.isascii():
            if unicodedata.combining(character):
                extra = -1
            elif unicodedata.east_asian_width(character) in "WF":
                extra = 1
        cells.append((text, extra))
        column += len(text) + extra
    return cells


def _window(cells: list[tuple[str, int]], start: int, caret: int) -> tuple[int, int, str, str]:
    """The cells of a line to show (first, past the last), and marks for what is left out at either side."""
    if sum(len(text) + extra for text, extra in cells) <= SHOWN_WIDTH:
        return 0, len(cells), "", ""
    first = max(0, start - SHOWN_BEFORE_CARET) if caret > SHOWN_WIDTH - SHOWN_BEFORE_CARET else 0
    last = min(len(cells), first + SHOWN_WIDTH)
    return first, last, "... " if first else "", " ..." if last < len(cells) else ""


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file and place, each once."""

    def place(item: Diagnostic) -> tuple[str, int, int]:
        where = item.location
        return (where.file.path, where.line, where.column) if where else ("", 0, 0)

    return sorted(dict.fromkeys(diagnostics), key=place)
