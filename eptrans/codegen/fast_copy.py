"""What is known of the fast copy of a counted loop while it is written (fast_loops.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..analysis.counted_loops import CountedLoop
from ..analysis.guarded_indices import GuardedIndex
from .cycle_placement import Placement


@dataclass(frozen=True)
class Element:
    """Where an access goes in a fast copy.

    `data`: the address of the elements. `offset`: the C text of the element's place where it is known for the
    whole loop. `held`: how many elements there are, where the index has to be compared with that.
    """

    data: str
    offset: str | None = None
    held: str | None = None


@dataclass
class FastCopy:
    """The fast copy being written.

    `data` and `lengths`: hoisted pointers to the elements, and the lengths that indices are compared with
    at their places, by array. `block`: the one being written. `cycles`: of one run of each block, kept for
    the end of the loop if nothing in it can fault (`keeps_cycles`); `accesses`: how often it then pays each
    price of an array. `guarded`: by id of the operation, indices that a test in the loop keeps inside.
    `left`: the numbers of the labels of the plain copy that this one may be left for. `placement`: where it
    adds cycles, if nothing but being left comes between. `assigned`: block, register and statement of what
    depends on nothing but the induction register.
    """

    loop: CountedLoop
    number: int
    data: dict[str, str] = field(default_factory=dict)
    keeps_cycles: bool = False
    lengths: dict[str, str] = field(default_factory=dict)
    block: int = 0
    cycles: dict[int, int] = field(default_factory=dict)
    accesses: dict[int, Counter[str]] = field(default_factory=dict)
    guarded: dict[int, GuardedIndex] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    placement: Placement | None = None
    assigned: list[tuple[int, int, str]] = field(default_factory=list)
    calls: dict[int, str] = field(default_factory=dict)

    def takes_time(self, block: int) -> bool:
        """Whether runs of a block have to be counted."""
        return bool(self.cycles.get(block) or self.accesses.get(block) or block in self.calls)

    def needs_trips(self) -> bool:
        """Whether something that is kept for the end of the loop depends on the number of trips."""
        return bool(self.each() or self.calls)

    def counted_blocks(self) -> list[int]:
        """The blocks that count their runs."""
        if self.placement is not None:
            return []
        return sorted(number for number in self.loop.blocks - self.loop.always if self.takes_time(number))

    def each(self) -> str:
        """The C text of what is added for every trip."""
        common = 0 if self.placement is None else self.placement.each
        return self.prices(sorted(self.loop.always), common)

    def call_lines(self) -> list[str]:
        """What the inlined calls that were made leave, after the loop."""
        always = {text: None for block, text in self.calls.items() if block in self.loop.always}
        tests = [f"if (trips_{self.number} > 0) {text}" for text in always]
        return tests + [
            f"if (ran_{self.number}_{block} != 0) {text}"
            for block, text in self.calls.items()
            if text not in always
        ]

    def prices(self, blocks: Iterable[int], common: int = 0) -> str:
        """The C text of what one run of these blocks takes, and some cycles more."""
        cycles = common + sum(self.cycles.get(block, 0) for block in blocks)
        counts = sum((self.accesses.get(block, Counter()) for block in blocks), Counter[str]())
        return cost_text(cycles, counts)

    def count_run(self, block: int) -> str:
        """The statement that counts one run of a block."""
        return f"ran_{self.number}_{block} += 1;"

    @property
    def step(self) -> str:
        """The C text of what the induction register grows by."""
        return str(self.loop.step) if isinstance(self.loop.step, int) else f"step_{self.number}"

    @property
    def index(self) -> str:
        return f"at_{self.number}"


def cost_text(cycles: int, prices: Counter[str]) -> str:
    """The ticks of some cycles and of accesses that pay each price so often; empty where there are none."""
    terms = [f"EP_CYCLES({cycles})"] if cycles else []
    terms += [f"{count} * (int64_t){price}" if count > 1 else price for price, count in prices.items()]
    return f"({' + '.join(terms)})" if prices else "".join(terms)
