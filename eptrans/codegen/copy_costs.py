"""What the fast copy of a loop adds to the clock, and where: cycles, and the prices of shared memory.

A copy that cannot fault keeps all of it for its end. One that may only be left, at an index, adds what is
placed in its blocks (cycle_placement.py). Any other adds it where the plain copy does, as far as a fault can
tell: cycles at the ends of blocks, a price before the next operation that may end the program.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..analysis.counted_loops import CountedLoop
from ..ir import Function, LoadElement, Operation, StoreElement, successors
from .cycle_costs import FunctionCosts
from .cycle_placement import Body, Placement, place_cycles
from .fast_copy import Cost, FastCopy
from .statement_writer import StatementWriter

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter

EACH = "@each@"  # in lines of a body: what every iteration takes, known once all of it is written


class CopyCostWriter(StatementWriter):
    """Adds the costs of fast copies. `fast`: the one being written; `unpaid`: prices that no C says yet."""

    fast: FastCopy | None = None
    costs: FunctionCosts

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.unpaid: Counter[str] = Counter()

    # -- where they are added

    def holds_cycles(self) -> bool:
        """In a fast copy that cannot fault: keeps them for its end, or has placed them already."""
        if self.fast is None:
            return False
        if not self.fast.keeps_cycles and self.fast.placement is None:
            return False
        self.fast.cycles[self.fast.block] = self.fast.cycles.get(self.fast.block, 0) + self.cycles
        return True

    def enter_block(self, number: int) -> None:
        """A block of a fast copy that not every iteration runs counts its runs, or adds its cost."""
        if self.fast is None:
            return
        self.fast.block = number
        if self.fast.placement is not None:
            self._add(self.fast.placed(lambda placement: placement.blocks.get(number, 0)))
        elif number not in self.fast.loop.always and self.fast.keeps_cycles:
            self.layout.write(self.fast.count_run(number))

    def take_way(self, one: int, other: int) -> None:
        """What is done on the way from one block to another."""
        if self.fast is not None and self.fast.placement is not None:
            self._add(self.fast.placed(lambda placement: placement.edges.get((one, other), 0)))

    def _add(self, cost: Cost) -> None:
        if cost.prices:
            self.layout.write(f"ticks += {cost.text};")
        elif cost.cycles:
            self.layout.write(f"ticks {'+' if cost.cycles > 0 else '-'}= EP_CYCLES({abs(cost.cycles)});")

    def flush_cycles(self, operation: Operation) -> None:
        if self.unpaid:
            self._pay(operation, Cost(self.cycles, self.unpaid))
            self.cycles = 0
        super().flush_cycles(operation)

    def pay_before(self, operation: Operation) -> None:
        """Before something that may end the program: the plain copy pays for each access where it is made."""
        if self.unpaid and self.may_end_here(operation):
            self.settle(operation)
            self._pay(operation, Cost(0, self.unpaid))

    def _pay(self, operation: Operation, cost: Cost) -> None:
        self.statement(operation, f"ticks += {self.sum_text(cost)};")
        self.unpaid.clear()

    def sum_text(self, cost: Cost) -> str:
        """The C text of some ticks."""
        return cost.text

    def may_end_here(self, operation: Operation) -> bool:
        """Whether an operation of the copy being written may end the program."""
        return self.fast is None or self.fast.loop.may_end(operation, self.python3)

    # -- prices

    def price_access(self, operation: LoadElement | StoreElement, array: str) -> None:
        """What the access costs if the array lies in shared memory: kept for the loop's end, or paid soon."""
        copy = self.fast
        if copy is None:
            return
        if copy.keeps_cycles:
            copy.accesses.setdefault(copy.block, Counter())[price_text(operation, array)] += 1
        elif copy.far and copy.placement is None:
            self.unpaid[copy.price(price_text(operation, array))] += 1

    def array_text(self, copy: FastCopy, operation: LoadElement | StoreElement) -> str | None:
        """The C text of the array of an access that the copy makes by itself; None: checked at its place."""
        raise NotImplementedError

    def _prices_in(self, copy: FastCopy, number: int, end: Operation | None = None) -> Counter[str]:
        """How often a run of a block pays each price, up to an operation; only the far copy pays any."""
        paid: Counter[str] = Counter()
        for operation in self.function.blocks[number].operations if copy.far else ():
            if operation is end:
                break
            if isinstance(operation, (LoadElement, StoreElement)):
                array = self.array_text(copy, operation)
                if array is not None:
                    paid[copy.price(price_text(operation, array))] += 1
        return paid

    # -- placing

    def place_costs(self, copy: FastCopy) -> None:
        """Decide where a copy adds its costs that does nothing but compute and be left."""
        loop = copy.loop
        cycles = {number: sum(self.costs.cycles[number]) for number in loop.blocks - loop.always}
        copy.placement = place_cycles(self._body(loop, cycles))
        copy.accesses = {number: self._prices_in(copy, number) for number in sorted(loop.blocks)}
        for price in copy.price_names.values():
            paid = {number: copy.accesses[number][price] for number in cycles}
            copy.priced[price] = place_cycles(self._body(loop, paid))

    def _body(self, loop: CountedLoop, amounts: dict[int, int]) -> Body:
        """The blocks of a loop without the way back, and what those take that not every trip runs."""
        order = sorted(loop.blocks, key=self.layout.graph.rank.__getitem__)
        after = {loop.header: (loop.inside,)} | {
            number: successors(self.function.blocks[number].terminator)
            for number in order
            if number not in (loop.header, order[-1])
        }
        return Body(order, after, amounts)

    def cost_of_arm(self, number: int, arm: int, join: int) -> Cost:
        """What is added from the end of a block, through an arm of its branch, to where its arms meet."""
        copy = self.fast
        if copy is None or copy.placement is None:
            prices = Counter() if copy is None else self._prices_in(copy, arm)
            return Cost(sum(self.costs.cycles[arm]), prices)

        def added(placement: Placement) -> int:
            ways = placement.edges.get((number, arm), 0) + placement.edges.get((arm, join), 0)
            return ways + placement.blocks.get(arm, 0)

        return copy.placed(added)

    # -- being left

    def when_left(self, copy: FastCopy, operation: LoadElement | StoreElement) -> list[str]:
        """What is added where the copy is left for an access in the plain one."""
        if copy.placement is None:
            return [f"ticks += {Cost(0, self.unpaid).text};"] if self.unpaid else []
        done = f"({copy.index} - first_{copy.number}) / {copy.step}"
        missing = self._missing(copy, copy.placement, operation).text
        return [f"ticks += {EACH} * ({done}){f' + {missing}' if missing else ''};"]

    def _missing(self, copy: FastCopy, placement: Placement, operation: Operation) -> Cost:
        """What the iteration has taken up to where the copy is left, less what it has added."""
        here, always = self.block, copy.loop.always
        passed = [one for one in sorted(always) if self.layout.graph.dominates(one, here)]
        cycles = sum(copy.cycles.get(one, 0) for one in passed) - placement.ahead[here]
        if here not in always:  # its cost is added as a whole, but not all of it has run
            cycles += copy.cycles.get(here, 0) - sum(self.costs.cycles[here])
        prices = self._prices_in(copy, here, operation)
        for one in passed:
            prices.update(copy.accesses[one] if one != here else ())
        if here not in always:
            prices.subtract(copy.accesses[here])
        prices.subtract({price: one.ahead[here] for price, one in copy.priced.items()})
        return Cost(cycles, prices)


def price_text(operation: LoadElement | StoreElement, array: str) -> str:
    """What an access to an array costs besides its instruction: 0 where the array lies in local memory."""
    return f"{array}->{'read' if isinstance(operation, LoadElement) else 'write'}_price"
