"""The kinds of value as messages name them."""

from __future__ import annotations

from .value_types import Tag, tags_in

_ONE = {
    Tag.NONE: "none",
    Tag.BOOL: "a bool",
    Tag.INT: "an int",
    Tag.REAL: "a real",
    Tag.STRING: "a string",
    Tag.FUNCTION: "a function",
    Tag.ARRAY: "an array",
}
_MANY = {
    Tag.NONE: "none",
    Tag.BOOL: "bools",
    Tag.INT: "ints",
    Tag.REAL: "reals",
    Tag.STRING: "strings",
    Tag.FUNCTION: "functions",
    Tag.ARRAY: "arrays",
}


def kind_text(tags: Tag, plural: bool = False) -> str:
    """ "an int", "an int or none", "strings" """
    words = [(_MANY if plural else _ONE)[tag] for tag in tags_in(tags)]
    return " or ".join(words) or "nothing"
