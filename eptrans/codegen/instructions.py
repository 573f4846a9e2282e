"""The instructions that a C compiler for the device would emit for each operation of the IR.

What the emulator alone does (index checks, reference counts, the test that a name was assigned) takes none.
An entry of the runtime stands for its call: what it does is charged by the runtime. Rows are those of
costs.toml for the machine word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..costs import Instruction
from ..devices import BY_NAME, Through
from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    Call,
    CallDevice,
    CallValue,
    Compare,
    Convert,
    Copy,
    Format,
    Function,
    Identity,
    Join,
    Length,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operation,
    Print,
    RunModule,
    Slice,
    StoreElement,
    StoreGlobal,
    TripCount,
    Truth,
    Unary,
    UnaryOperator,
)
from ..operands import Constant, Operand, Register
from ..value_types import Tag, is_single
from .pipeline import Step
from .powers import multiplications, multiplied_out

INTEGER_ROWS: dict[BinaryOperator, tuple[str, ...]] = {
    BinaryOperator.ADD: ("integer",),
    BinaryOperator.SUBTRACT: ("integer",),
    BinaryOperator.MULTIPLY: ("multiply",),
    BinaryOperator.DIVIDE: ("divide", "floor_quotient"),
    BinaryOperator.FLOOR_DIVIDE: ("divide", "floor_quotient"),
    BinaryOperator.MODULO: ("modulo", "floor_rest"),
    BinaryOperator.POWER: ("power",),
    BinaryOperator.BIT_AND: ("logic",),
    BinaryOperator.BIT_OR: ("logic",),
    BinaryOperator.BIT_XOR: ("logic",),
    BinaryOperator.SHIFT_LEFT: ("shift",),
    BinaryOperator.SHIFT_RIGHT: ("shift",),
}
POWER_OF_TWO_ROWS: dict[BinaryOperator, tuple[str, ...]] = {
    BinaryOperator.MULTIPLY: ("shift",),
    BinaryOperator.DIVIDE: ("shift",),
    BinaryOperator.FLOOR_DIVIDE: ("shift",),
    BinaryOperator.MODULO: ("logic",),
}
REAL_ROWS: dict[BinaryOperator, tuple[str, ...]] = {
    BinaryOperator.ADD: ("float",),
    BinaryOperator.SUBTRACT: ("float",),
    BinaryOperator.MULTIPLY: ("float_multiply",),
    BinaryOperator.DIVIDE: ("real_divide",),
    BinaryOperator.FLOOR_DIVIDE: ("remainder", "real_divide", "floor"),
    BinaryOperator.MODULO: ("remainder",),
    BinaryOperator.POWER: ("pow",),
}
INTEGER_UNARY_ROWS: dict[UnaryOperator, tuple[str, ...]] = {
    UnaryOperator.NEGATE: ("integer",),
    UnaryOperator.PLUS: (),
    UnaryOperator.INVERT: ("logic",),
    UnaryOperator.ABSOLUTE: ("integer", "move"),
}
INLINE_ROWS: dict[str, tuple[str, ...]] = {
    "ep_square_root": ("sqrt",),
    "ep_floor": ("floor",),
    "ep_ceil": ("floor",),
    "ep_random_real": ("random", "convert", "float_multiply"),
    "ep_random_below": ("random", "multiply"),
    "ep_random_range": ("random", "integer", "multiply", "integer"),
    "ep_random_between": ("random", "integer", "multiply", "integer"),
    "ep_is_device": ("load",),
    "ep_dimensions": ("load",),
    "ep_bytes": ("load", "shift"),
    "ep_round": ("convert",),
    "ep_to_int": ("convert",),
    "ep_to_real": ("convert",),
}
ELEMENT_ROWS: dict[str, tuple[str, str]] = {
    "ep_array_sum": ("sum_int", "sum_real"),
    "ep_array_min": ("extreme_int", "extreme_real"),
    "ep_array_max": ("extreme_int", "extreme_real"),
}
"""Of functions that take time for each element of an array: its rows by the element's kind, int or real."""

Rule = Callable[["InstructionSelector", Any], list[Step]]


