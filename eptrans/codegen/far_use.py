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


class FarUse(NamedTuple):
    """Words of code that are fetched, and words of global variables that are read and written."""

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


NO_USE = FarUse()


@dataclass
class BlockUse:
    """The use of one block while it is written. `bytes`: of its code so far; `unpaid`: what no C says yet."""

    bytes: int = 0
    unpaid: FarUse = NO_USE

    def run(self, operation: Operation, code_bytes: int) -> FarUse:
        """What the next operation adds."""
        before = -(-self.bytes // FETCHED_BYTES)
        self.bytes += code_bytes
        reads = writes = 0
        if isinstance(operation, LoadGlobal | StoreGlobal):
            slots = 2 if operation.variable.type.is_dynamic else 1
            reads, writes = (slots, 0) if isinstance(operation, LoadGlobal) else (0, slots)
        use = FarUse(-(-self.bytes // FETCHED_BYTES) - before, reads, writes)
        self.unpaid = self.unpaid.plus(use)
        return use

    def pay(self) -> list[str]:
        """The C for what is unpaid."""
        statements = self.unpaid.statements()
        self.unpaid = NO_USE
        return statements
