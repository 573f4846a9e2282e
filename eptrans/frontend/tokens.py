"""Splits a program text into tokens, grouped by logical line.

Python's own tokenizer cannot be used: it refuses what ePython adds (`/* */`, `!x`, `017`), and takes
f-strings apart only from Python 3.12 on. This one knows strings, comments, brackets and the replacement
fields of f-strings, and nothing of grammar. It never raises: what cannot be read becomes a `Problem` and
scanning goes on, so that one run finds several. Work is linear in the length of the text. Offsets count
characters from 0.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    NAME = auto()  # a keyword too
    NUMBER = auto()
    STRING = auto()
    FSTRING_START = auto()  # the prefix and the opening quotes
    FSTRING_TEXT = auto()
    FSTRING_END = auto()  # the closing quotes
    CONVERSION = auto()  # the `!r` of a replacement field
    OPERATOR = auto()  # a bracket too, and the `:` before a format


class Token(NamedTuple):
    """A piece of the text. `depth` counts the brackets around it; a bracket has the depth of its outside."""

    kind: Kind
    text: str
    start: int
    end: int
    depth: int


class Span(NamedTuple):
    """A stretch of the text."""

    start: int
    end: int


@dataclass
class LogicalLine:
    """The tokens of a line as the grammar sees it, which brackets and `\\` may spread over several lines.

    `start` is the offset where its first line starts, or where the comment before its first token does.
    """

    start: int
    tokens: list[Token] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)  # only `/* */`

    @property
    def end(self) -> int:
        """The offset just past the last token."""
        return self.tokens[-1].end


@dataclass(frozen=True)
class Problem:
    """Something that cannot be part of a program, at `start` to `end` of the text."""

    message: str
    start: int
    end: int
    hint: str | None = None


@dataclass(frozen=True)
class Scan:
    """A whole text in tokens: the lines that have any, the comments of those that have none, the problems."""

    lines: list[LogicalLine]
    stray_comments: list[Span]
    problems: list[Problem]


#: How deeply replacement fields may stand in the formats of others; Python allows one less.
MAX_FIELD_NESTING = 3

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}

#: Words that can never stand inside brackets, so a line that starts with one shows that a bracket is open.
_NEVER_IN_BRACKETS = frozenset(keyword.kwlist).difference(
    ("False", "None", "True", "and", "as", "async", "await", "else", "for", "from", "if", "in", "is"),
    ("lambda", "not", "or", "yield"),
)

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\f]+)
  | (?P<string>(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])?(?:'''|\"\"\"|'|\"))
  | (?P<name>[^\W\d]\w*)
  | (?P<number>
        0[xX](?:_?[0-9a-fA-F])+[lL]? | 0[bB](?:_?[01])+[lL]? | 0[oO](?:_?[0-7])+[lL]?
      | (?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJlL]?
    )
  | (?P<newline>\n)
  | (?P<hash>\#[^\n]*)
  | (?P<block>/\*)
  | (?P<operator>\*\*=?|//=?|>>=?|<<=?|<>|!=|->|:=|\.\.\.|[-+*/%&|^@=<>]=?|[~!.,;:()\[\]{}])
  | (?P<continuation>\\\n)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

#: From just past the opening quotes to just past the closing ones.
_REST_OF_STRING = {
    "'": re.compile(r"[^'\\\n]*(?:\\.[^'\\\n]*)*'", re.DOTALL),
    '"': re.compile(r'[^"\\\n]*(?:\\.[^"\\\n]*)*"', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''", re.DOTALL),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""', re.DOTALL),
}

#: What may matter in the literal text of an f-string.
_FSTRING_SPECIAL = re.compile(r"\\N\{[^{}\n]*\}|\\[^{}]|\{\{|\}\}|[{}\n]|'''|\"\"\"|'|\"", re.DOTALL)
_FSTRING_SPECIAL_RAW = re.compile(r"\\[^{}]|\{\{|\}\}|[{}\n]|'''|\"\"\"|'|\"", re.DOTALL)
_CONVERSION = re.compile(r"![ \t]*[^\W\d]\w*(?=\s*[:}])")

#: Characters that Python's parser does not even look at.
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_ODD_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2032\u2033\u00b4"
_ODD_MINUS = "\u2010\u2011\u2012\u2013\u2014\u2212"


@dataclass
class _FString:
    """An f-string being read: its opening token, and how many brackets were open before it."""

    start: Token
    quote: str
    raw: bool
    base: int
    #: The bracket depths of its replacement fields that are open, and which of them are in their format.
    fields: list[int] = field(default_factory=list)
    formats: list[bool] = field(default_factory=list)


def scan(text: str, epython: bool) -> Scan:
    """The tokens of `text`; `/* */` is a comment and `10L` a number only where `epython` is true."""
    return _Scanner(text, epython).run()


class _Scanner:
    """One run over one text."""

    def __init__(self, text: str, epython: bool) -> None:
        self.text = text
        self.epython = epython
        self.position = 0
        self.lines: list[LogicalLine] = []
        self.stray: list[Span] = []
        self.problems: list[Problem] = []
        self.line = LogicalLine(0)
        self.brackets: list[Token] = []
        self.fstrings: list[_FString] = []
        #: True where only blanks have been seen since a line end inside brackets.
        self.fresh = False

    def run(self) -> Scan:
        text, match = self.text, _TOKEN.match
        if unreadable := _UNREADABLE.search(text):
            message, hint = _describe_character(unreadable.group())
            self.problem(message, unreadable.start(), unreadable.end(), hint)
        handlers = {
            "string": self.string,
            "name": self.name,
            "number": self.number,
            "newline": self.newline,
            "block": self.block,
            "operator": self.operator,
            "other": self.other,
        }
        while found := match(text, self.position):
            self.position = found.end()
            handler = handlers.get(found.lastgroup or "")  # none for blanks, `#` comments and continuations
            if handler:
                handler(found)
        self.end_of_text()
        return Scan(self.lines, self.stray, self.problems)

    def add(self, kind: Kind, start: int, end: int) -> Token:
        token = Token(kind, self.text[start:end], start, end, len(self.brackets))
        self.line.tokens.append(token)
        self.fresh = False
        return token

    def problem(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        self.problems.append(Problem(message, start, end, hint))

    # -- one method for each kind of piece

    def name(self, found: re.Match[str]) -> None:
        if self.fresh and not self.fstrings and found.group() in _NEVER_IN_BRACKETS:
            self.unclosed()
            self.end_line(self.text.rfind("\n", 0, found.start()) + 1)
        self.add(Kind.NAME, found.start(), found.end())

    def number(self, found: re.Match[str]) -> None:
        end = found.end()
        if not self.epython and self.text[end - 1] in "lL":
            end = self.position = end - 1
        self.add(Kind.NUMBER, found.start(), end)

    def newline(self, found: re.Match[str]) -> None:
        if self.fstrings and len(self.fstrings[-1].quote) == 1:
            self.unclosed_fstring(found.start())
        elif self.brackets:
            self.fresh = True
        else:
            self.end_line(found.end())

    def end_line(self, next_start: int) -> None:
        if self.line.tokens:
            self.lines.append(self.line)
        else:
            self.stray += self.line.comments
        self.line = LogicalLine(next_start)
        self.fresh = False

    def block(self, found: re.Match[str]) -> None:
        if not self.epython:
            self.position = found.start() + 1
            self.add(Kind.OPERATOR, found.start(), found.start() + 1)
            return
        end = self.text.find("*/", found.end())
        if end < 0:
            hint = "close it with */"
            self.problem("this comment is not closed", found.start(), found.end(), hint)
            self.position = len(self.text)
        else:
            self.position = end + 2
        self.line.comments.append(Span(found.start(), self.position))

    def operator(self, found: re.Match[str]) -> None:
        start, text = found.start(), found.group()
        if self.fstrings and len(self.brackets) == self.fstrings[-1].fields[-1]:
            if text[0] == ":":
                self.position = start + 1
                self.add(Kind.OPERATOR, start, start + 1)
                self.fstrings[-1].formats[-1] = True
                self.fstring_text()
                return
            conversion = _CONVERSION.match(self.text, start)
            if conversion and self.line.tokens[-1].text != "{":
                self.position = conversion.end()
                self.add(Kind.CONVERSION, start, self.position)
                return
        if text in OPENERS:
            self.brackets.append(self.add(Kind.OPERATOR, start, found.end()))
        elif text in CLOSERS:
            self.closer(start, text)
        else:
            self.add(Kind.OPERATOR, start, found.end())

    def closer(self, start: int, text: str) -> None:
        floor = self.fstrings[-1].fields[-1] - 1 if self.fstrings else 0
        opener = self.brackets[-1].text if len(self.brackets) > floor else ""
        if opener == CLOSERS[text]:
            self.brackets.pop()
        elif not opener:
            hint = f"remove it, or add the '{CLOSERS[text]}'"
            self.problem(f"this '{text}' closes nothing", start, start + 1, hint)
        else:
            line = self.text.count("\n", 0, self.brackets[-1].start) + 1
            message = f"this '{text}' does not match the '{opener}' opened on line {line}"
            self.problem(message, start, start + 1, f"close it with '{OPENERS[opener]}'")
            while len(self.brackets) > floor and self.brackets[-1].text != CLOSERS[text]:
                self.brackets.pop()
            del self.brackets[max(floor, len(self.brackets) - 1) :]
        self.add(Kind.OPERATOR, start, start + 1)
        if self.fstrings and len(self.brackets) < self.fstrings[-1].fields[-1]:
            self.fstrings[-1].fields.pop()
            self.fstrings[-1].formats.pop()
            self.fstring_text()

    def other(self, found: re.Match[str]) -> None:
        character, start = found.group(), found.start()
        if ("a" + character).isidentifier():  # a letter that regular expressions do not count as one
            self.add(Kind.NAME, start, found.end())
            return
        message, hint = _describe_character(character)
        self.problem(message, start, found.end(), hint)
        self.add(Kind.OPERATOR, start, found.end())

    # -- strings

    def string(self, found: re.Match[str]) -> None:
        opening = found.group()
        prefix = opening.rstrip("'\"")
        quote = opening[len(prefix) :]
        if "f" in prefix.lower() or "t" in prefix.lower():
            start = self.add(Kind.FSTRING_START, found.start(), found.end())
            self.fstrings.append(_FString(start, quote, "r" in prefix.lower(), len(self.brackets)))
            self.fstring_text()
            return
        rest = _REST_OF_STRING[quote].match(self.text, found.end())
        if rest:
            self.position = rest.end()
            self.add(Kind.STRING, found.start(), self.position)
        elif self.fstrings:
            self.unclosed_fstring(self.end_of_string(quote, found.end()))
        else:
            self.position = self.end_of_string(quote, found.end())
            self.unclosed_string(quote, found.start(), self.position)
            self.add(Kind.STRING, found.start(), self.position)

    def end_of_string(self, quote: str, start: int) -> int:
        """Where a string without closing quotes ends: with its line, or with the text."""
        end = self.text.find("\n", start) if len(quote) == 1 else -1
        return len(self.text) if end < 0 else end

    def unclosed_string(self, quote: str, start: int, end: int) -> None:
        line_end = self.text.find("\n", start, end)
        hint = f"put {quote} at its end"
        if len(quote) == 1:
            hint += f"; a string over several lines stands between {quote * 3}"
        self.problem("this string is not closed", start, end if line_end < 0 else line_end, hint)

    def fstring_text(self) -> None:
        """Reads the literal text at the current position, up to a field, the end of a field or the quotes."""
        fstring = self.fstrings[-1]
        in_format = bool(fstring.formats) and fstring.formats[-1]
        special = _FSTRING_SPECIAL_RAW if fstring.raw else _FSTRING_SPECIAL
        start = self.position
        scan_from = start
        while found := special.search(self.text, scan_from):
            piece, scan_from = found.group(), found.end()
            if piece.startswith(fstring.quote) and not in_format:
                self.fstring_piece(start, found.start())
                self.position = found.start() + len(fstring.quote)
                self.fstrings.pop()
                self.add(Kind.FSTRING_END, found.start(), self.position)
                return
            if piece == "{" or (piece == "{{" and in_format):
                self.fstring_piece(start, found.start())
                self.fstring_field(fstring, found.start())
                return
            if piece[0] == "}" and in_format:
                self.fstring_piece(start, found.start())
                self.position = found.start() + 1
                self.closer(found.start(), "}")
                return
            if piece == "}":
                self.problem("a '}' in an f-string must be doubled", found.start(), found.end(), "write '}}'")
            elif piece == "\n" and len(fstring.quote) == 1:
                self.unclosed_fstring(found.start())
                return
            elif piece.startswith(fstring.quote):
                self.unclosed_fstring(self.end_of_string(fstring.quote, found.start()))
                return
            elif piece in ("'''", '"""') and len(fstring.quote) == 1:
                scan_from = found.start() + 1
        self.unclosed_fstring(len(self.text))

    def fstring_field(self, fstring: _FString, start: int) -> None:
        """Enters the replacement field whose `{` stands at `start`."""
        self.position = start + 1
        self.brackets.append(self.add(Kind.OPERATOR, start, self.position))
        fstring.fields.append(len(self.brackets))
        fstring.formats.append(False)
        if len(fstring.fields) > MAX_FIELD_NESTING:
            self.problem("the formats of this f-string are nested too deeply", start, start + 1)
            line_end = self.text.find("\n", start)
            self.give_up_fstrings(len(self.text) if line_end < 0 else line_end)

    def fstring_piece(self, start: int, end: int) -> None:
        if end > start:
            self.add(Kind.FSTRING_TEXT, start, end)

    def unclosed_fstring(self, end: int) -> None:
        """Gives up all open f-strings; scanning goes on at `end`."""
        outermost = self.fstrings[0]
        if self.fstrings[-1].fields:
            brace = self.brackets[self.fstrings[-1].fields[-1] - 1]
            hint = "put '}' after the value"
            self.problem("this '{' of an f-string is not closed", brace.start, brace.end, hint)
        else:
            self.unclosed_string(outermost.quote, outermost.start.start, end)
        self.give_up_fstrings(end)

    def give_up_fstrings(self, end: int) -> None:
        del self.brackets[self.fstrings[0].base :]
        self.fstrings.clear()
        self.position = end

    # -- the end

    def unclosed(self) -> None:
        """Reports the innermost open bracket and forgets all that are open."""
        opener = self.brackets[-1]
        hint = f"add the '{OPENERS[opener.text]}'"
        self.problem(f"this '{opener.text}' is not closed", opener.start, opener.end, hint)
        self.brackets.clear()

    def end_of_text(self) -> None:
        if self.fstrings:
            self.unclosed_fstring(len(self.text))
        if self.brackets:
            self.unclosed()
        self.end_line(len(self.text))


def _describe_character(character: str) -> tuple[str, str | None]:
    """The message and the hint for a character that no program contains."""
    if character == "`":
        return "backquotes are not supported", "write str(x) in place of `x`"
    if character == "\\":
        return "a '\\' continues a line only as its last character", "remove what follows it, blanks too"
    if character == "\0":
        return "a NUL character cannot stand in a program", "is this a text file?"
    if character in _ODD_QUOTES:
        return f"'{character}' is not a quote that programs use", "write ' or \""
    if character in _ODD_MINUS:
        return f"'{character}' is not a minus sign that programs use", "write -"
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    if character.isspace():
        return f"this blank ({name}) is not one that programs use", "write an ordinary space"
    if character.isprintable():
        return f"the character '{character}' has no meaning here", None
    return f"the character {name} cannot stand in a program", "remove it"
