"""What a user chooses for a compilation: the language standard and the machine word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Standard(Enum):
    """The two meanings a program can be given (`--std`)."""

    EPYTHON = "epython"
    PYTHON3 = "python3"

    @property
    def default_word(self) -> int:
        """Bits of the machine word where `--word` is not given."""
        return 32 if self is Standard.EPYTHON else 64


@dataclass(frozen=True)
class CompileOptions:
    """Everything besides the sources that decides what code is generated."""

    standard: Standard = Standard.EPYTHON
    word: int = 32

    def __post_init__(self) -> None:
        if self.word not in (32, 64):
            raise ValueError(f"the machine word is 32 or 64 bits, not {self.word}")

    @property
    def python3(self) -> bool:
        return self.standard is Standard.PYTHON3

    @property
    def word_bytes(self) -> int:
        return self.word // 8

    @property
    def integer_range(self) -> tuple[int, int]:
        """The smallest and the largest int."""
        return -(1 << (self.word - 1)), (1 << (self.word - 1)) - 1
