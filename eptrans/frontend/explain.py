"""Says in a user's words why Python's parser refuses a line.

The parser's own messages differ from one Python version to the next and know nothing of ePython. So the
tokens of the refused line are looked at first for mistakes that are common and always wrong: each rule is one
function, and the first that recognises its mistake speaks. Only then is the parser's message shown.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from eptrans.diagnostics import suggest
from eptrans.frontend.rewrite import ASSIGNMENTS, COMPOUND, CONSTANTS
from eptrans.frontend.tokens import CLOSERS, Kind, LogicalLine, Problem, Token

#: Operators of other languages, as the tokens they are read as, and what to write.
_FOREIGN_OPERATORS = {
    ("&", "&"): "and",
    ("|", "|"): "or",
    ("==", "="): "==",
    ("!=", "="): "!=",
    ("=", "<"): "<=",
    ("=", ">"): ">=",
}
#: Operators of ePython that Python 3 does not have, and what to do.
_EPYTHON_OPERATORS = {"!": "write not", "<>": "write !="}
#: First words of statements in other languages.
_FOREIGN_WORDS = {
    "elseif": "elif",
    "elsif": "elif",
    "function": "def",
    "func": "def",
    "fn": "def",
    "sub": "def",
    "switch": "if",
    "until": "while not",
    "foreach": "for",
    "var": "",
    "let": "",
}
_SOFT_KEYWORDS = frozenset(["match", "case", "type", "print", "exec", "native"])
_OPERAND_STARTS = frozenset([Kind.NAME, Kind.NUMBER, Kind.STRING, Kind.FSTRING_START])
_OPERAND_ENDS = frozenset([Kind.NAME, Kind.NUMBER, Kind.STRING, Kind.FSTRING_END])
_STRINGS = frozenset([Kind.STRING, Kind.FSTRING_START, Kind.FSTRING_END])
_STATEMENT_WORDS = (
    "print",
    "if",
    "elif",
    "else",
    "while",
    "for",
    "def",
    "return",
    "import",
    "from",
    "global",
    "pass",
)

#: Messages of Python's parser, how to say them, and a hint. Looked through in order.
_MESSAGES: tuple[tuple[re.Pattern[str], str, str | None], ...] = tuple(
    (re.compile(pattern), message, hint)
    for pattern, message, hint in (
        (
            r"unindent does not match",
            "this line ends a block, but starts in the column of none that is open",
            "start it in the same column as the lines before it in its block; a tab counts as 4 columns",
        ),
        (
            r"unexpected indent",
            "this line is indented, but nothing before it starts a block",
            "start it in the same column as the line before it",
        ),
        (
            r"inconsistent use of tabs",
            "tabs and spaces are mixed in the indentation",
            "indent with spaces only, or choose --std epython, where a tab counts as 4 columns",
        ),
        (
            r"too many levels of indentation",
            "nested too deeply: too many blocks inside blocks",
            "use functions",
        ),
        (
            r"too many nested parentheses",
            "nested too deeply: too many brackets inside brackets",
            "use more names",
        ),
        (r"(cannot assign to .*?)(?: here)?\. Maybe you meant.*", r"\1", "= assigns to a name, == compares"),
        (r"(cannot assign to (?:True|False|None))$", r"\1", "it is a constant: choose another name"),
        (r"(cannot assign to .*)", r"\1", "on the left of = stands a name, or an element like a[0]"),
        (
            r"invalid (?:decimal|hexadecimal|octal|binary) literal|invalid digit .*",
            "this is not a number",
            "a name starts with a letter, a number has none inside",
        ),
        (r"leading zeros in decimal", "a number cannot start with 0 here", "write 0o17 for an octal number"),
        (r"Exceeds the limit .* for integer string", "this number is too large", None),
        (r"unexpected EOF.*|.*was never closed", "the program ends in the middle of a statement", None),
        (
            r"positional argument follows keyword argument.*",
            "an argument without a name follows one with a name",
            "put the arguments without names first",
        ),
        (
            r"(?:non-default argument|parameter without a default) follows.*",
            "a parameter without default follows one with a default",
            "put the parameters without defaults first",
        ),
        (r"duplicate argument '(.*)' in.*", r"two parameters are called '\1'", "rename one"),
    )
)


@dataclass(frozen=True)
class Refused:
    """A line that Python's parser refuses: its tokens, the parser's message, where in the text it points."""

    line: LogicalLine
    message: str
    start: int
    end: int
    epython: bool

    @cached_property
    def tokens(self) -> list[Token]:
        return self.line.tokens

    @cached_property
    def words(self) -> list[str]:
        """The tokens' texts, keywords in lower case where the standard takes them in any case."""
        return [self._word(token) for token in self.tokens]

    def _word(self, token: Token) -> str:
        lower = token.text.lower()
        if not self.epython or token.kind is not Kind.NAME:
            return token.text
        return CONSTANTS.get(lower) or (lower if keyword.iskeyword(lower) or lower == "print" else token.text)

    def at(self, first: int, last: int, message: str, hint: str | None = None) -> Problem:
        """A problem that covers the tokens from index `first` to `last`."""
        return Problem(message, self.tokens[first].start, self.tokens[last].end, hint)

    def adjacent(self, index: int) -> bool:
        """Whether the token at `index` and the next one touch."""
        return index + 1 < len(self.tokens) and self.tokens[index].end == self.tokens[index + 1].start

    def ends_operand(self, index: int) -> bool:
        if index < 0:
            return False
        token, word = self.tokens[index], self.words[index]
        if token.kind is Kind.NAME:
            return word in CONSTANTS.values() or not keyword.iskeyword(word)
        return token.kind in _OPERAND_ENDS or word in CLOSERS