class InstructionSelector:
    """Chooses the instructions of one function's operations."""

    def __init__(
        self, function: Function, rows: Mapping[str, Instruction], word: int, in_loops: frozenset[int]
    ) -> None:
        self.rows = rows
        self.word = word
        self.in_loops = in_loops
        self.flags = flags_only(function)
        self.block = 0

    def steps(self, operation: Operation, block: int) -> list[Step]:
        """The instructions of an operation that stands in a block."""
        self.block = block
        rule = RULES.get(type(operation))
        return rule(self, operation) if rule is not None else []

    def passes_on(self, operation: Operation) -> Operand | None:
        """The operand that the operation's result is, where it takes no instruction."""
        if isinstance(operation, Copy | Convert):
            return operation.source
        return operation.operand if isinstance(operation, Unary | Truth) else None

    # -- helpers

    def _steps(self, operation: Operation, *names: str) -> list[Step]:
        """A sequence of rows: the first reads the operands, each other the one before it."""
        operands = operation.operands()
        return [
            Step(self.rows[name], operands if position == 0 else ()) for position, name in enumerate(names)
        ]

    def _flags(self, operation: Operation, *names: str) -> list[Step]:
        """A comparison: its result is the flags alone where only branches ask for it."""
        assert operation.result is not None
        as_value = () if operation.result.index in self.flags else ("set_bool",)
        return self._steps(operation, *names, *as_value)

    # -- moves

    def _copy(self, operation: Copy) -> list[Step]:
        assert operation.result is not None
        if operation.result.index in self.flags:
            return []
        source = operation.source
        if isinstance(source, Register) and (source.is_temporary or operation.result.is_temporary):
            return []
        return self._steps(operation, *["move"] * (2 if operation.result.type.is_dynamic else 1))

    def _convert(self, operation: Convert) -> list[Step]:
        assert operation.result is not None
        have, want = operation.source.type, operation.result.type
        if want.is_dynamic:
            return self._steps(operation, *(() if have.is_dynamic else ("move", "move")))
        if have.is_dynamic:
            return self._steps(operation, "tagged")
        changes = (have.tags == Tag.REAL) != (want.tags == Tag.REAL)
        return self._steps(operation, "convert") if changes else []

    def _store_global(self, operation: StoreGlobal) -> list[Step]:
        return [Step(self.rows["global_address"]), Step(self.rows["store"], (operation.source,))]

    # -- operators

    def _unary(self, operation: Unary) -> list[Step]:
        kind = operation.operand.type
        if kind.is_dynamic:
            return self._steps(operation, "call", "tagged")
        if operation.operator is UnaryOperator.NOT:
            return self._truth(operation)
        if kind.tags == Tag.REAL:
            plus = operation.operator is UnaryOperator.PLUS
            return [] if plus else self._steps(operation, "float_sign")
        return self._steps(operation, *INTEGER_UNARY_ROWS[operation.operator])

    def _truth(self, operation: Truth | Unary) -> list[Step]:
        """Of any value; that of a bool is the bool, its negation the flags the other way round."""
        kind = operation.operand.type
        assert operation.result is not None
        if kind.is_dynamic or kind.tags & (Tag.STRING | Tag.ARRAY):
            return self._steps(operation, "call")
        if kind.tags == Tag.REAL:
            return self._flags(operation, "float_compare")
        if kind.tags != Tag.BOOL:
            return self._flags(operation, "compare")
        if operation.result.index in self.flags or isinstance(operation, Truth):
            return []
        return self._steps(operation, "logic")

    def _binary(self, operation: Binary) -> list[Step]:
        operands = (operation.left, operation.right, operation.result)
        if any(operand is not None and operand.type.is_dynamic for operand in operands):
            return self._steps(operation, "call", "tagged", "tagged")
        if operation.left.type.tags & (Tag.STRING | Tag.ARRAY):
            return self._steps(operation, "call")
        constant = operation.right.value if isinstance(operation.right, Constant) else None
        real = operation.left.type.tags == Tag.REAL
        exponent = multiplied_out(operation, self.word)
        if exponent is not None:
            times = ["float_multiply" if real else "multiply"] * multiplications(exponent)
            return self._steps(operation, *(times or ["move"]), *["real_divide"] * (exponent < 0))
        if real:
            return self._steps(operation, *REAL_ROWS[operation.operator])
        if isinstance(constant, int) and constant > 0 and constant & (constant - 1) == 0:
            cheaper = POWER_OF_TWO_ROWS.get(operation.operator)
            if cheaper is not None:
                return self._steps(operation, *cheaper)
        return self._steps(operation, *INTEGER_ROWS[operation.operator])

    def _compare(self, operation: Compare) -> list[Step]:
        left, right = operation.left.type, operation.right.type
        if left.is_dynamic or right.is_dynamic or (left.tags | right.tags) & (Tag.STRING | Tag.ARRAY):
            return self._steps(operation, "call")
        if Tag.REAL not in (left.tags, right.tags):
            return self._flags(operation, "compare")
        mixed = ("convert",) if left.tags != right.tags else ()
        return self._flags(operation, *mixed, "float_compare")

    def _trip_count(self, operation: TripCount) -> list[Step]:
        if isinstance(operation.step, Constant):
            return self._steps(operation, "integer", "move")  # no way round is a conditional move of 0
        return self._steps(operation, "integer", "divide")

    # -- arrays

    def _new_list(self, operation: NewList) -> list[Step]:
        return self._steps(operation, "call", *["store"] * len(operation.elements))

    def _length(self, operation: Length) -> list[Step]:
        return self._steps(operation, *["tagged"] * operation.operand.type.is_dynamic, "load")

    def _offset(self, operation: LoadElement | StoreElement) -> list[str]:
        """The address of an element. In a loop, the product with a row's length is a sum carried along."""
        row = ("integer",) if self.block in self.in_loops else ("multiply", "integer")
        return [*row * (len(operation.indices) - 1), "address"]

    def _load_element(self, operation: LoadElement) -> list[Step]:
        if operation.array.type.tags & Tag.STRING or operation.array.type.is_dynamic:
            return self._steps(operation, "call")
        kinds = [] if is_single(operation.array.type.elements) else ["tagged"]
        return self._steps(operation, *self._offset(operation), "load", *kinds)

    def _store_element(self, operation: StoreElement) -> list[Step]:
        kinds = [] if is_single(operation.array.type.elements) else ["tagged"]
        places: tuple[Operand, ...] = (operation.array, *operation.indices)
        names = [*kinds, *self._offset(operation)]
        steps = [Step(self.rows[name], places if i == 0 else ()) for i, name in enumerate(names)]
        return [*steps, Step(self.rows["store"], (operation.source,))]

    # -- calls and branches

    def _call(self, operation: Call) -> list[Step]:
        return self._steps(operation, *["move"] * len(operation.arguments), "call")

    def _call_value(self, operation: CallValue) -> list[Step]:
        return self._steps(operation, "tagged", *["move"] * len(operation.arguments), "call")

    def _device(self, operation: CallDevice) -> list[Step]:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        if form.through is Through.FIELD:
            return self._steps(operation, "load")
        if form.through is Through.MATH:
            return self._steps(operation, form.target)
        return self._steps(operation, *INLINE_ROWS.get(form.target, ("call",)))

    def _branch(self, operation: Branch) -> list[Step]:
        condition = operation.condition
        if isinstance(condition, Constant):
            return []
        decided = isinstance(condition, Register) and condition.index in self.flags
        return self._steps(operation, *(() if decided else ("compare",)), "branch")


