"""Finds the syntax errors of a program, several in one go.

Errors that the scanner or the rewriter met come first. Then Python's parser is asked again and again, the
lines known to be wrong replaced by `pass`, or by a harmless block header. An error that may only follow from
such a replacement ends the search: one error too few is better than one that is not there.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from eptrans.diagnostics import Diagnostic, Severity
from eptrans.frontend.explain import Refused, explain, explain_by_parser
from eptrans.frontend.positions import LineStarts, PositionMap
from eptrans.frontend.source import SourceFile
from eptrans.frontend.tokens import LogicalLine, Problem

#: The most errors reported in one go.
MAX_ERRORS = 10

#: Statements that only make sense together with others, so that none of them can be replaced.
_NOT_ALONE = frozenset(["try", "except", "finally", "match", "case"])
_NO_BLOCK = re.compile(
    r"expected an indented block(?: after (?:'(.*?)' statement|(\w+) definition).* on line (\d+))?"
)


def parse_text(text: str) -> ast.Module:
    """Python's parse of a text, without its warnings (of unknown escapes in strings, for one)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


@dataclass(frozen=True)
class Text:
    """A program before and after rewriting, its logical lines and the columns they start in."""

    source: SourceFile
    starts: LineStarts
    lines: list[LogicalLine]
    indents: list[int]
    rewritten: str
    positions: PositionMap
    epython: bool

    @cached_property
    def first_offsets(self) -> list[int]:
        """For each logical line, the offset where its first physical line starts."""
        return [line.start for line in self.lines]

    def index_at(self, offset: int) -> int:
        """The index of the logical line at, or last before, an offset of the user's text."""
        return max(bisect_right(self.first_offsets, offset) - 1, 0)

    def diagnostic(self, problem: Problem) -> Diagnostic:
        location = self.starts.location(self.source, problem.start, problem.end)
        return Diagnostic(Severity.ERROR, problem.message, location, problem.hint)


@dataclass(frozen=True)
class _Found:
    """An error of the parser: the logical line it is in, what to say, and whether it is about indentation."""

    index: int
    problem: Problem
    indentation: bool


def syntax_errors(text: Text, known: Iterable[Problem], search: bool = True) -> tuple[Diagnostic, ...]:
    """The errors `known` and, with `search`, those that Python's parser finds besides, in textual order."""
    by_line: dict[int, Problem] = {}
    for problem in sorted(known, key=lambda p: p.start):
        by_line.setdefault(text.index_at(problem.start) if text.lines else 0, problem)
    if search and text.lines:
        _search(text, by_line)
    problems = sorted(by_line.values(), key=lambda p: p.start)[:MAX_ERRORS]
    return tuple(text.diagnostic(problem) for problem in problems)


def _search(text: Text, by_line: dict[int, Problem]) -> None:
    """Adds the parser's errors to `by_line`, but none that may come from another one."""
    bad = set(by_line)
    for _ in range(2 * MAX_ERRORS):
        if len(by_line) >= MAX_ERRORS or any(text.lines[i].tokens[0].text.lower() in _NOT_ALONE for i in bad):
            return
        found = _parser_error(text, bad)
        if not found or found.index in bad or (bad and found.indentation):
            return
        if not any(_may_follow(text, found.index, other) for other in bad):
            by_line[found.index] = found.problem
        bad.add(found.index)
        if found.indentation:
            return


def _may_follow(text: Text, index: int, bad: int) -> bool:
    """Whether an error in one logical line may come from the replacement of another."""
    if abs(index - bad) != 1:
        return False
    first, second = text.lines[min(index, bad)], text.lines[max(index, bad)]
    gap = text.starts.line(second.tokens[0].start) - text.starts.line(first.end - 1)
    return gap <= 1 or second.tokens[0].text.lower() in ("else", "elif")


def _parser_error(text: Text, bad: Iterable[int]) -> _Found | None:
    """The first error that Python's parser finds in a text without the logical lines in `bad`."""
    try:
        parse_text(_without(text, bad))
    except SyntaxError as refusal:
        line, column, end_column = _place(text, refusal)
        start = text.starts.start(line) + column
        index = text.index_at(start)
        if isinstance(refusal, IndentationError):
            return _Found(index, _indentation_problem(text, refusal, index), True)
        end = text.starts.start(line) + end_column
        message = str(refusal.msg or "invalid syntax")
        return _Found(index, explain(Refused(text.lines[index], message, start, end, text.epython)), False)
    except (ValueError, MemoryError, RecursionError, OverflowError):
        return None if bad else _too_complex(text)
    return None


def _place(text: Text, refusal: SyntaxError) -> tuple[int, int, int]:
    """The line (from 1) and the columns (from 0) of the user's text that a refusal is about."""
    line = min(max(refusal.lineno or 1, 1), len(text.starts.starts))
    width = text.starts.end(line) - text.starts.start(line)
    end = refusal.end_offset if refusal.end_lineno == refusal.lineno else None
    location = text.positions.location_of(line, max((refusal.offset or 1) - 1, 0), end - 1 if end else None)
    column = min(location.column - 1, width)
    return line, column, max(min((location.end_column or 0) - 1, width), column + 1)


def _indentation_problem(text: Text, refusal: SyntaxError, index: int) -> Problem:
    """A problem at the first token of a line or, where a block is missing, at the statement that needs it."""
    message = str(refusal.msg)
    missing = _NO_BLOCK.match(message)
    if missing:
        if missing.group(3):
            index = text.index_at(text.starts.start(min(int(missing.group(3)), len(text.starts.starts))))
        first = text.lines[index].tokens[0]
        what = f"this '{first.text}' has no block" if missing.group(3) else "a block is missing here"
        return Problem(
            what, first.start, first.end, "indent the lines that belong to it; an empty block is 'pass'"
        )
    first = text.lines[index].tokens[0]
    return explain_by_parser(
        Refused(LogicalLine(first.start, [first]), message, first.start, first.end, text.epython)
    )


def _too_complex(text: Text) -> _Found:
    """What the parser had no room for: said of the line with the most tokens."""
    index = max(range(len(text.lines)), key=lambda i: len(text.lines[i].tokens))
    first = text.lines[index].tokens[0]
    message = "this statement is too long or nested too deeply"
    return _Found(index, Problem(message, first.start, first.end, "split it into several statements"), True)


def _without(text: Text, bad: Iterable[int]) -> str:
    """The rewritten text with the logical lines in `bad` replaced by harmless ones."""
    lines = text.rewritten.split("\n")
    for index in bad:
        line, indent = text.lines[index], text.indents[index]
        first = text.starts.line(line.tokens[0].start)
        last = text.starts.line(line.end - 1)
        for number in range(text.starts.line(line.start), last + 1):
            lines[number - 1] = ""
        heads_block = index + 1 < len(text.lines) and text.indents[index + 1] > indent
        lines[first - 1] = " " * indent + ("if True:" if heads_block else "pass")
    return "\n".join(lines)
