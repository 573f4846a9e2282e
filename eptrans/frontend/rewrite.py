"""What ePython writes differently from Python 3, as edits that make it Python 3.

Each construct has one method, or one function, that looks at the tokens of one logical line: wrong-case
keywords, numbers, `native f(...)`, `!x`, `^`, `<>` and the print statement; comments and indentation come
before. The result is only text that Python's parser reads as the program was meant; whether it is a
good program is decided there and later.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from eptrans.diagnostics import TAB_WIDTH
from eptrans.frontend.positions import Edit, LineStarts
from eptrans.frontend.tokens import CLOSERS, Kind, LogicalLine, Problem, Scan, Span, Token

#: The function that a native call is wrapped in: `native f(x)` becomes `__native__(f(x))`.
NATIVE_CALL = "__native__"

#: Words that start a statement with a block, which may follow on the same line.
COMPOUND = frozenset(
    ["if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with", "async"]
)

#: The constants, by their lower case.
CONSTANTS = {"none": "None", "true": "True", "false": "False"}
#: Words of the language that are recognised in any case, by their lower case.
_WORDS = CONSTANTS | {
    word: word
    for word in [
        "and",
        "or",
        "not",
        "if",
        "elif",
        "else",
        "while",
        "for",
        "in",
        "is",
        "def",
        "return",
        "pass",
        "from",
        "import",
        "print",
    ]
}
#: Words that are recognised in any case only where they are a whole statement, and only before a name.
_WORDS_ALONE = frozenset(["break", "continue"])
_WORDS_BEFORE_NAME = frozenset(["global", "class", "del"])
#: Built-in functions that are recognised in any case where they are called.
_CALLS = frozenset(["exit", "quit", "input", "str"])

AUGMENTED = frozenset(["+=", "-=", "*=", "/=", "//=", "%=", "**=", "^=", "&=", "|=", "<<=", ">>=", "@="])
ASSIGNMENTS = AUGMENTED | {"="}
#: Words after which a name is being defined, not used.
_DEFINERS = frozenset(["def", "class", "as", "import", "for", "global"])
_MAY_BE_NAMES = (_WORDS.keys() | _CALLS) - CONSTANTS.keys()
_ANY_CASE = _WORDS.keys() | _WORDS_ALONE | _WORDS_BEFORE_NAME | _CALLS
_OPERATOR_SPELLINGS = {"^": "**", "^=": "**=", "<>": "!="}
#: What ends the operand of `!`, which reaches as far as that of `not`.
_NOT_ENDS = ASSIGNMENTS | frozenset(
    [",", ":", ";", ":=", "->", "and", "or", "if", "else", "for", "async", "from", "as"]
)
_OPERAND_KINDS = frozenset([Kind.NAME, Kind.NUMBER, Kind.STRING, Kind.FSTRING_END])
_OLD_OCTAL = re.compile(r"0[\d_]*[1-9][\d_]*")
#: What cannot start the operand of `!`.
_NO_OPERAND = _NOT_ENDS | CLOSERS.keys() | {""}
_NOT_END_KINDS = frozenset([Kind.NAME, Kind.OPERATOR, Kind.CONVERSION])
#: Operators after `print` that show it to be used as a name.
_NOT_PRINTED = frozenset([".", ":", ":=", "->"])
_EXECUTED_KINDS = frozenset([Kind.NAME, Kind.STRING, Kind.FSTRING_START])
_LEADING_BLANKS = re.compile(r"[ \t\f]*")
_SPECIAL_OPERATORS = frozenset(["!", "^", "^=", "<>"])


@dataclass(frozen=True)
class Rewriting:
    """All edits of a text, the problems met, and the column (from 0) that each logical line starts in."""

    edits: list[Edit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    indents: list[int] = field(default_factory=list)


def rewrite(text: str, scanned: Scan, starts: LineStarts) -> Rewriting:
    """The edits that turn a scanned ePython program into Python 3."""
    result = Rewriting()
    for span in scanned.stray_comments:
        result.edits.extend(_blank(span, starts))
    defined = _names_defined(scanned.lines)
    for line in scanned.lines:
        result.edits.extend(_comment_edits(line, starts))
        result.indents.append(_indent(text, line, starts, result.edits))
        _LineRewriter(line, defined, result).run()
    return result


def indent_width(blanks: str) -> int:
    """The column that blanks at the start of a line lead to; a form feed starts again at 0."""
    width = 0
    for character in blanks:
        if character == "\t":
            width += TAB_WIDTH - width % TAB_WIDTH
        elif character == "\f":
            width = 0
        else:
            width += 1
    return width


# -- comments and indentation


def _blank(span: Span, starts: LineStarts, put: str = "", at_line_ends: str = "") -> Iterable[Edit]:
    """Edits that remove a comment from each line it is on; `put` takes the place of one on a single line."""
    first, last = starts.line(span.start), starts.line(span.end)
    if first == last:
        return [Edit(span.start, span.end, put)]
    inner = range(first + 1, last)
    return [
        Edit(span.start, starts.end(first), at_line_ends),
        *(Edit(starts.start(line), starts.end(line), at_line_ends) for line in inner),
        Edit(starts.start(last), span.end, put),
    ]


def _comment_edits(line: LogicalLine, starts: LineStarts) -> Iterable[Edit]:
    """Removes the comments of a line, but for what `_indent` removes just before the first token."""
    edits: list[Edit] = []
    first = line.tokens[0]
    first_line_start = starts.start(starts.line(first.start))
    for span in line.comments:
        if span.end <= first.start:
            edits += (e for e in _blank(span, starts) if e.start < first_line_start)
        elif span.start >= line.end:
            edits += _blank(span, starts, " ")
        else:
            edits += _blank(span, starts, " ", " \\")  # the line goes on, as it did across the comment
    return edits


def _indent(text: str, line: LogicalLine, starts: LineStarts, edits: list[Edit]) -> int:
    """The column that a line starts in, adding the edit that makes it so where its blanks alone do not."""
    first = line.tokens[0]
    start = starts.start(starts.line(first.start))
    before_comment = next((c for c in line.comments if c.end <= first.start), None)
    begin = (
        starts.start(starts.line(before_comment.start))
        if before_comment
        else starts.start(starts.line(line.start))
    )
    blanks = _LEADING_BLANKS.match(text, begin)
    assert blanks
    width = indent_width(blanks.group())
    if before_comment:
        edits.append(Edit(start, first.start, " " * width))
    elif blanks.group() != " " * width:
        edits.append(Edit(begin, blanks.end(), " " * width))
    return width


# -- names


def _names_defined(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """Words like `Print` or `In` that the program gives a meaning of its own: no keywords in it."""
    names: set[str] = set()
    for line in lines:
        for index, token in enumerate(line.tokens):
            lower = token.text.lower()
            if lower == token.text or lower not in _MAY_BE_NAMES or token.kind is not Kind.NAME:
                continue
            before = line.tokens[index - 1].text.lower() if index else ""
            after = line.tokens[index + 1].text if index + 1 < len(line.tokens) else ""
            if before in _DEFINERS or (after in ASSIGNMENTS and not token.depth):
                names.add(token.text)
    return frozenset(names)


# -- one line


class _LineRewriter:
    """Adds to a `Rewriting` what one logical line needs.

    Brackets that close what different constructs open may land on one place; there the first one added comes
    first, so the methods run from the construct that binds tightest to the print statement.
    """

    def __init__(self, line: LogicalLine, defined: frozenset[str], result: Rewriting) -> None:
        self.tokens = line.tokens
        self.defined = defined
        self.edits = result.edits
        self.problems = result.problems
        #: The tokens' texts, keywords in their usual case.
        self.words = [token.text for token in line.tokens]

    def run(self) -> None:
        special: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.kind is Kind.NAME:
                self.words[index] = word = self.canonical(index, token)
                if word != token.text:
                    self.edits.append(Edit(token.start, token.end, word))
                if word.lower() == "native":
                    self.native(index)
            elif token.kind is Kind.NUMBER:
                self.number(token)
            elif token.kind is Kind.OPERATOR and token.text in _SPECIAL_OPERATORS:
                special.append(index)
        printing = "print" in self.words or "exec" in self.words
        statements = self.statements() if printing else []
        prints = {start for start, end in statements if self.is_print(start, end)}
        for index in special:
            self.special_operator(index, index - 1 in prints)
        for start, end in statements:
            if start in prints:
                self.print_statement(start, end)
            elif self.words[start] == "exec":
                self.exec_statement(start, end)

    def text(self, index: int) -> str:
        """The text of a token, or "" past either end of the line."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def insert(self, position: int, text: str) -> None:
        self.edits.append(Edit(position, position, text))

    def problem(self, token: Token, message: str, hint: str) -> None:
        self.problems.append(Problem(message, token.start, token.end, hint))

    def closer(self, opener: int) -> int | None:
        """The index of the bracket that closes the one at `opener`."""
        depth = self.tokens[opener].depth
        for index in range(opener + 1, len(self.tokens)):
            token = self.tokens[index]
            if token.depth <= depth:
                return index if token.depth == depth and token.text in CLOSERS else None
        return None

    def operand_ends_at(self, index: int) -> bool:
        """Whether the token at `index` can be the last of an operand."""
        if index < 0:
            return False
        token, word = self.tokens[index], self.words[index]
        if token.kind is Kind.NAME:
            return word in CONSTANTS.values() or not keyword.iskeyword(word)
        return token.kind in _OPERAND_KINDS or (token.kind is Kind.OPERATOR and word in CLOSERS)

    # -- words and numbers

    def canonical(self, index: int, token: Token) -> str:
        """The usual spelling of a keyword written in any case; any other word as it is."""
        text = token.text
        lower = text.lower()
        if lower not in _ANY_CASE or (lower == text and lower not in CONSTANTS) or text in self.defined:
            return text
        before, after = self.text(index - 1), self.raw(index + 1)
        is_argument_name = after == "=" and token.depth > 0 and self.words[0] != "def"
        if before == "." or is_argument_name:
            return text
        starts_statement = before in ("", ":", ";")
        if lower in _WORDS_ALONE:
            recognised = starts_statement and after in ("", ";")
        elif lower in _WORDS_BEFORE_NAME:
            recognised = starts_statement and after.isidentifier()
        elif lower in _CALLS:
            recognised = after == "(" and before != "def"
        else:
            return _WORDS[lower]
        return lower if recognised else text

    def raw(self, index: int) -> str:
        return self.tokens[index].text if index < len(self.tokens) else ""

    def number(self, token: Token) -> None:
        """Python 2's `10L` and `017`."""
        digits = token.text
        if digits[-1] in "lL":
            digits = digits[:-1]
            self.edits.append(Edit(token.end - 1, token.end, ""))
        if digits[0] == "0" and _OLD_OCTAL.fullmatch(digits):
            if "8" in digits or "9" in digits:
                hint = f"write {digits.lstrip('0_')}, or an octal number without 8 and 9"
                self.problem(
                    token, f"'{token.text}' starts with 0, so it is octal, but has a digit past 7", hint
                )
            else:
                self.insert(token.start + 1, "o")

    # -- operators

    def native(self, index: int) -> None:
        """`native f(x)` becomes `__native__(f(x))`; a name `native` stays one."""
        if self.text(index - 1) == "." or index + 1 == len(self.tokens):
            return
        call = index + 1
        while self.tokens[call].kind is Kind.NAME and self.raw(call + 1) == ".":
            call += 2
            if call >= len(self.tokens):
                return
        if (
            self.tokens[call].kind is not Kind.NAME
            or self.raw(call + 1) != "("
            or keyword.iskeyword(self.raw(call))
        ):
            return
        closer = self.closer(call + 1)
        if closer is not None:
            token = self.tokens[index]
            self.edits.append(Edit(token.start, token.end, NATIVE_CALL + "("))
            self.insert(self.tokens[closer].end, ")")

    def special_operator(self, index: int, after_print: bool) -> None:
        token = self.tokens[index]
        if token.text != "!":
            self.edits.append(Edit(token.start, token.end, _OPERATOR_SPELLINGS[token.text]))
        elif self.operand_ends_at(index - 1) and not after_print:
            self.problem(token, "'!' stands after a value", "write != to compare, and `!x` for not x")
        elif self.raw(index + 1) in _NO_OPERAND:
            self.problem(
                token, "'!' needs a value after it", "write `!x` for not x, and != without a blank inside"
            )
        elif self.raw(index - 1) == "!":
            self.edits.append(Edit(token.start, token.end, "not "))
        else:
            self.edits.append(Edit(token.start, token.end, "(not "))
            self.insert(self.tokens[self.operand_of_not(index)].end, ")")

    def operand_of_not(self, index: int) -> int:
        """The index of the last token of the operand of the `!` at `index`."""
        depth = self.tokens[index].depth
        last = index
        for last in range(index + 1, len(self.tokens)):
            token = self.tokens[last]
            ends = token.depth == depth and (self.words[last] in _NOT_ENDS or token.kind is Kind.CONVERSION)
            closes = token.depth < depth
            if (ends and token.kind in _NOT_END_KINDS) or closes:
                return last - 1
        return last

    # -- statements

    def statements(self) -> list[tuple[int, int]]:
        """The statements on the line, none empty: the index of the first token, and that past the last."""
        starts = [0]
        ends: list[int] = []
        lambdas = 0
        before_block = self.words[0] in COMPOUND
        for index, token in enumerate(self.tokens):
            if token.depth or token.kind not in _NOT_END_KINDS:
                continue
            word = self.words[index]
            if word == ";" or (word == ":" and before_block and not lambdas):
                before_block = before_block and word == ";"
                ends.append(index)
                starts.append(index + 1)
            elif word == "lambda":
                lambdas += 1
            elif word == ":" and lambdas:
                lambdas -= 1
        ends.append(len(self.tokens))
        return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]

    def is_print(self, start: int, end: int) -> bool:
        """Whether a statement is a print statement, and not a call of `print` or another use of the name."""
        if self.words[start] != "print":
            return False
        if start + 1 == end:
            return True
        following = self.tokens[start + 1]
        if following.kind is Kind.OPERATOR and (
            following.text in _NOT_PRINTED or following.text in ASSIGNMENTS
        ):
            return False
        return following.text != "(" or self.closer(start + 1) != end - 1

    def print_statement(self, start: int, end: int) -> None:
        """`print a, b` becomes `print(a, b)`; a comma at its end keeps the line open, as in Python 2."""
        head, last = self.tokens[start], self.tokens[end - 1]
        following = self.raw(start + 1) if start + 1 < end else ""
        if following == ">>":
            self.problem(self.tokens[start + 1], "print cannot write to a file", "write `print x`")
        elif following == ",":
            self.problem(self.tokens[start + 1], "print needs a value before the ','", "write `print x, y`")
        elif start + 1 == end:
            self.insert(head.end, "()")
        else:
            self.insert(head.end, "(")
            if last.text == ",":
                self.edits.append(Edit(last.start, last.end, ', end=" ")'))
            else:
                self.insert(last.end, ")")

    def exec_statement(self, start: int, end: int) -> None:
        following = self.tokens[start + 1] if start + 1 < end else None
        if following and following.kind in _EXECUTED_KINDS and not keyword.iskeyword(following.text):
            self.problem(
                self.tokens[start], "exec is not supported: programs are compiled", "call a function"
            )
