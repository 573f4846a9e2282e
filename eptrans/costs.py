"""The cost table: cycles of each operation, each with the source of its number.

A number without a source does not get in: `Cost` refuses it. Cycles may be
halves, since a hop on the mesh takes one and a half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Cost:
    """What one operation takes, and how that is known."""

    cycles: float
    source: str

    def __post_init__(self) -> None:
        """Refuses a number without a source, and one that is no multiple of half a cycle.

        Raises:
            ValueError: either of these.
        """
        if not self.source:
            raise ValueError("a cost needs the source of its number")
        if self.cycles < 0 or self.cycles * 2 != int(self.cycles * 2):
            raise ValueError(f"{self.cycles} cycles: a cost is a multiple of half a cycle")


_CALL = "GCC's cost model for the Epiphany charges a call 8"
_MESH = "Epiphany Architecture Reference"
_LOAD = "a load takes 1 cycle and its result 1 more (Epiphany Architecture Reference)"

RUNTIME_COST_TABLE: Mapping[str, Cost] = MappingProxyType(
    {
        # messages
        "send_startup": Cost(8, f"from the call to the write leaving the core: {_CALL}"),
        "receive": Cost(8, f"from the call to the value in a register: {_CALL}"),
        "link_startup": Cost(
            5.5,
            "a write to the neighbour and its answer were measured at 14.5 cycles (Parallella "
            "micro-benchmark): half of that less one hop, rounded down to half a cycle",
        ),
        "hop": Cost(1.5, f"{_MESH}: cMesh, 1.5 cycles a hop"),
        "link_eight_bytes": Cost(1, f"{_MESH}: a link moves 8 bytes a cycle"),
        "host_edge": Cost(10, f"{_MESH}: what leaves the chip stalls 10 cycles or more; the least is taken"),
        "probe": Cost(10, f"{_CALL}, and {_LOAD}"),
        "test": Cost(10, f"{_CALL}, and {_LOAD}"),
        # collectives
        "collective_step": Cost(16, f"one level of a tree is a send and a receive: {_CALL}, each"),
        "reduce_element": Cost(
            5, "a single-precision add was measured at 5 cycles (same test as division's 47)"
        ),
        # task farm
        "farm_post": Cost(8, f"writing a task or a result: {_CALL}"),
        "farm_take": Cost(8, f"finding a task or a result: {_CALL}"),
        "farm_argument": Cost(3, "a load, its result and a store (Epiphany Architecture Reference)"),
        # memory
        "allocate": Cost(16, f"a call and a search of a free list: {_CALL}, twice"),
        "release": Cost(8, _CALL),
        "copy_word": Cost(
            4.5,
            "8 KiB to another core by memcpy were measured at 9,299 cycles (Parallella forum): 4.5 a word",
        ),
        "shared_access": Cost(10, f"{_MESH}: a load from shared memory stalls 10 cycles or more"),
        "collect": Cost(8, f"nothing to do but the call: {_CALL}"),
        # text and arithmetic on kinds not known before
        "print_call": Cost(8, _CALL),
        "print_character": Cost(
            4, "8 KiB to shared memory by memcpy were measured at 32,782 cycles (Parallella forum): 4 a byte"
        ),
        "input_line": Cost(8, f"the call; a user's time does not count: {_CALL}"),
        "format_character": Cost(
            36,
            "a digit is an integer division by ten: 31 + 5 instructions in libgcc for operands of like size",
        ),
        "dynamic_operation": Cost(16, f"a call and a dispatch on two kinds: {_CALL}, twice"),
        "sort_step": Cost(
            10,
            "two loads, a compare, a branch and two stores: 1, 1, 1, 3, 2 and waits "
            "(Epiphany Architecture Reference)",
        ),
    }
)
"""What the runtime charges; the names are those of `struct ep_costs` in core_record.h."""

RUNTIME_COSTS: Mapping[str, float] = MappingProxyType(
    {name: cost.cycles for name, cost in RUNTIME_COST_TABLE.items()}
)
"""The cycles alone, as `eptrans.machine.MachineOptions.costs` takes them."""

_UNIT = "Epiphany Architecture Reference: one integer, load or store instruction a cycle"
_FLOAT = "a single-precision add, subtract or multiply was measured at 5 cycles (same test as division's 47)"
_NONE_KNOWN = "no measurement is known: "

IR_COST_TABLE: Mapping[str, Cost] = MappingProxyType(
    {
        "integer": Cost(1, _UNIT),
        "integer_multiply": Cost(
            4, "Epiphany Architecture Reference: the floating-point unit's multiply, 4 cycles more"
        ),
        "integer_divide": Cost(
            60, "libgcc takes 31 + 3n + 5 instructions; n, the bit lengths' difference, taken as 8"
        ),
        "integer_modulo": Cost(47, "libgcc takes 18 + 3(n+1) + 2 instructions; n taken as 8"),
        "integer_power": Cost(24, _NONE_KNOWN + "a call (8) and about four multiplications"),
        "real": Cost(5, _FLOAT),
        "real_divide": Cost(47, "a single-precision division was measured at 47 cycles"),
        "real_power": Cost(300, _NONE_KNOWN + "a logarithm, a multiplication and an exponential"),
        "real_function": Cost(150, _NONE_KNOWN + "a polynomial of about ten steps and the range reduction"),
        "square_root": Cost(94, _NONE_KNOWN + "two divisions' time for Newton's method"),
        "convert": Cost(5, "Epiphany Architecture Reference: float and fix run in the floating-point unit"),
        "random": Cost(20, _NONE_KNOWN + "three 64-bit multiplications of two words each"),
        "load": Cost(2, "Epiphany Architecture Reference: a load takes 1 cycle and its result 1 more"),
        "store": Cost(1, _UNIT),
        "index": Cost(2, f"a compare and a branch not taken: {_UNIT}"),
        "branch": Cost(3, "Epiphany Architecture Reference: a taken branch costs 3"),
        "move": Cost(1, _UNIT),
        "call": Cost(8, _CALL),
        "tagged": Cost(3, f"a test of the kind: a compare and a branch, {_UNIT}"),
    }
)
"""What generated code adds up for the operations of the IR."""
