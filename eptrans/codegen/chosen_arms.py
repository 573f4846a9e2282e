"""The arms of a branch that nobody can foresee, written as one piece of code without a branch.

In the fast copy of a loop whose branch has matching arms (analysis/matching_arms.py), `chosen` is -1 or 0 and
chooses the operands; what one arm assigns keeps its value where the other is taken. All indices of both arms
have to be inside; where one is not, the arms as they stand see to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..analysis.loop_definitions import LoopDefinitions
from ..analysis.matching_arms import MatchingArms, matching_arms
from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    Copy,
    Function,
    LoadElement,
    Operation,
    StoreElement,
)
from ..operands import Operand, Register
from .expressions import Expression, declaration
from .fast_copy import NOTHING, Element
from .hoisted_loops import HoistedLoopWriter
from .layout import OneForBoth

if TYPE_CHECKING:
    from .emit_program import ProgramEmitter

COUNTING: dict[BinaryOperator, str] = {BinaryOperator.ADD: "+=", BinaryOperator.SUBTRACT: "-="}
Pair = tuple[Operand, Operand]


class ChosenArmsWriter(HoistedLoopWriter):
    """Writes both arms at once; in fast copies only. `conditions`: by id of the branch."""

    conditions: dict[int, Expression]

    def __init__(self, unit: ProgramEmitter, function: Function) -> None:
        super().__init__(unit, function)
        self.loop_definitions: dict[int, LoopDefinitions] = {}  # by the loop's header
        self.merged: dict[tuple[int, int], str] = {}  # what two registers are that the arms assign as a pair

    def one_for_both(self, number: int, branch: Branch) -> OneForBoth | None:
        """What replaces a block's branch and its arms, or stands before them."""
        header = self._header_of_copy()
        if header is None:
            return None
        arms = matching_arms(self._definitions_of(header), number, self.home)
        checks = None if arms is None else self._checks(arms)
        if arms is None or checks is None:
            return None
        guard = " && ".join(dict.fromkeys(checks))
        text = self.conditions[id(branch)].text
        return OneForBoth(guard, lambda: self._write_arms(number, arms, text), arms.then, arms.join)

    def _header_of_copy(self) -> int | None:
        """Of the loop whose fast copy is being written, if it does not count the runs of its blocks."""
        if self.inlining is not None:
            return None
        if self.hoisted is not None:
            return self.hoisted.loop.header
        return self.fast.loop.header if self.fast is not None and not self.fast.keeps_cycles else None

    def _definitions_of(self, header: int) -> LoopDefinitions:
        if header not in self.loop_definitions:
            blocks = frozenset(self.layout.graph.loops[header])
            self.loop_definitions[header] = LoopDefinitions(self.function, self.layout.graph, blocks)
        return self.loop_definitions[header]

    # -- what has to hold

    def _checks(self, arms: MatchingArms) -> list[str] | None:
        """What keeps all accesses of both arms inside; None if that cannot be known before them."""
        checks: list[str] = []
        for side in (0, 1):
            assigned: set[int] = set()
            for operation in (pair[side] for pair in arms.pairs):
                if isinstance(operation, (LoadElement, StoreElement)):
                    element, index = self.element_of(operation), operation.indices[0]
                    changed = isinstance(index, Register) and index.index in assigned
                    if element is None or (element.held is not None and changed):
                        return None
                    if element.held is not None:
                        checks.append(f"ep_holds({element.held}, {self.operand(index).text})")
                if operation.result is not None:
                    assigned.add(operation.result.index)
        return checks

    # -- the code

    def _write_arms(self, number: int, arms: MatchingArms, condition: str) -> None:
        first = arms.pairs[0][0]
        chosen = f"chosen_{self.unit.fresh()}"
        self.merged.clear()
        self.statement(first, f"const ep_int {chosen} = EP_ANEW(-(ep_int)({condition}));")
        for one, other in arms.pairs:
            self.writers[type(one)](self, arms, chosen, (one, other))
        then, otherwise = (self.cost_of_arm(number, arm, arms.join) for arm in (arms.then, arms.otherwise))
        if then.text and otherwise.text:
            self.layout.write(f"ticks += {otherwise.text};")
            then, otherwise = then.less(otherwise), NOTHING
        for cost, mask in ((then, chosen), (otherwise, f"~{chosen}")):
            if cost.text:
                self.layout.write(f"ticks += {mask} & {cost.text};")

    def _either(self, chosen: str, pair: Pair) -> str:
        """The C text of an operand of the arm that is taken."""
        one, other = pair
        if isinstance(one, Register) and isinstance(other, Register):
            merged = self.merged.get((one.index, other.index))
            if merged is not None:
                return merged
        return self._either_text(chosen, self.operand(one).text, self.operand(other).text)

    @staticmethod
    def _either_text(chosen: str, one: str, other: str) -> str:
        return one if one == other else f"ep_either({chosen}, {one}, {other})"

    def _place(self, chosen: str, pair: tuple[LoadElement | StoreElement, LoadElement | StoreElement]) -> str:
        """The element that the arm that is taken reads or writes."""
        one, other = (self._element(operation) for operation in pair)
        data = one.data if one.data == other.data else f"EP_EITHER_DATA({chosen}, {one.data}, {other.data})"
        if one.offset is not None and one.offset == other.offset:
            return f"{data}[{one.offset}]"
        index = self._either(chosen, (pair[0].indices[0], pair[1].indices[0]))
        return f"{data}[(ep_unsigned)({index})]"

    def _element(self, operation: LoadElement | StoreElement) -> Element:
        element = self.element_of(operation)
        assert element is not None
        return element

    def _assign_pair(
        self, arms: MatchingArms, chosen: str, pair: tuple[Operation, Operation], text: str
    ) -> None:
        """What the arm that is taken assigns."""
        one, other = pair
        assert one.result is not None and other.result is not None
        self._forget(one.result, other.result)
        if one.result == other.result:
            self.statement(one, f"{self.name(one.result)} = {text};")
            return
        name = f"both_{self.unit.fresh()}"
        self.statement(one, f"const {declaration(one.result.type, name)} = {text};")
        self.merged[one.result.index, other.result.index] = name
        for result, kept in ((one.result, "{1}, {0}"), (other.result, "{0}, {1}")):
            if result.index not in arms.local:
                register = self.name(result)
                self.statement(one, f"{register} = ep_either({chosen}, {kept.format(register, name)});")

    def _forget(self, *assigned: Register) -> None:
        indices = {register.index for register in assigned}
        self.merged = {pair: text for pair, text in self.merged.items() if not indices & set(pair)}

    def _write_copies(self, arms: MatchingArms, chosen: str, pair: tuple[Copy, Copy]) -> None:
        one, other = pair
        self._assign_pair(arms, chosen, pair, self._either(chosen, (one.source, other.source)))

    def _write_binaries(self, arms: MatchingArms, chosen: str, pair: tuple[Binary, Binary]) -> None:
        one, other = pair
        counts = one.operator in COUNTING and all(operation.left == operation.result for operation in pair)
        if counts and one.result != other.result:
            self._count(one, chosen, f"-{chosen}")
            self._count(other, f"~{chosen}", f"{chosen} + 1")
            return
        left = self._either(chosen, (one.left, other.left))
        right = self._either(chosen, (one.right, other.right))
        self._assign_pair(arms, chosen, pair, f"({left}) {one.operator.value} ({right})")

    def _count(self, operation: Binary, mask: str, once: str) -> None:
        """What counts up or down, if it is in the arm that is taken; `once`: 1 if so, else 0."""
        assert operation.result is not None
        self._forget(operation.result)
        by = self.operand(operation.right)
        amount = once if by.text == "1" else f"{mask} & {by.inner}"
        self.statement(operation, f"{self.name(operation.result)} {COUNTING[operation.operator]} {amount};")

    def _write_loads(self, arms: MatchingArms, chosen: str, pair: tuple[LoadElement, LoadElement]) -> None:
        self._assign_pair(arms, chosen, pair, self._place(chosen, pair))

    def _write_stores(self, arms: MatchingArms, chosen: str, pair: tuple[StoreElement, StoreElement]) -> None:
        value = self._either(chosen, (pair[0].source, pair[1].source))
        self.statement(pair[0], f"{self._place(chosen, pair)} = {value};")

    writers: Mapping[type[Operation], Callable[[Any, MatchingArms, str, Any], None]] = {
        Copy: _write_copies,
        Binary: _write_binaries,
        LoadElement: _write_loads,
        StoreElement: _write_stores,
    }
