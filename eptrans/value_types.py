"""The types of values: kinds, sets of kinds, and what a register may hold.

A kind is a bit (`Tag`), so that a set of kinds is an int; a `Type` is a set of kinds with what is known of
arrays. Inference finds the sets (analysis/), the passes make types of them, the code generator asks a type
how its values are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar


class Tag(int):
    """The kinds of value, as bits of a set.

    A plain int where it counts: inference joins such sets millions of times, and an `IntFlag` takes a
    microsecond for each.
    """

    NOTHING: ClassVar[Tag]
    NONE: ClassVar[Tag]
    BOOL: ClassVar[Tag]
    INT: ClassVar[Tag]
    REAL: ClassVar[Tag]
    STRING: ClassVar[Tag]
    FUNCTION: ClassVar[Tag]
    ARRAY: ClassVar[Tag]

    if TYPE_CHECKING:

        def __and__(self, other: int) -> Tag: ...
        def __or__(self, other: int) -> Tag: ...
        def __invert__(self) -> Tag: ...


TAG_NAMES = {Tag(0): "nothing"}
for _position, _name in enumerate(("none", "bool", "int", "real", "string", "function", "array")):
    TAG_NAMES[Tag(1 << _position)] = _name
for _tag, _name in TAG_NAMES.items():
    setattr(Tag, _name.upper(), _tag)

TAG_ORDER = tuple(tag for tag in TAG_NAMES if tag)
NUMBERS = Tag.BOOL | Tag.INT | Tag.REAL
COUNTED = Tag.STRING | Tag.ARRAY  # kinds that carry a reference count


def tags_in(tags: Tag) -> tuple[Tag, ...]:
    """The single kinds in a set, in a fixed order."""
    return tuple(tag for tag in TAG_ORDER if tags & tag)


def is_single(tags: Tag) -> bool:
    """Whether a set holds exactly one kind."""
    return tags != 0 and tags & (tags - 1) == 0


@dataclass(frozen=True)
class Type:
    """What a register may hold: a set of kinds and, for arrays, the kinds of their elements.

    One kind is held unboxed (an `ep_int`, an array's address); several, and `none`, as a tagged
    `ep_value`. `dimensions` is 0 where it differs at run time. `exposed`: other cores may use the array.
    """

    tags: Tag
    elements: Tag = Tag.NOTHING
    dimensions: int = 0
    exposed: bool = False

    @property
    def is_dynamic(self) -> bool:
        """Held as a tagged value."""
        return not is_single(self.tags) or self.tags == Tag.NONE

    @property
    def is_counted(self) -> bool:
        """May hold something with a reference count."""
        return bool(self.tags & COUNTED)

    def __str__(self) -> str:
        if self == UNKNOWN:
            return "?"
        names = []
        for tag in tags_in(self.tags):
            name = TAG_NAMES[tag]
            if tag == Tag.ARRAY:
                inner = "|".join(TAG_NAMES[t] for t in tags_in(self.elements)) or "?"
                rank = f",{self.dimensions}" if self.dimensions else ""
                name = f"{'exposed ' if self.exposed else ''}array[{inner}{rank}]"
            names.append(name)
        return "|".join(names) or "never"


UNKNOWN = Type(Tag.NOTHING, Tag.NOTHING, -1)
NEVER = Type(Tag.NOTHING)
NONE = Type(Tag.NONE)
BOOL = Type(Tag.BOOL)
INT = Type(Tag.INT)
REAL = Type(Tag.REAL)
STRING = Type(Tag.STRING)
FUNCTION = Type(Tag.FUNCTION)
