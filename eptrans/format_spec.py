"""Format specifications of f-strings, read at build time: `{x:>8.3f}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[-+ ])?(?P<alternate>#)?(?P<zero>0)?(?P<width>\d+)?"
    r"(?P<grouping>[,_])?(?:\.(?P<precision>\d+))?(?P<type>[bcdeEfFgGosxX%])?",
    re.DOTALL,
)


class FormatError(ValueError):
    """A format specification that cannot be read."""


@dataclass(frozen=True)
class FormatSpecification:
    """Fields as Python's format specification mini-language names them; "" or None where not given."""

    fill: str
    align: str
    sign: str
    alternate: bool
    width: int
    grouping: str
    precision: int | None
    type: str


def parse_format(text: str) -> FormatSpecification:
    """Read a specification. Raises FormatError where it is not one, or too wide."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise FormatError(f"'{text}' is not a format specification")
    zero = found["zero"] is not None
    width = int(found["width"] or 0)
    precision = int(found["precision"]) if found["precision"] else None
    if width > 1000 or (precision or 0) > 1000:
        raise FormatError("width and precision of a format are at most 1000")
    return FormatSpecification(
        fill=found["fill"] or ("0" if zero else " "),
        align=found["align"] or ("=" if zero else ""),
        sign=found["sign"] or "",
        alternate=found["alternate"] is not None,
        width=width,
        grouping=found["grouping"] or "",
        precision=precision,
        type=found["type"] or "",
    )