def _always(*names: str) -> Rule:
    """The rule of operations that take the same instructions each time."""
    return lambda selector, operation: selector._steps(operation, *names)


RULES: dict[type[Operation], Rule] = {
    Copy: InstructionSelector._copy,
    Convert: InstructionSelector._convert,
    Unary: InstructionSelector._unary,
    Binary: InstructionSelector._binary,
    Compare: InstructionSelector._compare,
    Identity: _always("tagged"),
    Truth: InstructionSelector._truth,
    Join: _always("call"),
    Format: _always("call"),
    LoadGlobal: _always("global_address", "load"),
    StoreGlobal: InstructionSelector._store_global,
    NewList: InstructionSelector._new_list,
    NewArray: _always("call"),
    LoadElement: InstructionSelector._load_element,
    StoreElement: InstructionSelector._store_element,
    Slice: _always("call"),
    Length: InstructionSelector._length,
    TripCount: InstructionSelector._trip_count,
    Call: InstructionSelector._call,
    CallValue: InstructionSelector._call_value,
    CallDevice: InstructionSelector._device,
    Print: _always("call"),
    RunModule: _always("call"),
    Branch: InstructionSelector._branch,
}


def flags_only(function: Function) -> frozenset[int]:
    """Registers of bools that only branches ask for: the processor's flags, never a value."""
    flags = {register.index for register in function.registers if register.type.tags == Tag.BOOL}
    flags = {index for index in flags if function.registers[index].is_temporary}
    passed: dict[int, set[int]] = {}
    pending: list[int] = []
    for block in function.blocks:
        for operation in block.operations:
            result = operation.result
            passes = isinstance(operation, Copy | Truth) or (
                isinstance(operation, Unary) and operation.operator is UnaryOperator.NOT
            )
            for register in operation.registers_read():
                if passes and result is not None:
                    passed.setdefault(result.index, set()).add(register.index)
                elif not isinstance(operation, Branch):
                    pending.append(register.index)
    pending += [index for index in passed if index not in flags]
    while pending:
        index = pending.pop()
        flags.discard(index)
        pending += passed.pop(index, ())
    return frozenset(flags)