def explain(refused: Refused) -> Problem:
    """What is wrong with a refused line, where, and how to put it right."""
    for rule in _RULES:
        problem = rule(refused)
        if problem:
            return problem
    return explain_by_parser(refused)


# -- the rules


def _foreign_operator(refused: Refused) -> Problem | None:
    for index, pair in enumerate(zip(refused.words, refused.words[1:], strict=False)):
        if pair in _FOREIGN_OPERATORS and refused.adjacent(index):
            written = _FOREIGN_OPERATORS[pair]
            return refused.at(index, index + 1, f"'{''.join(pair)}' is not an operator", f"write {written}")
    return None


def _epython_operator(refused: Refused) -> Problem | None:
    if refused.epython:
        return None
    for index, word in enumerate(refused.words):
        comment = word == "/" and refused.adjacent(index) and refused.words[index + 1].startswith("*")
        written = "start a comment with #" if comment else _EPYTHON_OPERATORS.get(word)
        if written:
            message = f"'{'/*' if comment else word}' is ePython's, and means nothing in Python 3"
            return refused.at(index, index, message, f"{written}, or choose --std epython")
    return None


def _increment(refused: Refused) -> Problem | None:
    for index, pair in enumerate(zip(refused.words, refused.words[1:], strict=False)):
        ends = index + 2 == len(refused.words) or refused.words[index + 2] in (";", ")")
        if pair in (("+", "+"), ("-", "-")) and ends and refused.ends_operand(index - 1):
            name = refused.words[index - 1] if refused.words[index - 1].isidentifier() else "x"
            message = f"'{''.join(pair)}' is not an operator"
            return refused.at(index, index + 1, message, f"write {name} {pair[0]}= 1")
    return None


def _foreign_word(refused: Refused) -> Problem | None:
    written = _FOREIGN_WORDS.get(refused.words[0].lower())
    if written is None or len(refused.words) < 2 or refused.tokens[1].kind is Kind.OPERATOR:
        return None
    hint = f"write '{written}'" if written else "assign to the name: it needs no declaration"
    return refused.at(0, 0, f"there is no '{refused.tokens[0].text}' statement", hint)


def _else_if(refused: Refused) -> Problem | None:
    if refused.words[:2] == ["else", "if"]:
        return refused.at(0, 1, "'else if' on one line is not a statement", "write 'elif'")
    return None


def _without_if(refused: Refused) -> Problem | None:
    first = refused.tokens[0]
    openers = {"else": "'if', 'for' or 'while'", "elif": "'if'", "except": "'try'", "finally": "'try'"}
    opener = openers.get(refused.words[0])
    if opener and refused.start <= first.start and refused.message.startswith("invalid syntax"):
        message = f"this '{refused.words[0]}' belongs to no {opener}"
        return refused.at(0, 0, message, "it starts in the same column as the statement it belongs to")
    return None


def _braces(refused: Refused) -> Problem | None:
    if refused.words[0] not in COMPOUND:
        return None
    for index, token in enumerate(refused.tokens):
        if (
            token.text == "{"
            and token.depth == 0
            and (refused.ends_operand(index - 1) or refused.words[index - 1] == "else")
        ):
            hint = "end the line with ':' and indent the lines of the block"
            return refused.at(index, index, "a block is not written with braces", hint)
    return None


def _assignment_in_condition(refused: Refused) -> Problem | None:
    if refused.words[0] not in ("if", "elif", "while"):
        return None
    openers: list[bool] = []  # of each open bracket, whether arguments may be named in it
    for index, word in enumerate(refused.words):
        if refused.tokens[index].kind is not Kind.OPERATOR:
            continue
        if word in "([{":
            openers.append(refused.ends_operand(index - 1))
        elif word in CLOSERS and openers:
            openers.pop()
        elif word == ":" and not openers:
            return None
        elif word == "=" and not (openers and openers[-1]):
            return refused.at(
                index, index, "'=' assigns, and cannot stand in a condition", "write == to compare"
            )
    return None


