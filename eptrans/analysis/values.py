"""What type inference knows of a value: its possible kinds, functions, and places of allocation."""

from __future__ import annotations

from dataclasses import dataclass

from ..value_types import NUMBERS, Tag, is_single

NO_FUNCTIONS: frozenset[str] = frozenset()
NO_SITES: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Value:
    """A set of possible values.

    `functions`: which functions it may be (generic names); `sites`: where the arrays it may be were
    allocated or arrived.
    """

    tags: Tag = Tag.NOTHING
    functions: frozenset[str] = NO_FUNCTIONS
    sites: frozenset[int] = NO_SITES

    def __or__(self, other: Value) -> Value:
        if self is other or not other.tags:
            return self
        if not self.tags:
            return other
        tags = self.tags | other.tags
        functions = self.functions | other.functions
        sites = self.sites | other.sites
        if (tags, functions, sites) == (self.tags, self.functions, self.sites):
            return self
        return Value(tags, functions, sites)

    def only(self, tags: Tag) -> Value:
        """The part of it that has one of these kinds."""
        kept = self.tags & tags
        functions = self.functions if kept & Tag.FUNCTION else NO_FUNCTIONS
        return Value(kept, functions, self.sites if kept & Tag.ARRAY else NO_SITES)


NOTHING = Value()
A_NONE = Value(Tag.NONE)
A_BOOL = Value(Tag.BOOL)
AN_INT = Value(Tag.INT)
A_REAL = Value(Tag.REAL)
A_STRING = Value(Tag.STRING)


def joined_kind(tags: Tag) -> Tag:
    """The kind that an array has which is seen to hold all of these: bools are ints among ints, and
    both are reals among reals. Kinds that do not go together stay a set."""
    if not tags:
        return Tag.INT
    if tags & ~NUMBERS or is_single(tags):
        return tags
    return Tag.REAL if tags & Tag.REAL else Tag.INT
