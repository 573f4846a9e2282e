"""What is known of the fast copy of a counted loop while it is written (fast_loops.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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


@dataclass(frozen=True)
class Cost:
    """Some cycles, and how often each price of an array is paid; any of it may be negative."""

    cycles: int = 0
    prices: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prices", {one: count for one, count in self.prices.items() if count})

    def plus(self, other: Cost) -> Cost:
        """Both."""
        both = Counter(self.prices)
        both.update(other.prices)
        return Cost(self.cycles + other.cycles, both)

    def less(self, other: Cost) -> Cost:
        """This without the other."""
        left = Counter(self.prices)
        left.subtract(other.prices)
        return Cost(self.cycles - other.cycles, left)

    @property
    def text(self) -> str:
        """The ticks in C; empty where there are none."""
        if not self.prices:
            return f"EP_CYCLES({self.cycles})" if self.cycles else ""
        terms = [("+", f"EP_CYCLES({self.cycles})")] if self.cycles else []
        for price, count in self.prices.items():
            times = "" if abs(count) == 1 else f"{abs(count)} * (int64_t)"
            terms.append(("-" if count < 0 else "+", f"{times}{price}"))
        sign, first = terms[0]
        rest = "".join(f" {sign} {term}" for sign, term in terms[1:])
        return f"({'-' if sign == '-' else ''}{first}{rest})"


NOTHING = Cost()


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

    `far`: it is the second copy, for where an array lies in shared memory. `price_names`: its variables for
    what an access then costs, by the C text of the price; `priced`: where it adds each, by the variable.
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
    far: bool = False
    price_names: dict[str, str] = field(default_factory=dict)
    priced: dict[str, Placement] = field(default_factory=dict)

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
        common = self.placed(lambda placement: placement.each)
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

    def prices(self, blocks: Iterable[int], common: Cost = NOTHING) -> str:
        """The C text of what one run of these blocks takes, and something more."""
        numbers = list(blocks)
        cycles = common.cycles + sum(self.cycles.get(block, 0) for block in numbers)
        counts = Counter(common.prices)
        for block in numbers:
            counts.update(self.accesses.get(block, {}))
        return Cost(cycles, counts).text

    def price(self, text: str) -> str:
        """The variable that holds a price in the far copy."""
        return self.price_names.setdefault(text, f"price_{self.number}_{len(self.price_names)}")

    def placed(self, amount: Callable[[Placement], int]) -> Cost:
        """Something that is placed, of cycles and of every price."""
        prices = {price: amount(placement) for price, placement in self.priced.items()}
        return Cost(0 if self.placement is None else amount(self.placement), prices)

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
