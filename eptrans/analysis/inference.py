"""Type inference over the whole program.

Functions are examined once for each combination of argument types ("instance"). Within an instance
a register has one `Value`, the join over its assignments; blocks that no condition known at build time
leads to are left out. Two rounds: the first finds what is stored in the arrays of each place of
allocation, which settles the kind they are created with; the second starts again with these kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..devices import BY_NAME, Gives
from ..ir import (
    Binary,
    BinaryOperator,
    Branch,
    Call,
    CallDevice,
    CallValue,
    Compare,
    Comparison,
    Convert,
    Copy,
    Format,
    Identity,
    Join,
    Length,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operation,
    Program,
    Return,
    Slice,
    StoreElement,
    StoreGlobal,
    TripCount,
    Truth,
    Unary,
    successors,
)
from ..operands import Constant, FunctionReference, Operand, Register
from ..options import CompileOptions
from ..value_types import NUMBERS, Tag
from .facts import VALUE_ENTRY, Facts, Instance, InstanceKey
from .rules import binary_result, unary_result
from .values import A_BOOL, A_NONE, A_REAL, A_STRING, AN_INT, NOTHING, Value

Known = bool | int | None
LENGTHS = Tag.ARRAY | Tag.STRING

COMPARE_INTS: dict[Comparison, Callable[[int, int], bool]] = {
    Comparison.EQUAL: int.__eq__,
    Comparison.NOT_EQUAL: int.__ne__,
    Comparison.LESS: int.__lt__,
    Comparison.LESS_EQUAL: int.__le__,
    Comparison.GREATER: int.__gt__,
    Comparison.GREATER_EQUAL: int.__ge__,
}


def infer(program: Program, options: CompileOptions) -> Facts:
    """Find the types of everything that the main program reaches."""
    first = Inference(program, options, None)
    first.run()
    frozen = [
        first.facts.kinds(number) if site.held and not site.arrives else Tag.NOTHING
        for number, site in enumerate(first.facts.sites)
    ]
    second = Inference(program, options, frozen)
    second.run()
    return second.facts


def negative_exponent(operation: Binary) -> bool:
    """A power with a constant exponent below 0: it is a real."""
    right = operation.right
    return (
        operation.operator is BinaryOperator.POWER
        and isinstance(right, Constant)
        and right.type.tags == Tag.INT
        and isinstance(right.value, int)
        and right.value < 0
    )


def power_may_be_real(operation: Binary) -> bool:
    """A power whose exponent is known at run time only: Python gives a real if it is below 0."""
    return operation.operator is BinaryOperator.POWER and not isinstance(operation.right, Constant)


class Inference:
    """One round. A method for each operation gives the value of its result."""

    def __init__(self, program: Program, options: CompileOptions, frozen: list[Tag] | None) -> None:
        self.program = program
        self.options = options
        self.facts = Facts(program.site_count, frozen)
        self.instance: Instance
        self.examining: set[InstanceKey] = set()

    def run(self) -> None:
        facts = self.facts
        for name, function in self.program.functions.items():
            if function.source_name == "<module>":
                facts.instance_for(self.program.functions[name], [])
        while facts.pending or facts.fill_unknown():
            while facts.pending:
                key = next(iter(facts.pending))
                del facts.pending[key]
                facts.current = key
                self.examine(facts.instances[key])
            facts.current = None

    def examine(self, instance: Instance) -> None:
        """Go over the reachable operations until nothing of the instance changes."""
        self.instance = instance
        self.examining.add(instance.key)
        changed = True
        while changed:
            for parameter, value in zip(instance.function.parameters, instance.parameters):
                self._join(parameter.register, value)
            before = list(instance.registers), len(instance.reachable), dict(instance.known)
            self._walk()
            changed = before != (instance.registers, len(instance.reachable), instance.known)
        self.examining.discard(instance.key)

    def _walk(self) -> None:
        instance = self.instance
        pending, seen = [0], {0}
        while pending:
            block = instance.function.blocks[pending.pop()]
            instance.reachable.add(block.number)
            if not self._block(block.operations):
                continue
            for target in self._targets(block.terminator):
                if target not in seen:
                    seen.add(target)
                    pending.append(target)

    def result(self, operation: Operation) -> Value | None:
        """The value of an operation's result; None where it has none."""
        method = METHODS.get(type(operation))
        return method(self, operation) if method is not None else None

    def _block(self, operations: list[Operation]) -> bool:
        """Examine a block; false where an operation in it does not return."""
        for operation in operations:
            value = self.result(operation)
            if value is not None and operation.result is not None:
                self._join(operation.result, value)
                if not value.tags and isinstance(operation, (Call, CallValue, CallDevice)):
                    return False
        return True

    def _targets(self, terminator: Operation) -> tuple[int, ...]:
        if isinstance(terminator, Branch):
            known = self.known(terminator.condition)
            if known is not None:
                return (terminator.then if known else terminator.otherwise,)
            if not self.value(terminator.condition).tags:
                return ()
        return successors(terminator)

    # -- reading and writing registers

    def _join(self, register: Register, value: Value) -> None:
        registers = self.instance.registers
        registers[register.index] = registers[register.index] | value

    def value(self, operand: Operand) -> Value:
        if isinstance(operand, Register):
            return self.instance.registers[operand.index]
        if isinstance(operand, FunctionReference):
            return Value(Tag.FUNCTION, frozenset((operand.name,)))
        return Value(operand.type.tags)

    def known(self, operand: Operand) -> Known:
        """The value of an operand where it is the same on every run."""
        if isinstance(operand, Constant):
            return operand.value if isinstance(operand.value, (bool, int)) else None
        return self.instance.known.get(operand.index) if isinstance(operand, Register) else None

    def _set_known(self, register: Register | None, known: Known) -> None:
        if register is None:
            return
        if known is None:
            self.instance.known.pop(register.index, None)
        else:
            self.instance.known[register.index] = known

    # -- operations

    def on_Copy(self, operation: Copy) -> Value:
        return self.value(operation.source)

    def on_Convert(self, operation: Convert) -> Value:
        value = self.value(operation.source)
        if not value.tags:
            return NOTHING
        return Value(operation.declared)

    def on_Unary(self, operation: Unary) -> Value:
        return Value(unary_result(operation.operator, self.value(operation.operand).tags))

    def on_Binary(self, operation: Binary) -> Value:
        left, right = self.value(operation.left).tags, self.value(operation.right).tags
        if negative_exponent(operation) and left & NUMBERS:
            return A_REAL
        tags = binary_result(operation.operator, left, right, self.options.python3)
        if self.options.python3 and tags & Tag.INT and power_may_be_real(operation):
            tags |= Tag.REAL
        return Value(tags)

    def on_Compare(self, operation: Compare) -> Value:
        left, right = self.known(operation.left), self.known(operation.right)
        known = None
        if type(left) is int and type(right) is int:
            known = COMPARE_INTS[operation.operator](left, right)
        self._set_known(operation.result, known)
        both = self.value(operation.left).tags and self.value(operation.right).tags
        return A_BOOL if both else NOTHING

    def on_Identity(self, operation: Identity) -> Value:
        left, right = self.value(operation.left).tags, self.value(operation.right).tags
        known: Known = None
        if left and right:
            if left == right == Tag.NONE:
                known = not operation.negated
            elif not left & right:
                known = operation.negated
        self._set_known(operation.result, known)
        return A_BOOL if left and right else NOTHING

    def on_Truth(self, operation: Truth) -> Value:
        tags = self.value(operation.operand).tags
        known = self.known(operation.operand)
        if tags == Tag.NONE:
            known = False
        elif tags == Tag.FUNCTION:
            known = True
        self._set_known(operation.result, None if known is None else bool(known))
        return A_BOOL if tags else NOTHING

    def on_Join(self, operation: Join) -> Value:
        return A_STRING if all(self.value(part).tags for part in operation.parts) else NOTHING

    def on_Format(self, operation: Format) -> Value:
        return A_STRING

    def on_LoadGlobal(self, operation: LoadGlobal) -> Value:
        return self.facts.read_global(operation.variable.key)

    def on_StoreGlobal(self, operation: StoreGlobal) -> Value:
        self.facts.store_global(operation.variable.key, self.value(operation.source))
        return NOTHING

    def on_NewList(self, operation: NewList) -> Value:
        here = frozenset((operation.site,))
        for element in operation.elements:
            self.facts.store_in_sites(here, self.value(element))
        self.facts.set_dimensions(operation.site, 1)
        return Value(Tag.ARRAY, sites=here)

    def on_NewArray(self, operation: NewArray) -> Value:
        self.facts.set_dimensions(operation.site, len(operation.dimensions))
        return Value(Tag.ARRAY, sites=frozenset((operation.site,)))

    def on_LoadElement(self, operation: LoadElement) -> Value:
        array = self.value(operation.array)
        element = self.facts.element(array.sites) if array.sites else NOTHING
        return element | A_STRING if array.tags & Tag.STRING else element

    def on_StoreElement(self, operation: StoreElement) -> Value:
        self.facts.store_in_sites(self.value(operation.array).sites, self.value(operation.source))
        return NOTHING

    def on_Slice(self, operation: Slice) -> Value:
        array = self.value(operation.array)
        result = A_STRING if array.tags & Tag.STRING else NOTHING
        if array.sites:
            self.facts.arrive(operation.site, array.sites)
            self.facts.set_dimensions(operation.site, 1)
            result = result | Value(Tag.ARRAY, sites=frozenset((operation.site,)))
        return result

    def on_Length(self, operation: Length) -> Value:
        tags = self.value(operation.operand).tags
        self._set_known(operation.result, 0 if tags and not tags & LENGTHS else None)
        return AN_INT if tags else NOTHING

    def on_TripCount(self, operation: TripCount) -> Value:
        return AN_INT

    # -- calls

    def on_Call(self, operation: Call) -> Value:
        arguments = [self.value(argument) for argument in operation.arguments]
        if not all(argument.tags for argument in arguments):
            return NOTHING
        return self.result_of(self.facts.instance_for(self.program.functions[operation.function], arguments))

    def result_of(self, callee: Instance) -> Value:
        """What an instance returns; examined first if it is new, so that its caller can go on at once."""
        facts = self.facts
        if callee.key in facts.pending and callee.key not in self.examining:
            del facts.pending[callee.key]
            caller, facts.current = self.instance, callee.key
            self.examine(callee)
            self.instance, facts.current = caller, caller.key
        return facts.read_result(callee)

    def on_CallValue(self, operation: CallValue) -> Value:
        arguments = [self.value(argument) for argument in operation.arguments]
        if not all(argument.tags for argument in arguments):
            return NOTHING
        return self.call_through_value(self.value(operation.callee), arguments)

    def call_through_value(self, callee: Value, arguments: list[Value]) -> Value:
        """All functions that a value may be are called with these arguments."""
        result = NOTHING
        for name in sorted(callee.functions):
            function = self.program.functions[name]
            if not self.arity_fits(name, len(arguments)):
                continue
            filled = list(arguments)
            for parameter in function.parameters[len(arguments) :]:
                default = parameter.default
                if default is None:
                    filled.append(A_NONE)
                elif isinstance(default, Constant):
                    filled.append(self.value(default))
                else:
                    filled.append(self.facts.read_global(default.key))
            result = result | self.result_of(self.facts.instance_for(function, filled, VALUE_ENTRY))
        return result

    def arity_fits(self, name: str, count: int) -> bool:
        """Whether a function can be called with so many arguments."""
        function = self.program.functions[name]
        required = function.required if self.options.python3 else 0
        return required <= count <= len(function.parameters)

    def on_CallDevice(self, operation: CallDevice) -> Value:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        arguments = [self.value(argument) for argument in operation.arguments]
        if not all(argument.tags for argument in arguments):
            return NOTHING
        effect = EFFECTS.get(operation.function)
        if effect is not None:
            effect(self, operation, arguments)
        return GIVEN[form.gives](self, operation, arguments)

    def on_Return(self, operation: Return) -> Value:
        self.facts.add_result(self.instance, self.value(operation.value))
        return NOTHING

    # -- what device functions do to the facts

    def _sends(self, operation: CallDevice, arguments: list[Value]) -> None:
        if len(arguments) == 3:
            elements = self.facts.element(arguments[0].sites)
            self.facts.add("sent_elements", elements)
            self.facts.add("sent", elements)
        else:
            self.facts.add("sent", arguments[0])

    def _broadcasts(self, operation: CallDevice, arguments: list[Value]) -> None:
        self.facts.add("broadcast", arguments[0])

    def _exposes(self, operation: CallDevice, arguments: list[Value]) -> None:
        self.facts.add("exposed", arguments[0].only(Tag.ARRAY))

    def _reduces(self, operation: CallDevice, arguments: list[Value]) -> None:
        self.facts.add("reduced", arguments[0])

    def _farms(self, operation: CallDevice, arguments: list[Value]) -> None:
        """Arrays travel to the task by value: its parameters hold copies from the same places."""
        self.facts.add("farm_result", self.call_through_value(arguments[1], arguments[2:]) | A_NONE)

    def _copies_elements(self, operation: CallDevice, arguments: list[Value]) -> None:
        self.facts.store_in_sites(arguments[0].sites, self.facts.element(arguments[1].sites))

    def _flattens(self, operation: CallDevice, arguments: list[Value]) -> None:
        for site in arguments[0].sites:
            self.facts.set_dimensions(site, 1)

    # -- what device functions give

    def arrives_here(self, operation: CallDevice, value: Value) -> Value:
        """A value that was copied from another core: its arrays are new ones of this place."""
        if not value.sites:
            return value
        self.facts.arrive(operation.site, value.sites)
        return Value(value.tags, value.functions, frozenset((operation.site,)))

    def _received(self, operation: CallDevice, arguments: list[Value]) -> Value:
        return self.arrives_here(operation, self.facts.read("sent"))

    def _received_array(self, operation: CallDevice, arguments: list[Value]) -> Value:
        elements = self.facts.read("sent_elements") | self.facts.read("sent").only(NUMBERS | Tag.FUNCTION)
        here = frozenset((operation.site,))
        self.facts.arrive(operation.site, frozenset())
        self.facts.store_in_sites(here, elements)
        self.facts.set_dimensions(operation.site, 1)
        return Value(Tag.ARRAY, sites=here)

    def _reduced(self, operation: CallDevice, arguments: list[Value]) -> Value:
        value = self.arrives_here(operation, self.facts.read("reduced"))
        if operation.site >= 0 and value.sites:
            self.facts.store_in_sites(value.sites, self.facts.element(value.sites))
        tags = value.tags & (NUMBERS | Tag.ARRAY)
        if tags & Tag.BOOL:
            tags |= Tag.INT
        return Value(tags, sites=value.sites)

    def _int_array(self, operation: CallDevice, arguments: list[Value]) -> Value:
        here = frozenset((operation.site,))
        self.facts.store_in_sites(here, AN_INT)
        self.facts.set_dimensions(operation.site, 1)
        return Value(Tag.ARRAY, sites=here)

    def _as_number(self, operation: CallDevice, arguments: list[Value]) -> Value:
        tags = arguments[0].tags & NUMBERS
        return Value((tags & Tag.REAL) | (Tag.INT if tags & (Tag.INT | Tag.BOOL) else Tag.NOTHING))

    def _element_of(self, operation: CallDevice, arguments: list[Value]) -> Value:
        element = self.facts.element(arguments[0].sites)
        if operation.function != "sum":
            return element
        tags = element.tags & NUMBERS
        return Value((tags & Tag.REAL) | (Tag.INT if tags & (Tag.INT | Tag.BOOL) else Tag.NOTHING))

    def _read_input(self, operation: CallDevice, arguments: list[Value]) -> Value:
        return A_STRING if self.options.python3 else Value(Tag.INT | Tag.REAL | Tag.STRING)


