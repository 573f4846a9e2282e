"""What a block uses of the parts of a program that may lie in shared memory: its own code and the globals.

The C says so in macros (EP_FETCH, EP_USE) that cost nothing where the parts lie in local memory. Code is
fetched in words of 8 bytes, from the start of each block on: a core has no cache, so that a block pays each
time it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..ir import LoadGlobal, Operation, StoreGlobal

FETCHED_BYTES = 8


class OperationUse(NamedTuple):
    """Bytes of code of an operation, and words of global variables that it reads and writes."""

    bytes: int = 0
    reads: int = 0
    writes: int = 0


NO_USE = OperationUse()


def use_of(operation: Operation, code_bytes: int) -> OperationUse:
    """What an operation uses whose code has so many bytes."""
    if not isinstance(operation, LoadGlobal | StoreGlobal):
        return OperationUse(code_bytes)
    words = 2 if operation.variable.type.is_dynamic else 1
    if isinstance(operation, LoadGlobal):
        return OperationUse(code_bytes, reads=words)
    return OperationUse(code_bytes, writes=words)


class FarUse(NamedTuple):
    """What is paid for: words of code that are fetched, and words of global variables read and written."""

    words: int = 0
    reads: int = 0
    writes: int = 0

    def plus(self, other: FarUse) -> FarUse:
        """Both."""
        return FarUse(self.words + other.words, self.reads + other.reads, self.writes + other.writes)

    def statements(self) -> list[str]:
        """The C that pays for it where that has to be."""
        fetched = [f"EP_FETCH({self.words});"] if self.words else []
        used = [f"EP_USE({self.reads}, {self.writes});"] if self.reads or self.writes else []
        return fetched + used


NOTHING = FarUse()


@dataclass
class BlockUse:
    """The use of one block while it is written. `bytes`: of its code so far; `unpaid`: what no C says yet."""

    bytes: int = 0
    unpaid: FarUse = NOTHING

    def run(self, use: OperationUse) -> FarUse:
        """What the next operation adds."""
        before = -(-self.bytes // FETCHED_BYTES)
        self.bytes += use.bytes
        added = FarUse(-(-self.bytes // FETCHED_BYTES) - before, use.reads, use.writes)
        self.unpaid = self.unpaid.plus(added)
        return added

    def pay(self) -> list[str]:
        """The C for what is unpaid."""
        statements = self.unpaid.statements()
        self.unpaid = NOTHING
        return statements
