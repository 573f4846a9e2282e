"""From a program's text to Python's syntax tree, whichever way the program is written.

`--std epython` takes what Python 3 does not read, as ePython does: `print x`, `/* */`, `!x`, `^`, `<>`,
keywords in any case, `017`, tabs as 4 columns, `native f(x)`. Such a text is rewritten token by token, line
for line, and `PositionMap` leads every node of the tree back to the user's own text. `--std python3` takes
Python 3 as it is. Either way only `CompileError` is raised, with all the errors found.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from eptrans.diagnostics import CompileError, Diagnostic, Location, Severity
from eptrans.frontend.nesting import MAX_TREE_DEPTH, nesting_problems
from eptrans.frontend.positions import LineStarts, PositionMap, apply_edits
from eptrans.frontend.rewrite import NATIVE_CALL, Rewriting, indent_width, rewrite
from eptrans.frontend.source import SourceFile
from eptrans.frontend.syntax_errors import Text, parse_text, syntax_errors
from eptrans.frontend.tokens import Scan, scan
from eptrans.options import Standard

__all__ = ["MAX_TREE_DEPTH", "NATIVE_CALL", "ParsedModule", "PositionMap", "parse"]

_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True)
class ParsedModule:
    """A source file, its tree, and the map from the tree's positions to the file's."""

    source: SourceFile
    tree: ast.Module
    positions: PositionMap


def parse(source: SourceFile, standard: Standard) -> ParsedModule:
    """The tree of a program, at most `MAX_TREE_DEPTH` nodes deep; raises `CompileError`."""
    epython = standard is Standard.EPYTHON
    starts = LineStarts(source.text)
    scanned = scan(source.text, epython)
    rewriting = rewrite(source.text, scanned, starts) if epython else _as_it_is(source.text, scanned)
    rewritten, positions = apply_edits(source, starts, rewriting.edits)
    text = Text(source, starts, scanned.lines, rewriting.indents, rewritten, positions, epython)
    problems = [*scanned.problems, *rewriting.problems]
    too_deep = nesting_problems(scanned.lines, rewriting.indents)
    if too_deep:
        raise CompileError(syntax_errors(text, [*problems, *too_deep], search=False))
    if not problems or not epython:  # the scanner knows Python 3 less well than its parser does
        try:
            return ParsedModule(source, parse_text(rewritten), positions)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
            pass
    raise CompileError(syntax_errors(text, problems) or _ends_early(source))


def _ends_early(source: SourceFile) -> Diagnostic:
    """What is wrong with a text that has no tokens, and yet is not an empty program."""
    location = Location(source, max(len(source.lines), 1), 1)
    return Diagnostic(
        Severity.ERROR, "the program ends in the middle of a statement", location, "remove the '\\'"
    )


def _as_it_is(text: str, scanned: Scan) -> Rewriting:
    """No edits, and the columns that the lines start in."""
    indents = []
    for line in scanned.lines:
        blanks = _BLANKS.match(text, line.start)
        assert blanks
        indents.append(indent_width(blanks.group().rpartition("\n")[2]))
    return Rewriting(indents=indents)
