"""Lays basic blocks out as C's own control flow: if, else, for (;;), break, continue.

After Ramsey, "Beyond Relooper" (2022): the dominator tree tells what is nested in what. A block that
several ways lead to follows the construct that it ends; what follows a loop is placed after it. A way
that C has no word for becomes a goto, with a label at its target.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..analysis.dominators import FlowGraph
from ..ir import Block, Branch, Function, Jump, Operation


@dataclass
class Line:
    """A line of C; a label line appears only if some goto needs it."""

    text: str
    depth: int
    label: int | None = None

    def indented(self, depth: int) -> Line:
        """The same further in."""
        return Line(self.text, self.depth + depth, self.label)


@dataclass(frozen=True)
class Loop:
    """The innermost loop around a point: its header, and the block right after it (None: the end)."""

    header: int
    after: int | None


@dataclass(frozen=True)
class OneForBoth:
    """Code that does what both arms of a branch do, and goes on where they meet.

    `guard`: what has to hold, else the branch is taken as it stands; empty if nothing. `write` writes it.
    """

    guard: str
    write: Callable[[], None]
    arm: int
    join: int


class BlockWriter(Protocol):
    """Writes what the blocks hold, where the layout asks for it."""

    def write_block(self, block: Block) -> None:
        """Write a block's operations but the terminator."""

    def write_end(self, operation: Operation) -> None:
        """Write a terminator that leaves the function."""

    def condition(self, branch: Branch, negated: bool) -> str:
        """The C text of a branch's condition, or of its negation."""

    def start_loop(self, header: int) -> list[Line]:
        """Write lines before a loop, if any, and give those at the top of its body, at depth 0."""

    def loop_head(self, header: int) -> list[str]:
        """The lines that a loop without the test in its header starts with."""

    def end_loop(self, header: int, start: int) -> None:
        """Write lines after such a loop, if any; it began at `start` in the layout's lines."""

    def take_way(self, one: int, other: int) -> None:
        """Write lines on the way from a block to another, if any."""

    def one_for_both(self, number: int, branch: Branch) -> OneForBoth | None:
        """What does for both arms of a block's branch, or comes before it; None if nothing does."""