Effect = Callable[[Inference, CallDevice, list[Value]], None]
Result = Callable[[Inference, CallDevice, list[Value]], Value]

EFFECTS: dict[str, Effect] = {
    "parallel.send": Inference._sends,
    "parallel.sendrecv": Inference._sends,
    "parallel.nonblocking_send": Inference._sends,
    "parallel.bcast": Inference._broadcasts,
    "parallel.reduce": Inference._reduces,
    "concurrency.expose": Inference._exposes,
    "taskfarm.execFunction": Inference._farms,
    "array.arraycopy": Inference._copies_elements,
    "array.flatten": Inference._flattens,
}

GIVEN: dict[Gives, Result] = {
    Gives.NONE: lambda *_: A_NONE,
    Gives.NEVER: lambda *_: NOTHING,
    Gives.BOOL: lambda *_: A_BOOL,
    Gives.INT: lambda *_: AN_INT,
    Gives.REAL: lambda *_: A_REAL,
    Gives.STRING: lambda *_: A_STRING,
    Gives.WHOLE: lambda self, *_: AN_INT if self.options.python3 else A_REAL,
    Gives.AS_NUMBER: Inference._as_number,
    Gives.FIRST_ARGUMENT: lambda self, operation, arguments: arguments[0].only(Tag.ARRAY),
    Gives.INT_ARRAY: Inference._int_array,
    Gives.ELEMENT: Inference._element_of,
    Gives.RECEIVED: Inference._received,
    Gives.RECEIVED_ARRAY: Inference._received_array,
    Gives.BROADCAST: lambda self, operation, _: self.arrives_here(operation, self.facts.read("broadcast")),
    Gives.REDUCED: Inference._reduced,
    Gives.EXPOSED: lambda self, *_: self.facts.read("exposed"),
    Gives.FARM_RESULT: lambda self, operation, _: (
        self.arrives_here(operation, self.facts.read("farm_result")) | A_NONE
    ),
    Gives.READ: Inference._read_input,
}


METHODS: dict[type[Operation], Callable[[Inference, Any], Value]] = {
    kind: getattr(Inference, f"on_{kind.__name__}")
    for kind in (
        Copy,
        Convert,
        Unary,
        Binary,
        Compare,
        Identity,
        Truth,
        Join,
        Format,
        LoadGlobal,
        StoreGlobal,
        NewList,
        NewArray,
        LoadElement,
        StoreElement,
        Slice,
        Length,
        TripCount,
        Call,
        CallValue,
        CallDevice,
        Return,
    )
}
