"""Refuses programs nested more deeply than the compiler's recursive passes, and Python's parser, can follow.

The bounds are computed from the tokens, before anything recursive sees the program: Python's own parser
answers too deep a nesting with anything from a MemoryError to a crash, depending on its version. An accepted
program's tree is never deeper than `MAX_TREE_DEPTH` nodes.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from eptrans.frontend.tokens import CLOSERS, OPENERS, Kind, LogicalLine, Problem, Token

#: Brackets inside brackets. Python's parser stops at 200, and rewriting may double those that are written.
MAX_BRACKETS = 90
#: Operators, attributes, calls and indices that build upon each other in one expression, as in `a+b+c`.
MAX_EXPRESSION = 1200
#: `elif` branches open at one place: those of one `if`, and of the branches that it stands in.
MAX_ELIF = 500
#: Blocks inside blocks. Python's parser stops at 100.
MAX_BLOCKS = 98
#: What these bounds come to: nodes on the longest path from the module to a leaf of its tree. An operator is
#: one node; a bracket at most four, in the format of an f-string; a block two, where it handles an exception.
MAX_TREE_DEPTH = MAX_EXPRESSION + 4 * MAX_BRACKETS + MAX_ELIF + 2 * MAX_BLOCKS + 4

#: Where one expression ends and the next begins at the same level of brackets.
_SEPARATORS = frozenset([",", ";", "="])
_FLAT_WORDS = frozenset(["None", "True", "False"])


def nesting_problems(lines: Iterable[LogicalLine], indents: Iterable[int]) -> list[Problem]:
    """The places where a bound is passed, at most one a line; `indents` are the columns they start in."""
    problems: list[Problem] = []
    blocks = _Blocks()
    for line, indent in zip(lines, indents, strict=True):
        problem = blocks.enter(line.tokens[0], indent)
        if problem is None and len(line.tokens) > MAX_BRACKETS:
            problem = _expression_problem(line.tokens)
        if problem:
            problems.append(problem)
    return problems


class _Blocks:
    """The blocks open at a line, by the columns they start in, and the `elif`s seen in each."""

    def __init__(self) -> None:
        self._open: list[list[int]] = [[0, 0]]
        self._elifs = 0

    def enter(self, first: Token, indent: int) -> Problem | None:
        while len(self._open) > 1 and indent < self._open[-1][0]:
            self._elifs -= self._open.pop()[1]
        if indent > self._open[-1][0]:
            self._open.append([indent, 0])
            if len(self._open) == MAX_BLOCKS + 2:
                return _too_deep(
                    f"{MAX_BLOCKS} blocks inside each other", first, "move the inner blocks to a function"
                )
        block = self._open[-1]
        if first.text.lower() == "elif":
            block[1] += 1
            self._elifs += 1
            if self._elifs == MAX_ELIF + 1:
                return _too_deep(
                    f"{MAX_ELIF} 'elif' after each other", first, "start a new 'if' in an 'else'"
                )
        elif first.text.lower() != "else":
            self._elifs -= block[1]
            block[1] = 0
        return None


def _expression_problem(tokens: list[Token]) -> Problem | None:
    """The first place of a line where its expression gets too deep."""
    # For each level of brackets: operators so far in this element, the depth of what is in brackets in it,
    # and the depth of the deepest element before it.
    levels = [[0, 0, 0]]
    for token in tokens:
        level = levels[-1]
        if token.text in OPENERS and token.kind is Kind.OPERATOR:
            if len(levels) > MAX_BRACKETS:
                return _too_deep(
                    f"{MAX_BRACKETS} brackets inside each other",
                    token,
                    "give the inner parts names of their own",
                )
            level[0] += 1
            levels.append([0, 0, 0])
        elif token.text in CLOSERS and token.kind is Kind.OPERATOR and len(levels) > 1:
            operators, inner, deepest = levels.pop()
            level = levels[-1]
            level[1] = max(level[1], operators + inner, deepest)
        elif token.text in _SEPARATORS:
            level[2] = max(level[2], level[0] + level[1])
            level[0] = level[1] = 0
        elif token.kind is Kind.OPERATOR or (token.text in keyword.kwlist and token.text not in _FLAT_WORDS):
            level[0] += 1
        if level[0] + level[1] > MAX_EXPRESSION:
            hint = "split the expression into several assignments"
            return _too_deep(f"{MAX_EXPRESSION} operators in one expression", token, hint)
    return None


def _too_deep(what: str, token: Token, hint: str) -> Problem:
    return Problem(f"nested too deeply: more than {what}", token.start, token.end, hint)
