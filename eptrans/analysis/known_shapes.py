"""The shapes that arrays are seen to be made with, where the sizes are constants.

A register, a global or a parameter has a known shape if everything that the program assigns to it has that
one shape. It is what to expect, not a promise: an array may be flattened or may come from elsewhere, so
that code made for a shape checks it once, before a loop.
"""

from __future__ import annotations

from ..ir import Call, Copy, Function, LoadGlobal, NewArray, Operation, Program, StoreGlobal
from ..operands import Constant, Global, Operand, Register
from ..value_types import Tag

Shape = tuple[int, ...]
DIFFERS: Shape = ()
Place = tuple[str, int] | tuple[str, str]  # a function's register, or a module's global


class KnownShapes:
    """The shapes of a whole program's arrays."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.shapes: dict[Place, Shape] = {}
        self.changed = True
        while self.changed:
            self.changed = False
            for function in program.functions.values():
                for block in function.blocks:
                    for operation in block.operations:
                        self._look(function, operation)

    def of(self, function: Function, array: Register | Global) -> Shape | None:
        """The shape that an array of a function is expected to have."""
        place = array.key if isinstance(array, Global) else (function.name, array.index)
        return self.shapes.get(place) or None

    def _look(self, function: Function, operation: Operation) -> None:
        if isinstance(operation, StoreGlobal) and _is_array(operation.source):
            self._join(operation.variable.key, self._source(function, operation.source))
        if isinstance(operation, Call):
            callee = self.program.functions[operation.function]
            for parameter, argument in zip(callee.parameters, operation.arguments):
                if _is_array(argument):
                    place = (callee.name, parameter.register.index)
                    self._join(place, self._source(function, argument))
        result = operation.result
        if result is not None and _is_array(result):
            self._join((function.name, result.index), self._made(function, operation))

    def _made(self, function: Function, operation: Operation) -> Shape | None:
        """The shape of an operation's result; None: nothing is known yet."""
        if isinstance(operation, NewArray):
            sizes = [size.value for size in operation.dimensions if isinstance(size, Constant)]
            known = tuple(size for size in sizes if isinstance(size, int))
            return known if len(known) == len(operation.dimensions) else DIFFERS
        if isinstance(operation, Copy):
            return self._source(function, operation.source)
        if isinstance(operation, LoadGlobal):
            return self.shapes.get(operation.variable.key)
        return DIFFERS

    def _source(self, function: Function, operand: Operand) -> Shape | None:
        if not isinstance(operand, Register):
            return DIFFERS
        return self.shapes.get((function.name, operand.index))

    def _join(self, place: Place, shape: Shape | None) -> None:
        if shape is None:
            return
        old = self.shapes.get(place)
        new = shape if old is None or old == shape else DIFFERS
        if new != old:
            self.shapes[place] = new
            self.changed = True


def _is_array(operand: Operand) -> bool:
    return operand.type.tags == Tag.ARRAY
