"""What the expressions of generated programs look like: their kinds, literals and forms."""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """The static kind of an expression; NUMBER is an int or a real, known only at run time."""

    INT = "int"
    REAL = "real"
    BOOL = "bool"
    TEXT = "text"
    NUMBER = "number"
    INTS = "ints"
    REALS = "reals"
    BOOLS = "bools"


ELEMENT = {Kind.INTS: Kind.INT, Kind.REALS: Kind.REAL, Kind.BOOLS: Kind.BOOL}
SCALARS = (Kind.INT, Kind.REAL, Kind.BOOL, Kind.TEXT, Kind.NUMBER)
INT_LITERALS = ("0", "1", "2", "-1", "3", "7", "10", "-5", "100", "-13", "65536", "46341", "2147483647",
                "-2147483647", "1000000007")
REAL_LITERALS = ("0.0", "1.0", "0.5", "2.0", "-1.5", "0.1", "3.25", "-0.75", "10.0", "1e3", "123.456", "1e-3")
TEXT_LITERALS = ("''", "'a'", "'xyz'", "'Hello, '", "'0'", "'é'")

# What an expression of each kind may look like, the simplest first. A hole {int} is an
# expression of that kind, {int_leaf} a name or a literal, {element_int} an element of
# an array, {sized} what has a length; the other holes are choices from CHOICES.
HOLE = re.compile(r"\{(\w+)\}")
CHOICES = {
    "divisor": ("3", "-7", "10", "(-13)"), "shift": ("1", "4", "0", "15", "30", "31"),
    "power": ("2", "0", "1", "3"), "nonzero": ("2.0", "-0.5", "3.0", "0.75", "-3.0"),
    "compare": ("<", "==", ">=", "!=", ">", "<="), "chain": ("<", ">=", "=="),
    "from": ("0", "1", "-2", ""), "to": ("", "2", "-1", "5"), "times": ("2", "0", "1", "4"),
    "literal": TEXT_LITERALS,
}
FORMS: dict[Kind, tuple[str, ...]] = {
    Kind.INT: (
        "({int} + {int})", "({int} - {int})", "({int} * {int})", "({int} // {divisor})",
        "({int} % {divisor})", "({int} // ({int_leaf} | 1))", "({int} % ({int} | 1))", "(-{int})",
        "(~{int})", "({int} & {int})", "({int} | {int})", "({int} ^ {int})", "({int} << {shift})",
        "({int} >> {shift})", "({int} >> ({int_leaf} & 15))", "abs({int})", "({int}) ** {power}",
        "min({int}, {int})", "max({int}, {int_leaf}, {int})", "({int} or {int})", "({int} and {int})",
        "({int} + {bool})", "int({real})", "round({real})", "len({sized})", "{element_int}", "sum({ints})",
        "({bool} * {int})", "(-{int_leaf} ** 2)", "({int} - {int_leaf} * {int_leaf})",
    ),
    Kind.REAL: (
        "({real} + {real})", "({real} - {real})", "({real} * {real})", "({real} / {nonzero})",
        "({int} / {divisor})", "({int} / ({int} | 1))", "float({int})", "({real} * {int})",
        "({int} - {real})", "(-{real})", "abs({real})", "sqrt(abs({real}))", "({real}) ** 2",
        "min({real}, {real})", "max({real}, {real})", "({real} // {nonzero})", "({real} % {nonzero})",
        "{element_real}", "sum([{real}, {real_leaf}])", "float({number})", "({real} + {bool})",
    ),
    Kind.BOOL: (
        "({int} {compare} {int})", "(not {bool})", "({real} {compare} {real})", "({bool} and {bool})",
        "({bool} or {bool})", "({int} {chain} {int} {compare} {int_leaf})", "({int} {compare} {real_leaf})",
        "({text} {compare} {text})", "({number} {compare} {number})", "(not {int})", "{element_bool}",
        "({real} {chain} {int_leaf} {chain} {real})", "({bool} and {int} {compare} {int})",
    ),
    Kind.TEXT: (
        "({text_leaf} + {literal})", "str({int})", "str({real})", "str({bool})", "str({number})",
        "{text_leaf}[{from}:{to}]", "({literal} * {times})", 'f"<{{int_leaf}}>"',
        'f"{{real_leaf}} {{bool_leaf}}"', 'f"{{int_leaf}:5d}|{{int_leaf}:<6}|"', 'f"{{real_leaf}:.3f}"',
        'f"{{number_leaf}}{{text_leaf}}"', "({text_leaf} + str({number}))", "({literal} + {literal})",
    ),
    Kind.NUMBER: (
        "({int} if {bool} else {real})", "({number} + {int})", "({number} * {real})", "({int} - {number})",
        "(-{number})", "abs({number})", "min({number}, {int})", "max({real}, {number})",
        "({number} + {number})", "{real}", "{int}",
    ),
    Kind.INTS: (
        "[{int}, {int_leaf}]", "[{int}]", "[{int}] * {times}", "{ints_leaf}[{from}:{to}]",
        "{ints_leaf}[::-1]",
    ),
    Kind.REALS: (
        "[{real}, {real_leaf}]", "[{real}]", "[{real}] * {times}", "{reals_leaf}[{from}:{to}]",
        "{reals_leaf}[::-1]",
    ),
    Kind.BOOLS: (
        "[{bool}, {bool_leaf}]", "[{bool}]", "[{bool}] * {times}", "{bools_leaf}[{from}:{to}]",
    ),
}
