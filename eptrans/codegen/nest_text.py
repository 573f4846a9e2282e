"""The C text of indices in a nest of loops: of their values in the loops, and of their ranges before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis.loop_definitions import Fixed
from ..analysis.loop_nests import (
    Held,
    Index,
    NestLimit,
    Number,
    Position,
    Product,
    Remainder,
    Sum,
    Trips,
    Variable,
)
from ..ir import Comparison
from ..value_types import Tag

AT_MOST, AT_LEAST = "ep_range_below({}, {}, 0)", "ep_range_above({}, {}, 0)"
LIMITS: dict[Comparison, tuple[str, ...]] = {
    Comparison.LESS: ("ep_range_below({}, {}, 1)",),
    Comparison.LESS_EQUAL: (AT_MOST,),
    Comparison.GREATER: ("ep_range_above({}, {}, 1)",),
    Comparison.GREATER_EQUAL: (AT_LEAST,),
    Comparison.EQUAL: (AT_MOST, AT_LEAST),
    Comparison.NOT_EQUAL: ("ep_range_except({}, {})",),
}


@dataclass(frozen=True)
class IndexText:
    """Writes indices. `fixed`: the C text of what the nest leaves alone; `numbers`: of the loops' names."""

    fixed: Callable[[Fixed], str]
    numbers: dict[int, int]

    def held(self, held: Held) -> str:
        """What the nest leaves alone, in 64 bits."""
        text = self.fixed(held.fixed)
        return f"{text}->length" if held.fixed.type.tags == Tag.ARRAY else f"(int64_t){text}"

    # -- values, in 64 bits

    def value(self, index: Index) -> str:
        """The value in the current iteration."""
        return VALUES[type(index)](self, index)

    def _variable(self, index: Variable) -> str:
        return f"at_{self.numbers[index.header]}"

    def _product(self, index: Product) -> str:
        return f"{self._factor(index.left)} * {self._factor(index.right)}"

    def _position(self, index: Position) -> str:
        step = index.trips.step
        walked: Index = index.variable if step == 1 else Product(index.variable, Number(step))
        return self.value(Sum(index.trips.start, walked))

    def _sum(self, index: Sum) -> str:
        if isinstance(index.right, Number):
            value = index.right.value * index.sign
            return f"{self.value(index.left)} {'-' if value < 0 else '+'} {abs(value)}"
        right = self._factor(index.right) if index.sign < 0 else self.value(index.right)
        return f"{self.value(index.left)} {'-' if index.sign < 0 else '+'} {right}"

    def _factor(self, index: Index) -> str:
        text = self.value(index)
        compound = isinstance(index, (Sum, Position)) or (isinstance(index, Number) and index.value < 0)
        return f"({text})" if compound else text

    # -- ranges

    def range(self, index: Index, limits: Sequence[NestLimit] = ()) -> str:
        """The range of all values, where all the limits hold."""
        text = self._whole_range(index, limits)
        for limit in limits:
            if limit.subject == index and not isinstance(index, Number):
                text = limited(text, limit.comparison, self.range(limit.other))
        return text

    def _whole_range(self, index: Index, limits: Sequence[NestLimit]) -> str:
        return RANGES[type(index)](self, index, limits)

    def _range_of_one(self, index: Number | Held, limits: Sequence[NestLimit]) -> str:
        return f"ep_range_one({self.value(index)})"

    def _range_of_variable(self, index: Variable, limits: Sequence[NestLimit]) -> str:
        return f"range_{self.numbers[index.header]}"

    def _range_of_sum(self, index: Sum, limits: Sequence[NestLimit]) -> str:
        name = "ep_range_add" if index.sign > 0 else "ep_range_subtract"
        return f"{name}({self.range(index.left, limits)}, {self.range(index.right, limits)})"

    def _range_of_product(self, index: Product, limits: Sequence[NestLimit]) -> str:
        return f"ep_range_multiply({self.range(index.left, limits)}, {self.range(index.right, limits)})"

    def _range_of_position(self, index: Position, limits: Sequence[NestLimit]) -> str:
        return self._walk("ep_range_values", index.trips)

    def _range_of_trips(self, index: Trips, limits: Sequence[NestLimit]) -> str:
        return self._walk("ep_range_trips", index)

    def _range_of_remainder(self, index: Remainder, limits: Sequence[NestLimit]) -> str:
        return f"ep_range_fitting(0, {index.divisor - 1})"

    def _walk(self, name: str, trips: Trips) -> str:
        ends = f"{self.range(trips.start)}, {self.range(trips.stop)}"
        return f"{name}({ends}, {trips.step}, {int(trips.inclusive)})"


VALUES: dict[type[Index], Callable[[IndexText, Any], str]] = {
    Number: lambda _, index: str(index.value),
    Held: IndexText.held,
    Variable: IndexText._variable,
    Sum: IndexText._sum,
    Product: IndexText._product,
    Position: IndexText._position,
}
"""Of the indices that a loop's iteration has a value of."""
RANGES: dict[type[Index], Callable[[IndexText, Any, Sequence[NestLimit]], str]] = {
    Number: IndexText._range_of_one,
    Held: IndexText._range_of_one,
    Variable: IndexText._range_of_variable,
    Sum: IndexText._range_of_sum,
    Product: IndexText._range_of_product,
    Position: IndexText._range_of_position,
    Trips: IndexText._range_of_trips,
    Remainder: IndexText._range_of_remainder,
}


def limited(values: str, comparison: Comparison, other: str) -> str:
    """The C text of the values of a range that stand so to something in another range."""
    for pattern in LIMITS[comparison]:
        values = pattern.format(values, other)
    return values
