"""What the operators of both standards mean, by Python's own arithmetic brought into a word."""

from __future__ import annotations

import math
import operator
import random
import struct
from collections.abc import Callable
from enum import IntEnum

Number = bool | int | float


class Binary(IntEnum):
    """enum ep_binary of eptrans_rt.h."""

    ADD = 0
    SUBTRACT = 1
    MULTIPLY = 2
    DIVIDE = 3
    FLOOR_DIVIDE = 4
    MODULO = 5
    POWER = 6
    BIT_AND = 7
    BIT_OR = 8
    BIT_XOR = 9
    SHIFT_LEFT = 10
    SHIFT_RIGHT = 11


class NoResult(Exception):
    """The operation is an error."""


def to_single(number: float) -> float:
    """Rounded to a float; what is too large becomes infinite."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def wrap(number: int, word: int) -> int:
    number &= (1 << word) - 1
    return number - (1 << word) if number >> (word - 1) else number


def rounder(word: int) -> Callable[[float], float]:
    return to_single if word == 32 else float


_SIMPLE: dict[Binary, Callable[[Number, Number], Number]] = {
    Binary.ADD: operator.add,
    Binary.SUBTRACT: operator.sub,
    Binary.MULTIPLY: operator.mul,
    Binary.BIT_AND: operator.and_,
    Binary.BIT_OR: operator.or_,
    Binary.BIT_XOR: operator.xor,
    Binary.DIVIDE: operator.truediv,
    Binary.FLOOR_DIVIDE: operator.floordiv,
    Binary.MODULO: operator.mod,
}


def on_ints(op: Binary, a: int, b: int, word: int, python3: bool) -> Number:
    real = rounder(word)
    if op is Binary.DIVIDE and not python3:
        op = Binary.FLOOR_DIVIDE
    if op in (Binary.DIVIDE, Binary.FLOOR_DIVIDE, Binary.MODULO) and b == 0:
        raise NoResult
    if op is Binary.DIVIDE:
        return real(real(a) / real(b))
    if op is Binary.POWER:
        if b < 0 and (a == 0 or not python3):
            raise NoResult
        return real(float(a) ** b) if b < 0 else wrap(pow(a, b, 1 << word), word)
    if op in (Binary.SHIFT_LEFT, Binary.SHIFT_RIGHT):
        if not 0 <= b < word:
            raise NoResult
        return wrap(a << b, word) if op is Binary.SHIFT_LEFT else a >> b
    return wrap(int(_SIMPLE[op](a, b)), word)


def _power_of_reals(a: float, b: float, python3: bool) -> float:
    fractional = a < 0 and not math.isinf(a) and math.isfinite(b) and b != int(b)
    if fractional:
        if python3:
            raise NoResult
        return math.nan
    try:
        return float(a**b)
    except ZeroDivisionError:
        if python3:
            raise NoResult from None
    except OverflowError:
        pass
    return math.copysign(math.inf, a) if b % 2 == 1 else math.inf


def on_reals(op: Binary, a: float, b: float, word: int, python3: bool) -> float:
    real = rounder(word)
    a, b = real(a), real(b)
    if op >= Binary.BIT_AND:
        raise NoResult
    if op is Binary.POWER:
        return real(_power_of_reals(a, b, python3))
    if b == 0 and op in (Binary.DIVIDE, Binary.FLOOR_DIVIDE, Binary.MODULO):
        if python3:
            raise NoResult
        if op is Binary.MODULO or a == 0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1, b)
    return real(float(_SIMPLE[op](a, b)))


def binary(op: Binary, a: Number, b: Number, word: int, python3: bool) -> Number:
    """The result in the word. Raises NoResult where the operation is an error."""
    if isinstance(a, bool) and isinstance(b, bool) and (Binary.BIT_AND <= op <= Binary.BIT_XOR):
        return _SIMPLE[op](a, b)
    if isinstance(a, int) and isinstance(b, int):
        return on_ints(op, int(a), int(b), word, python3)
    return on_reals(op, float(a), float(b), word, python3)


def same(a: object, b: object) -> bool:
    """Equal, of one kind; nan is nan, and 0.0 is not -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float) and isinstance(b, float):
        return repr(a) == repr(b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def any_int(rng: random.Random, word: int) -> int:
    if rng.random() < 0.4:
        return rng.randint(-10, 10)
    edges = [-(2 ** (word - 1)), 2 ** (word - 1) - 1, 0, 1, -1, 2, -2, 31, 32, 63, 64]
    return rng.choice(edges) if rng.random() < 0.3 else wrap(rng.getrandbits(rng.randint(1, word)), word)


def any_real(rng: random.Random, word: int) -> float:
    choice = rng.random()
    if choice < 0.15:
        number = rng.choice([0.0, -0.0, math.inf, -math.inf, math.nan, 0.5, -0.5, 1e-30, 1e30, 2.0**-44])
    elif choice < 0.4:
        number = float(rng.randint(-10, 10))
    elif choice < 0.6:
        number = struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0]
    elif choice < 0.8:
        number = rng.uniform(-1000, 1000)
    else:
        number = round(rng.uniform(-1000, 1000), rng.randint(0, 5))
    return to_single(number) if word == 32 else number


def any_number(rng: random.Random, word: int) -> Number:
    choice = rng.random()
    if choice < 0.1:
        return rng.random() < 0.5
    return any_int(rng, word) if choice < 0.55 else any_real(rng, word)
