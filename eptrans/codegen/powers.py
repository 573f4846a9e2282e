"""Powers with a constant exponent: which are multiplied out, in C and in what they cost.

Ints wrap, so that any order of multiplications gives the same. Reals of 32 bits are multiplied in double
precision and rounded once, which is what `pow` in double precision gives too. With 64 bits each
multiplication rounds: there only squares and cubes are multiplied out, and all others are the C library's.
"""

from __future__ import annotations

from ..ir import Binary, BinaryOperator
from ..operands import Constant
from ..value_types import Tag

LARGEST = 63
"""Of the exponents: `ep_power_by_int` of the runtime's header has as many bits."""
LARGEST_IN_64_BITS = 3


def multiplied_out(operation: Binary, word: int) -> int | None:
    """The exponent of a power that is multiplied out; None for every other operation."""
    if operation.operator is not BinaryOperator.POWER or not isinstance(operation.right, Constant):
        return None
    value = operation.right.value
    if not isinstance(value, (int, float)) or not float(value).is_integer():
        return None
    exponent = int(value)
    if operation.left.type.tags != Tag.REAL:
        return exponent if 0 <= exponent <= LARGEST else None
    if word == 64:
        return exponent if 0 <= exponent <= LARGEST_IN_64_BITS else None
    return exponent if abs(exponent) <= LARGEST else None


def multiplications(exponent: int) -> int:
    """How many it takes, by squaring: the exponent's sign aside."""
    size = abs(exponent)
    return max(0, size.bit_length() - 1 + size.bit_count() - 1)
