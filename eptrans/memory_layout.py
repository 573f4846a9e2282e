"""Where a program's parts lie: in a core's local memory as far as they fit, else in shared memory.

Code is placed first, then the global data, then the stack; arrays and strings get what is left, and go to
the core's share of shared memory when that is used up. All sizes come from the IR, so that they are the same
on every host.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import MachineOptions

RECURSIVE_STACK_BYTES = 4096
"""Local memory set aside for the stack of a program whose calls have no bound known at build time."""


class Region(Enum):
    """A kind of memory."""

    LOCAL = "local"
    SHARED = "shared"


@dataclass(frozen=True)
class Placed:
    """A part of a program: its bytes and where they lie."""

    size: int
    region: Region

    @property
    def local(self) -> int:
        """Bytes that it takes of the local memory."""
        return self.size if self.region is Region.LOCAL else 0


@dataclass(frozen=True)
class FarParts:
    """The parts of a program that lie in shared memory and whose price its compiled code holds."""

    code: bool = False
    data: bool = False
    stack: bool = False
    """One of known size: where calls have no bound, every object pays for what it grows to."""

    def __str__(self) -> str:
        return " and ".join(name for name in ("code", "data", "stack") if getattr(self, name)) or "nothing"


NOTHING_FAR = FarParts()
"""All of a program lies in local memory."""


@dataclass(frozen=True)
class MemoryLayout:
    """The memory of one core when its program starts; sizes in bytes."""

    local_memory: int
    code: Placed
    data: Placed
    stack: Placed
    """What is set aside. The stack of a recursive program may grow past it, into shared memory."""
    arrays_local: int
    """Left for arrays and strings."""
    arrays_shared: int
    """The core's share of shared memory for them."""


def memory_layout(code: int, data: int, stack: int, options: MachineOptions, cores: int) -> MemoryLayout:
    """Place the parts of a program: `stack` is what its calls can need at most, 0 where that is not known."""
    left = options.local_memory

    def place(size: int, shared: bool = False) -> Placed:
        nonlocal left
        if shared or size > left:
            return Placed(size, Region.SHARED)
        left -= size
        return Placed(size, Region.LOCAL)

    placed_code = place(code, options.code_in_shared_memory)
    placed_data = place(data, options.data_in_shared_memory)
    placed_stack = place(min(stack or RECURSIVE_STACK_BYTES, options.stack_bytes))
    common = options.shared_memory - (code - placed_code.local)
    share = common // cores - (data - placed_data.local)
    return MemoryLayout(
        local_memory=options.local_memory,
        code=placed_code,
        data=placed_data,
        stack=placed_stack,
        arrays_local=0 if options.data_in_shared_memory else left,
        arrays_shared=max(0, share),
    )
