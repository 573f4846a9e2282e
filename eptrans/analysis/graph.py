"""The order of a function's basic blocks: predecessors and reverse postorder."""

from __future__ import annotations

from ..ir import Block, Branch, successors


def predecessors(blocks: list[Block]) -> list[list[int]]:
    """For each block the numbers of the blocks before it."""
    before: list[list[int]] = [[] for _ in blocks]
    for block in blocks:
        for target in successors(block.terminator):
            before[target].append(block.number)
    return before


def reverse_postorder(blocks: list[Block]) -> list[int]:
    """Every block after all that lead to it, but for the ways back of loops; the `then` side first."""
    finished: list[int] = []
    seen = {0}
    stack: list[tuple[int, list[int]]] = [(0, _ways(blocks[0]))]
    while stack:
        number, ways = stack[-1]
        if not ways:
            finished.append(number)
            stack.pop()
            continue
        target = ways.pop(0)
        if target not in seen:
            seen.add(target)
            stack.append((target, _ways(blocks[target])))
    return finished[::-1]


def _ways(block: Block) -> list[int]:
    """Successors in the order visited: the last one visited comes first in reverse postorder."""
    last = block.terminator
    if isinstance(last, Branch):
        return [last.otherwise, last.then]
    return list(successors(last))
