"""Changes to a program text that remember where everything came from.

The rewriter describes what it does as `Edit`s of the user's text. `apply_edits` makes them and keeps, for
each changed line, which columns came from which, so that a node of the tree parsed from the new text can be
shown in the user's own. No edit adds or removes a line: line n of one text is line n of the other.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from eptrans.diagnostics import Location
from eptrans.frontend.source import SourceFile


@dataclass(frozen=True)
class Edit:
    """Puts `text` in the place of what stands from `start` to `end` (offsets in characters, on one line)."""

    start: int
    end: int
    text: str


class Piece(NamedTuple):
    """A stretch of a changed line (columns in characters from 0): where it is now, and where it was."""

    new_start: int
    old_start: int
    old_length: int
    copied: bool


class LineStarts:
    """The offsets where the lines of a text start."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.starts = [0]
        position = text.find("\n")
        while position >= 0:
            self.starts.append(position + 1)
            position = text.find("\n", position + 1)

    def line(self, offset: int) -> int:
        """The line, from 1, that an offset is on."""
        return bisect_right(self.starts, offset)

    def start(self, line: int) -> int:
        """The offset where a line (from 1) starts."""
        return self.starts[line - 1]

    def end(self, line: int) -> int:
        """The offset of a line's end, its line feed not counted."""
        return self.starts[line] - 1 if line < len(self.starts) else self.length

    def location(self, source: SourceFile, start: int, end: int) -> Location:
        """The stretch from `start` to `end` as a location, cut off at the end of its first line."""
        line = self.line(start)
        column = start - self.start(line) + 1
        end_column = min(end, self.end(line)) - self.start(line) + 1
        return Location(source, line, column, max(end_column, column + 1))


class PositionMap:
    """From places in the text that was parsed to places in the user's."""

    def __init__(self, source: SourceFile, text: str, pieces: dict[int, tuple[Piece, ...]]) -> None:
        self._source = source
        self._lines = text.split("\n")
        self._pieces = pieces

    def location(self, node: ast.AST) -> Location:
        """Where a node of the tree stands; a node without a place of its own, where its first child does."""
        line = getattr(node, "lineno", None)
        if line is None:
            inner = next((n for n in ast.walk(node) if hasattr(n, "lineno")), None)
            return self.location(inner) if inner else Location(self._source, 1, 1)
        column = getattr(node, "col_offset", 0)
        if getattr(node, "end_lineno", None) == line:
            return self.location_at(line, column, getattr(node, "end_col_offset", None))
        return self.location_at(line, column)

    def location_at(self, line: int, utf8_column: int, utf8_end: int | None = None) -> Location:
        """The place of a column (from 0, in UTF-8 bytes, as in `ast`) of a line (from 1) of the new text."""
        end = None if utf8_end is None else self._characters(line, utf8_end)
        return self.location_of(line, self._characters(line, utf8_column), end)

    def location_of(self, line: int, column: int, end: int | None = None) -> Location:
        """The same for columns in characters from 0."""
        start = self._old_column(line, column)
        past = start if end is None or end <= column else self._old_column(line, end - 1, past=True)
        return Location(self._source, line, start + 1, past + 1 if past > start else None)

    def _characters(self, line: int, utf8_column: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        if text.isascii():
            return utf8_column
        return len(text.encode("utf-8", "surrogatepass")[:utf8_column].decode("utf-8", "ignore"))

    def _old_column(self, line: int, column: int, past: bool = False) -> int:
        """The user's column of a column of the new text, or with `past` that just past the character."""
        pieces = self._pieces.get(line)
        if not pieces:
            return column + past
        piece = pieces[max(bisect_right(pieces, column, key=lambda p: p.new_start) - 1, 0)]
        if piece.copied:
            return piece.old_start + column - piece.new_start + past
        if past:
            return piece.old_start + piece.old_length
        return piece.old_start + min(column - piece.new_start, max(piece.old_length - 1, 0))


def apply_edits(source: SourceFile, starts: LineStarts, edits: Iterable[Edit]) -> tuple[str, PositionMap]:
    """The text after the edits and its map back. Edits do not overlap; at one place they keep their order."""
    text = source.text
    by_line: dict[int, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        by_line.setdefault(starts.line(edit.start), []).append(edit)
    parts: list[str] = []
    pieces: dict[int, tuple[Piece, ...]] = {}
    done = 0
    for line, line_edits in by_line.items():
        start, end = starts.start(line), starts.end(line)
        new_text, pieces[line] = _edited_line(text[start:end], start, line_edits)
        parts += text[done:start], new_text
        done = end
    new = "".join([*parts, text[done:]])
    return new, PositionMap(source, new, pieces)


def _edited_line(line: str, start: int, edits: list[Edit]) -> tuple[str, tuple[Piece, ...]]:
    parts: list[str] = []
    pieces: list[Piece] = []
    new = old = 0
    for edit in edits:
        at = edit.start - start
        if at > old:
            pieces.append(Piece(new, old, at - old, copied=True))
            parts.append(line[old:at])
            new += at - old
        if edit.text:
            pieces.append(Piece(new, at, edit.end - edit.start, copied=False))
            parts.append(edit.text)
            new += len(edit.text)
        old = edit.end - start
    pieces.append(Piece(new, old, len(line) - old, copied=True))
    parts.append(line[old:])
    return "".join(parts), tuple(pieces)