def _reserved_word(refused: Refused) -> Problem | None:
    for index, word in enumerate(refused.words):
        if refused.tokens[index].kind is not Kind.NAME or not keyword.iskeyword(word):
            continue
        before = refused.words[index - 1] if index else ""
        after = refused.words[index + 1] if index + 1 < len(refused.words) else ""
        header = refused.words[0] == "def" and before in ("(", ",", "def")
        if before in ("def", "as", "import", "global") or after in ASSIGNMENTS or header:
            what = "a constant" if word in CONSTANTS.values() else "a word of the language"
            return refused.at(
                index, index, f"'{refused.tokens[index].text}' is {what}, not a name", "choose another name"
            )
    return None


def _for_without_in(refused: Refused) -> Problem | None:
    if refused.words[0] == "for" and "in" not in refused.words:
        return refused.at(0, 0, "this 'for' has no 'in'", "write `for i in range(n):`")
    return None


def _missing_colon(refused: Refused) -> Problem | None:
    first = refused.words[0]
    if first not in COMPOUND:
        return None
    lambdas = 0
    for token, word in zip(refused.tokens, refused.words, strict=True):
        lambdas += word == "lambda"
        if word == ":" and token.depth == 0:
            if not lambdas:
                return None
            lambdas -= 1
    last = refused.tokens[-1]
    if last.text == ";":
        return Problem(
            f"':' is missing at the end of this '{first}'", last.start, last.end, "write ':' in place of ';'"
        )
    for index, word in enumerate(refused.words):
        if word in ("then", "do") and index and refused.ends_operand(index - 1):
            return refused.at(
                index, index, f"'{word}' is not needed here", f"end the '{first}' line with ':'"
            )
    return Problem(f"':' is missing at the end of this '{first}'", last.end, last.end + 1, "add ':' here")


def _print_without_brackets(refused: Refused) -> Problem | None:
    for index, word in enumerate(refused.words[:-1]):
        starts = index == 0 or refused.words[index - 1] in (":", ";")
        if (
            word == "print"
            and starts
            and refused.tokens[index + 1].kind in _OPERAND_STARTS
            and not refused.epython
        ):
            hint = "write print(...), or choose --std epython"
            return refused.at(index, index, "print is a function in Python 3", hint)
    return None


_TYPE_WORDS = frozenset(("int", "float", "double", "real", "bool", "boolean", "string", "str", "var", "let"))


def _two_operands(refused: Refused) -> Problem | None:
    for index in range(1, len(refused.tokens)):
        left, right = refused.tokens[index - 1], refused.tokens[index]
        if right.kind not in _OPERAND_STARTS or not refused.ends_operand(index - 1):
            continue
        if keyword.iskeyword(refused.words[index]) and refused.words[index] not in CONSTANTS.values():
            continue
        if (left.kind in _STRINGS and right.kind in _STRINGS) or refused.words[index - 1] in _SOFT_KEYWORDS:
            continue
        if left.kind is Kind.NUMBER and refused.adjacent(index - 1):
            message = f"'{left.text}{right.text}' is neither a number nor a name"
            return refused.at(
                index - 1, index, message, "a name starts with a letter, a number has none inside"
            )
        first = index == 1 or refused.words[index - 2] in (":", ";")
        if first and left.text in _TYPE_WORDS:
            hint = f"assign at once: {right.text} = ..."
            return refused.at(index - 1, index - 1, "variables are not declared", hint)
        near = suggest(left.text, _STATEMENT_WORDS) if first and left.kind is Kind.NAME else None
        if near:
            return refused.at(
                index - 1, index - 1, f"there is no '{left.text}' statement", f"did you mean '{near}'?"
            )
        message = f"something is missing between {_quoted(left)} and {_quoted(right)}"
        return refused.at(index, index, message, "an operator, a ',' or a new line")
    return None


def _quoted(token: Token) -> str:
    if token.kind in _STRINGS:
        return "a string"
    return f"'{token.text}'"


_RULES: tuple[Callable[[Refused], Problem | None], ...] = (
    _foreign_operator,
    _epython_operator,
    _increment,
    _else_if,
    _without_if,
    _foreign_word,
    _braces,
    _assignment_in_condition,
    _reserved_word,
    _for_without_in,
    _missing_colon,
    _print_without_brackets,
    _two_operands,
)


# -- what the parser says


def explain_by_parser(refused: Refused) -> Problem:
    """The parser's own message, in the words of this package where it has any for it."""
    message, start, end = refused.message, refused.start, refused.end
    for pattern, said, hint in _MESSAGES:
        found = pattern.match(message)
        if found:
            return Problem(found.expand(said), start, end, hint)
    main, _, rest = message.partition(". ")
    hint = rest[0].lower() + rest[1:] if rest else None
    if main != "invalid syntax":
        return Problem(main[0].lower() + main[1:] if main else "invalid syntax", start, end, hint)
    for token in refused.tokens:
        if token.start <= start < token.end:
            what = "string" if token.kind in _STRINGS else f"'{token.text}'"
            return Problem(f"unexpected {what}", token.start, token.end, hint)
    if start >= refused.line.end:
        return Problem(
            "the line ends too early",
            refused.line.end,
            refused.line.end + 1,
            "a value or a bracket is missing",
        )
    return Problem("this cannot be understood", start, end, hint)