@dataclass
class Layout:
    """Writes the blocks of one function in nested order.

    `graph` is the order of its blocks; `writer` writes what is in them. It has this layout, and so must be
    given as a weak reference: two that hold each other would stay until the garbage collection finds them.
    """

    function: Function
    graph: FlowGraph
    writer: BlockWriter
    lines: list[Line] = field(default_factory=list)
    depth: int = 1

    def __post_init__(self) -> None:
        self.labels: set[int] = set()
        self.inline: set[int] = set()
        self.merges: dict[int, list[int]] = {}
        self.follows: dict[int, list[int]] = {}
        self.unguarded: dict[int, int] = {}
        self.suffix = ""
        self.copied: frozenset[int] | None = None  # the blocks of the copy that ways out lead from
        self.labels_outside: set[int] = set()
        self._place_blocks()

    def run(self) -> list[Line]:
        """All lines of the body, without the labels that nothing goes to."""
        self._node(self.graph.order[0], None, None)
        return [line for line in self.lines if line.label is None or line.label in self.labels]

    def write(self, text: str, depth: int = 0) -> None:
        self.lines.append(Line(text, self.depth + depth))

    # -- where each block goes

    def _place_blocks(self) -> None:
        graph = self.graph
        for number in graph.order[1:]:
            parent = graph.parent[number]
            left = [header for header, body in graph.loops.items() if parent in body and number not in body]
            if left:
                outermost = max(left, key=lambda header: len(graph.loops[header]))
                self.follows.setdefault(outermost, []).append(number)
            elif self._forward_ways_in(number) > 1:
                self.merges.setdefault(parent, []).append(number)
            else:
                self.inline.add(number)

    def _forward_ways_in(self, number: int) -> int:
        loop = self.graph.loops.get(number, set())
        ways = [p for p in self.graph.before[number] if p not in loop]
        doubled = sum(
            1
            for p in ways
            if isinstance(last := self.function.blocks[p].terminator, Branch) and last.then == last.otherwise
        )
        return len(ways) + doubled

    # -- writing

    def _node(self, number: int, after: int | None, loop: Loop | None) -> None:
        """A block, all that is nested in it, and what follows it; control then goes on at `after`."""
        follows = self.follows.get(number, [])
        if number not in self.graph.loops:
            self._body(number, after, loop)
            return
        behind = follows[0] if follows else after
        self._label(number)
        if number in self.unguarded:
            self._unguarded_loop(number, behind)
        else:
            attempt = self.writer.start_loop(number)
            self.write("for (;;) {")
            self.depth += 1
            self.add_indented(attempt, 0)
            self._body(number, number, Loop(number, behind))
            self.depth -= 1
            self.write("}")
        self._sequence(follows, after, loop)

    def _unguarded_loop(self, number: int, behind: int | None) -> None:
        start = len(self.lines)
        for position, text in enumerate(self.writer.loop_head(number)):
            self.write(text, min(position, 1))
        self.depth += 1
        self._body(number, number, Loop(number, behind))
        self.depth -= 1
        self.write("}")
        self.writer.end_loop(number, start)

    def _sequence(self, numbers: list[int], after: int | None, loop: Loop | None) -> None:
        for position, number in enumerate(numbers):
            following = numbers[position + 1] if position + 1 < len(numbers) else after
            if number not in self.graph.loops:
                self._label(number)
            self._node(number, following, loop)

    def _label(self, number: int) -> None:
        self.lines.append(Line(f"block_{number}{self.suffix}:;", self.depth - 1, label=number))

    def _body(self, number: int, after: int | None, loop: Loop | None) -> None:
        block = self.function.blocks[number]
        merges = self.merges.get(number, [])
        following = merges[0] if merges else after
        self.writer.write_block(block)
        last = block.terminator
        if isinstance(last, Jump):
            self._go(number, last.target, following, loop)
        elif isinstance(last, Branch):
            self._branch(number, last, following, loop)
        else:
            self.writer.write_end(last)
        self._sequence(merges, after, loop)

    def unguarded_body(self, header: int, inside: int, suffix: str) -> list[Line]:
        """The body of a loop without the header's test, at depth 0; `suffix` tells its labels apart."""
        loop = Loop(header, None)
        return self._detached(0, {header: inside}, suffix, lambda: self._body(header, header, loop))

    def loop_with_exits(self, header: int, blocks: frozenset[int], suffix: str) -> list[Line]:
        """A loop, at depth 0, for a copy in front of it; its ways out go where the loop's own go."""

        def write() -> None:
            self.write("for (;;) {")
            self.depth += 1
            self._body(header, header, Loop(header, None))
            self.depth -= 1
            self.write("}")

        self.copied = blocks
        lines = self._detached(0, {}, suffix, write)
        self.copied = None
        self.labels |= self.labels_outside
        return lines

    def detached_loop(self, header: int, insides: dict[int, int]) -> list[Line]:
        """A loop and those in it without their headers' tests, for a function of its own: at depth 1."""
        return self._detached(1, insides, "", lambda: self._unguarded_loop(header, None))

    def _detached(
        self, depth: int, insides: dict[int, int], suffix: str, write: Callable[[], None]
    ) -> list[Line]:
        """The lines that `write` writes, apart from those written so far, and with labels of their own."""
        outer = self.lines, self.labels, self.depth, self.suffix
        self.lines, self.labels, self.depth, self.suffix = [], set(), depth, suffix
        self.unguarded = insides
        write()
        body = [line for line in self.lines if line.label is None or line.label in self.labels]
        self.lines, self.labels, self.depth, self.suffix = outer
        self.unguarded = {}
        return [replace(line, label=None) for line in body]

    def add_indented(self, lines: list[Line], depth: int) -> None:
        """Append lines written at depth 0."""
        self.lines.extend(line.indented(self.depth + depth) for line in lines)

    def _branch(self, number: int, branch: Branch, following: int | None, loop: Loop | None) -> None:
        if number in self.unguarded:
            self._go(number, self.unguarded[number], following, loop)
            return
        both = self.writer.one_for_both(number, branch)
        if both is not None:
            self._write_both(both, None if both.guard else following, loop)
            if not both.guard:
                return
        then = self._arm(number, branch.then, following, loop)
        otherwise = self._arm(number, branch.otherwise, following, loop)
        if not then and not otherwise:
            return
        if _only_leaves(otherwise):
            self._leave_if(self.writer.condition(branch, True), otherwise, then)
            return
        if _only_leaves(then):
            self._leave_if(self.writer.condition(branch, False), then, otherwise)
            return
        if then:
            self.write(f"if ({self.writer.condition(branch, False)}) {{")
            self.lines.extend(then)
            if otherwise:
                self.write("} else {")
                self.lines.extend(otherwise)
        else:
            self.write(f"if ({self.writer.condition(branch, True)}) {{")
            self.lines.extend(otherwise)
        self.write("}")

    def _write_both(self, both: OneForBoth, following: int | None, loop: Loop | None) -> None:
        self.write(f"if (EP_LIKELY({both.guard})) {{" if both.guard else "{")
        self.depth += 1
        both.write()
        self._transfer(both.arm, both.join, following, loop)
        self.depth -= 1
        self.write("}")

    def _leave_if(self, condition: str, leaving: list[Line], staying: list[Line]) -> None:
        """`if (...) break;` and then the rest, which needs no else."""
        self.write(f"if ({condition})")
        self.lines.extend(leaving)
        self.lines.extend(line.indented(-1) for line in staying)

    def _arm(self, number: int, target: int, following: int | None, loop: Loop | None) -> list[Line]:
        outer, self.lines = self.lines, []
        self.depth += 1
        self._go(number, target, following, loop)
        self.depth -= 1
        mine, self.lines = self.lines, outer
        return mine

    def _go(self, number: int, target: int, following: int | None, loop: Loop | None) -> None:
        """What it takes for control to go from the end of a block to `target`."""
        self.writer.take_way(number, target)
        self._transfer(number, target, following, loop)

    def _transfer(self, number: int, target: int, following: int | None, loop: Loop | None) -> None:
        if target in self.inline and self.graph.parent[target] == number:
            self._node(target, following, loop)
        elif target == following:
            return
        elif loop is not None and target == loop.header:
            self.write("continue;")
        elif loop is not None and target == loop.after:
            self.write("break;")
        elif self.copied is not None and target not in self.copied:
            self.labels_outside.add(target)
            self.write(f"goto block_{target};")
        else:
            self.labels.add(target)
            self.write(f"goto block_{target}{self.suffix};")


def _only_leaves(lines: list[Line]) -> bool:
    """Whether an arm of a branch is nothing but a jump."""
    return len(lines) == 1 and lines[0].text.startswith(("break;", "continue;", "goto "))
