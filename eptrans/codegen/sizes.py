"""Sizes that count against a core's memory, from the IR alone: the same on every host.

The code's size comes with the instructions that its cycles are counted by (cycle_costs.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..analysis.call_graph import call_graph, recursive_functions
from ..ir import Function, Program
from ..operands import Global

FIXED_FRAME_WORDS = 4  # return address, caller's stack pointer, the call's place, one spare
NATIVE_FIXED_BYTES = 256  # saved registers, alignment, the C compiler's temporaries
NATIVE_BYTES_A_REGISTER = 16


def frame_words(function: Function) -> int:
    """Words of one frame on the emulated stack: a fixed part and one for each local."""
    names = {register.name for register in function.registers if register.name}
    return FIXED_FRAME_WORDS + len(names)


def data_bytes(variables: Iterable[Global], texts: Iterable[str], word: int) -> int:
    """Bytes of global variables and string constants that each core holds."""
    strings = sum(2 * word + -(-len(text.encode("utf-8", "surrogatepass")) // word) * word for text in texts)
    return sum(2 * word if variable.type.is_dynamic else word for variable in variables) + strings


def native_stack_ratio(program: Program, variants: Iterable[Function]) -> int:
    """Host stack bytes that one word of emulated stack may need, at the most, in any function.

    `variants`: further versions of functions that their C has parts of.
    """
    worst = 0
    for function in (*program.functions.values(), *variants):
        operands = sum(
            len(operation.operands()) for block in function.blocks for operation in block.operations
        )
        native = NATIVE_FIXED_BYTES + NATIVE_BYTES_A_REGISTER * (len(function.registers) + operands)
        worst = max(worst, -(-native // function.frame_words))
    return worst


def stack_words(program: Program) -> int:
    """Words of emulated stack that the deepest calls take; 0 where functions may call themselves."""
    if recursive_functions(program):
        return 0
    graph = call_graph(program)
    depth: dict[str, int] = {}
    pending = [program.main]
    while pending:
        name = pending[-1]
        missing = [callee for callee in graph[name] if callee not in depth]
        if missing:
            pending.extend(missing)
            continue
        pending.pop()
        deepest = max((depth[callee] for callee in graph[name]), default=0)
        depth[name] = program.functions[name].frame_words + deepest
    return depth[program.main]
