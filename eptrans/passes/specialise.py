"""Makes typed functions: one for each instance that type inference found and the program reaches.

Here every operation gets the form that its operands' kinds ask for: numbers are converted to a common
kind, tagged values are unboxed with a check where one kind is needed, what can only fail becomes a
fault. An operation that fails in every instance of its function is an error of the build.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ..analysis.facts import STORABLE, VALUE_ENTRY, Facts, Instance, InstanceKey
from ..analysis.inference import Inference, negative_exponent
from ..analysis.rules import ORDERINGS, can_compare
from ..analysis.values import Value
from ..devices import BY_NAME, Gives, Wants
from ..diagnostics import Diagnostic, Location, Severity
from ..frontend.emitter import drop_unreachable
from ..ir import (
    BOOL,
    INT,
    NONE_VALUE,
    NUMBERS,
    REAL,
    STRING,
    Binary,
    BinaryOperator,
    Block,
    Branch,
    Call,
    CallDevice,
    CallValue,
    CheckSet,
    Compare,
    Comparison,
    Constant,
    Convert,
    Copy,
    Fault,
    Format,
    Function,
    FunctionReference,
    Identity,
    Jump,
    Join,
    Length,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operand,
    Operation,
    Parameter,
    Print,
    Program,
    Register,
    Return,
    RunModule,
    Slice,
    StoreElement,
    StoreGlobal,
    Tag,
    TripCount,
    Truth,
    Type,
    Unary,
    Unreachable,
    is_single,
    tags_in,
)
from ..options import CompileOptions
from ..kinds import kind_text

ACCEPTED: dict[Tag, Tag] = {Tag.REAL: NUMBERS, Tag.INT: Tag.INT | Tag.BOOL}
A_NUMBER, AN_INT, AN_ARRAY, A_STRING, A_FUNCTION = "a number", "an int", "an array", "a string", "a function"
WANTED_KIND: dict[Wants, tuple[Tag, str]] = {
    Wants.INT: (Tag.INT, AN_INT),
    Wants.REAL: (Tag.REAL, A_NUMBER),
    Wants.ARRAY: (Tag.ARRAY, AN_ARRAY),
}
# What is computed at build time if both sides are constants.
FOLDED: dict[BinaryOperator, Callable[[int, int], int]] = {
    BinaryOperator.ADD: int.__add__,
    BinaryOperator.SUBTRACT: int.__sub__,
    BinaryOperator.MULTIPLY: int.__mul__,
}


class TypeFault(Exception):
    """Unwinds from an operand that cannot be what its operation needs."""

    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass
class Outcomes:
    """How often an operation of the source was specialised, and how it failed."""

    tried: int = 0
    failures: list[Diagnostic] = field(default_factory=list)


class ProgramSpecialiser:
    """Specialises the instances that the main program reaches, each once."""

    def __init__(self, program: Program, facts: Facts, options: CompileOptions) -> None:
        self.generic = program
        self.facts = facts
        self.options = options
        self.names: dict[InstanceKey, str] = {}
        self.pending: list[Instance] = []
        self.outcomes: dict[tuple[str, int, str], Outcomes] = {}
        self.taken: dict[str, None] = {}
        self.inference = Inference(program, options, None)
        self.inference.facts = facts
        self.globals = {
            key: replace(variable, type=self.type_of(facts.globals.get(key, Value())))
            for key, variable in program.globals.items()
        }

    def run(self) -> tuple[Program, list[Diagnostic]]:
        """The typed program and the errors found."""
        functions: dict[str, Function] = {}
        self.name_of(self.facts.instances[self.generic.main, ()])
        while self.pending:
            instance = self.pending.pop(0)
            typed = FunctionSpecialiser(self, instance).run()
            functions[typed.name] = typed
            self._enter_functions_taken()
        errors = [
            outcome.failures[0]
            for outcome in self.outcomes.values()
            if outcome.failures and len(outcome.failures) == outcome.tried
        ]
        entries = {name: self.value_entry(name) for name in self.taken}
        program = Program(
            functions, self.globals, self.generic.sources, self.generic.main,
            entries, self.generic.site_count,
            {name: self.generic.functions[name] for name, entry in entries.items() if not entry},
        )
        return program, errors

    def type_of(self, value: Value) -> Type:
        """How a value is held."""
        if not value.tags & Tag.ARRAY:
            return Type(value.tags)
        elements = self.facts.element(value.sites).tags
        return Type(value.tags, elements, self.facts.dimensions(value.sites))

    def name_of(self, instance: Instance) -> str:
        """The name of an instance's typed function; entered for specialisation at the first mention."""
        found = self.names.get(instance.key)
        if found is None:
            generic = instance.function.name
            number = sum(1 for name, _ in self.names if name == generic)
            found = generic if number == 0 else f"{generic}#{number + 1}"
            self.names[instance.key] = found
            self.pending.append(instance)
        return found

    def value_entry(self, name: str) -> str:
        """The typed function that the code table calls; "" where no call through a value reaches it."""
        instance = self.facts.instances.get((name, VALUE_ENTRY))
        return self.names.get(instance.key, "") if instance is not None else ""

    def _enter_functions_taken(self) -> None:
        for name in self.taken:
            instance = self.facts.instances.get((name, VALUE_ENTRY))
            if instance is not None:
                self.name_of(instance)

    def outcome(self, function: str, place: Location, mnemonic: str) -> Outcomes:
        return self.outcomes.setdefault((function, place.line * 100_000 + place.column, mnemonic), Outcomes())


class FunctionSpecialiser:
    """Rewrites one instance, block by block; a method for each operation."""

    def __init__(self, unit: ProgramSpecialiser, instance: Instance) -> None:
        self.unit = unit
        self.instance = instance
        self.registers = [
            replace(register, type=unit.type_of(value))
            for register, value in zip(instance.function.registers, instance.registers)
        ]
        self.function = replace(
            instance.function,
            name=unit.names[instance.key],
            generic=instance.function.name,
            parameters=tuple(
                Parameter(self.registers[p.register.index], p.default) for p in instance.function.parameters
            ),
            blocks=[],
            registers=self.registers,
            result=unit.type_of(instance.result),
        )
        self.folded: dict[int, Constant] = {}  # temporaries whose value is known now
        self.block = Block(0)
        self.place = instance.function.place

    def run(self) -> Function:
        """The typed function."""
        for source in self.instance.function.blocks:
            self.block = Block(source.number, [], source.loop_header)
            self.function.blocks.append(self.block)
            if source.number in self.instance.reachable:
                self._rewrite(source)
            else:
                self.emit(Unreachable(place=self.place))
        drop_unreachable(self.function)
        return self.function

    def _rewrite(self, source: Block) -> None:
        for operation in source.operations:
            self.place = operation.place
            method: Callable[[Any], None] = getattr(self, f"on_{type(operation).__name__}")
            outcome = self.unit.outcome(self.function.generic, operation.place, operation.mnemonic)
            outcome.tried += 1
            try:
                if any(not self.tags(operand) for operand in operation.operands()):
                    self.emit(Unreachable(place=self.place))
                else:
                    method(operation)
            except TypeFault as fault:
                outcome.failures.append(Diagnostic(Severity.ERROR, fault.message, operation.place, fault.hint))
                self.emit(Fault(place=self.place, message=fault.message))
            if self.block.operations and not _falls_through(self.block.operations[-1]):
                return

    # -- helpers

    def emit(self, operation: Operation) -> None:
        self.block.operations.append(operation)

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        raise TypeFault(message, hint)

    def temporary(self, kind: Type) -> Register:
        register = Register(len(self.registers), "", kind)
        self.registers.append(register)
        return register

    def typed(self, operand: Operand) -> Operand:
        """The operand with its type; functions named are entered into the code table."""
        if isinstance(operand, Register):
            return self.folded.get(operand.index) or self.registers[operand.index]
        if isinstance(operand, FunctionReference):
            self.unit.taken[operand.name] = None
        return operand

    def tags(self, operand: Operand) -> Tag:
        return self.registers[operand.index].type.tags if isinstance(operand, Register) else operand.type.tags

    def value(self, operand: Operand) -> Value:
        self.unit.inference.instance = self.instance
        return self.unit.inference.value(operand)

    def result(self, operation: Operation) -> Register:
        assert operation.result is not None
        return self.registers[operation.result.index]

    def convert(self, operand: Operand, target: Type, needed: str) -> Operand:
        """The operand held as `target`. Raises TypeFault where none of its kinds can be."""
        operand = self.typed(operand)
        have = operand.type
        if have.is_dynamic and target.is_dynamic:
            return operand
        if not target.is_dynamic:
            accepted = ACCEPTED.get(target.tags, target.tags)
            if not have.tags & accepted:
                self.fail(f"{needed} is needed here, not {kind_text(have.tags)}")
            if have.tags == target.tags:
                return operand
            if isinstance(operand, Constant) and isinstance(operand.value, (bool, int)):
                number = float(operand.value) if target.tags == Tag.REAL else int(operand.value)
                return Constant(number, Type(target.tags))
        checked = have.is_dynamic and bool(have.tags & ~ACCEPTED.get(target.tags, target.tags))
        result = self.temporary(target)
        self.emit(
            Convert(place=self.place, result=result, source=operand, wanted=needed if checked else "")
        )
        return result

    def finish(self, operation: Operation, value: Operand) -> None:
        """Give the result of an operation a value found without it."""
        self.copy(self.result(operation), value)

    def copy(self, target: Register, value: Operand) -> None:
        if target.type.tags:
            source = self.convert(value, target.type, kind_text(target.type.tags))
            self.emit(Copy(place=self.place, result=target, source=source))

    # -- values

    def on_Copy(self, operation: Copy) -> None:
        self.copy(self.result(operation), operation.source)

    def on_Convert(self, operation: Convert) -> None:
        target = Type(operation.declared)
        self.finish(operation, self.convert(operation.source, target, kind_text(operation.declared)))

    def on_Unary(self, operation: Unary) -> None:
        result = self.result(operation)
        if not result.type.tags:
            self.fail(f"{A_NUMBER} is needed here, not {kind_text(self.tags(operation.operand))}")
        operand = operation.operand
        if is_single(result.type.tags):
            operand = self.convert(operand, result.type, A_NUMBER)
        self.emit(replace(operation, result=result, operand=self.typed(operand)))

    def on_Binary(self, operation: Binary) -> None:
        result = self.result(operation)
        left, right = self.tags(operation.left), self.tags(operation.right)
        if not result.type.tags:
            self._binary_mismatch(operation, left, right)
        if result.type.tags == Tag.STRING and operation.operator is BinaryOperator.ADD:
            self._join_texts(operation, result)
            return
        if is_single(result.type.tags) and result.type.tags & NUMBERS:
            kind = result.type
            if negative_exponent(operation):
                kind = REAL
            operands = [self.convert(item, kind, A_NUMBER) for item in (operation.left, operation.right)]
        else:
            operands = [self.typed(operation.left), self.typed(operation.right)]
        if not self._fold(result, operation.operator, operands):
            self.emit(replace(operation, result=result, left=operands[0], right=operands[1]))

    def _fold(self, result: Register, operator: BinaryOperator, operands: list[Operand]) -> bool:
        """Compute an operation of two int constants now; it wraps as at run time."""
        compute = FOLDED.get(operator)
        values = [item.value for item in operands if isinstance(item, Constant) and item.type == INT]
        if compute is None or len(values) < 2 or not result.is_temporary:
            return False
        exact = compute(int(values[0] or 0), int(values[1] or 0))
        word = self.unit.options.word
        wrapped = (exact + (1 << (word - 1))) % (1 << word) - (1 << (word - 1))
        self.folded[result.index] = Constant(wrapped, INT)
        return True

    def _binary_mismatch(self, operation: Binary, left: Tag, right: Tag) -> NoReturn:
        sign = operation.operator.value
        hint = None
        if (left | right) & Tag.ARRAY:
            hint = "arrays are computed element by element, in a loop"
        elif Tag.STRING in (left, right) and sign == "+":
            hint = "convert the other side with str(x)"
        elif left & Tag.STRING and sign == "%":
            hint = 'use an f-string: f"{x:.3f}"'
        elif Tag.REAL in (left, right) and not (left | right) & Tag.STRING:
            hint = "it works on ints: convert with int(x)"
        self.fail(f"'{sign}' does not go with {kind_text(left)} and {kind_text(right)}", hint)

    def _join_texts(self, operation: Binary, result: Register) -> None:
        left, right = operation.left, operation.right
        if self.unit.options.python3 or Tag.STRING not in (self.tags(left), self.tags(right)):
            left, right = (self.convert(item, STRING, A_STRING) for item in (left, right))
        parts = (self.typed(left), self.typed(right))
        self.emit(Join(place=self.place, result=result, parts=parts))

    def on_Compare(self, operation: Compare) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
            return
        left, right = self.tags(operation.left), self.tags(operation.right)
        if not can_compare(operation.operator, left, right):
            self.fail(f"'{operation.operator.value}' does not go with {kind_text(left)} and {kind_text(right)}")
        if operation.operator in (Comparison.EQUAL, Comparison.NOT_EQUAL) and not _may_be_equal(left, right):
            self.finish(operation, Constant(operation.operator is Comparison.NOT_EQUAL, BOOL))
            return
        common = self._common_kind(operation.operator, left, right)
        if common is None:
            operands = [self.typed(operation.left), self.typed(operation.right)]
        else:
            operands = [self.convert(item, common, A_NUMBER) for item in (operation.left, operation.right)]
        self.emit(replace(operation, result=self.result(operation), left=operands[0], right=operands[1]))

    def _common_kind(self, operator: Comparison, left: Tag, right: Tag) -> Type | None:
        """The kind that both sides can be compared as; None: as they are, or as tagged values."""
        if left == right and is_single(left):
            return None
        if operator not in ORDERINGS and not (is_single(left) and is_single(right)):
            return None
        if (left & right & Tag.STRING) or not (left & NUMBERS and right & NUMBERS):
            return None
        numbers = (left | right) & NUMBERS
        if not numbers & Tag.REAL:
            return INT
        mixed = left & NUMBERS != Tag.REAL or right & NUMBERS != Tag.REAL
        if mixed and self.unit.options.python3:
            return None  # Python compares an int with a real exactly
        return REAL if Tag.REAL in (left & NUMBERS, right & NUMBERS) else None

    def on_Identity(self, operation: Identity) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
            return
        left, right = self.typed(operation.left), self.typed(operation.right)
        self.emit(replace(operation, result=self.result(operation), left=left, right=right))

    def on_Truth(self, operation: Truth) -> None:
        known = self.instance.known.get(self.result(operation).index)
        if known is not None:
            self.finish(operation, Constant(bool(known), BOOL))
        elif self.tags(operation.operand) == Tag.BOOL:
            self.finish(operation, operation.operand)
        else:
            self.emit(replace(operation, result=self.result(operation), operand=self.typed(operation.operand)))

    def on_Join(self, operation: Join) -> None:
        parts = tuple(self.typed(part) for part in operation.parts)
        if len(parts) == 1 and parts[0].type == STRING:
            self.finish(operation, parts[0])
            return
        self.emit(replace(operation, result=self.result(operation), parts=parts))

    def on_Format(self, operation: Format) -> None:
        self.emit(replace(operation, result=self.result(operation), operand=self.typed(operation.operand)))

    def on_LoadGlobal(self, operation: LoadGlobal) -> None:
        variable = self.unit.globals[operation.variable.key]
        result = self.result(operation)
        if not result.type.tags:
            self.emit(Fault(place=self.place, message=f"the name '{variable.name}' is used before it is assigned"))
            return
        self.emit(replace(operation, result=replace(result, type=variable.type), variable=variable))
        self.registers[result.index] = replace(result, type=variable.type)

    def on_StoreGlobal(self, operation: StoreGlobal) -> None:
        variable = self.unit.globals[operation.variable.key]
        source = self.convert(operation.source, variable.type, kind_text(variable.type.tags))
        self.emit(replace(operation, variable=variable, source=source))

    def on_CheckSet(self, operation: CheckSet) -> None:
        self.emit(replace(operation, flag=self.typed(operation.flag)))

    # -- arrays

    def _site_kind(self, site: int) -> Tag:
        kind = self.unit.facts.kinds(site)
        if not is_single(kind):
            held = " and ".join(kind_text(tag, plural=True) for tag in tags_in(kind))
            hint = "keep functions and numbers in arrays of their own: [f]*n starts one for functions"
            self.fail(f"an array cannot hold {held} together", hint)
        return kind

    def on_NewList(self, operation: NewList) -> None:
        for element in operation.elements:
            self._check_storable(self.tags(element))
        kind = self._site_kind(operation.site)
        needed = kind_text(kind)
        elements = tuple(self.convert(item, Type(kind), needed) for item in operation.elements)
        count = None if operation.count is None else self.convert(operation.count, INT, AN_INT)
        result = self.result(operation)
        self.emit(replace(operation, result=result, elements=elements, count=count, kind=kind))

    def on_NewArray(self, operation: NewArray) -> None:
        kind = self._site_kind(operation.site)
        dimensions = tuple(self.convert(item, INT, AN_INT) for item in operation.dimensions)
        self.emit(replace(operation, result=self.result(operation), dimensions=dimensions, kind=kind))

    def _array(self, operand: Operand) -> Operand:
        typed = self.typed(operand)
        array_type = replace(typed.type, tags=Tag.ARRAY)
        return self.convert(operand, array_type, AN_ARRAY)

    def _indices(self, array: Operand, indices: tuple[Operand, ...]) -> tuple[Operand, ...]:
        dimensions = array.type.dimensions
        if dimensions and dimensions != len(indices):
            wanted = "m" + "".join(f"[{name}]" for name in "ijklmnop"[:dimensions])
            self.fail(
                f"an array of {dimensions} dimension{'s' if dimensions > 1 else ''} has {len(indices)} "
                f"ind{'ices' if len(indices) > 1 else 'ex'} here", f"all indices are needed: {wanted}",
            )
        return tuple(self.convert(index, INT, AN_INT) for index in indices)

    def on_LoadElement(self, operation: LoadElement) -> None:
        tags = self.tags(operation.array)
        result = self.result(operation)
        if not tags & (Tag.ARRAY | Tag.STRING):
            self.fail(f"{AN_ARRAY} is needed here, not {kind_text(tags)}")
        if not tags & Tag.STRING:
            array = self._array(operation.array)
            indices = self._indices(array, operation.indices)
        else:
            if len(operation.indices) > 1:
                self.fail("a string has one index")
            array = self.typed(operation.array)
            if tags & Tag.ARRAY == Tag.NOTHING:
                array = self.convert(array, STRING, A_STRING)
            indices = (self.convert(operation.indices[0], INT, AN_INT),)
        self.emit(replace(operation, result=result, array=array, indices=indices))

    def _check_storable(self, tags: Tag) -> None:
        """Refuse what no array can hold; what only may be something else is checked at run time."""
        if not tags & STORABLE:
            hint = "it holds ints, reals, bools or functions"
            if tags & Tag.ARRAY:
                hint = "for rows of numbers use array(d1, d2)"
            self.fail(f"an array cannot hold {kind_text(tags, plural=True)}", hint)

    def on_StoreElement(self, operation: StoreElement) -> None:
        tags = self.tags(operation.array)
        if not tags & Tag.ARRAY:
            hint = "build a new string" if tags & Tag.STRING else None
            self.fail(f"{AN_ARRAY} is needed here, not {kind_text(tags)}", hint)
        array = self._array(operation.array)
        indices = self._indices(array, operation.indices)
        kinds = array.type.elements
        self._check_storable(self.tags(operation.source))
        source = self.typed(operation.source)
        if is_single(kinds):
            source = self.convert(operation.source, Type(kinds), kind_text(kinds))
        self.emit(replace(operation, array=array, indices=indices, source=source))

    def on_Slice(self, operation: Slice) -> None:
        tags = self.tags(operation.array)
        if not tags & (Tag.ARRAY | Tag.STRING):
            self.fail(f"{AN_ARRAY} or {A_STRING} is needed here, not {kind_text(tags)}")
        bounds = []
        for bound in (operation.start, operation.stop, operation.step):
            absent = bound is None or self.tags(bound) == Tag.NONE
            bounds.append(None if absent or bound is None else self.convert(bound, INT, AN_INT))
        array = self.typed(operation.array)
        if not tags & Tag.STRING:
            array = self._array(operation.array)
        elif not tags & Tag.ARRAY:
            array = self.convert(array, STRING, A_STRING)
        start, stop, step = bounds
        result = self.result(operation)
        self.emit(replace(operation, result=result, array=array, start=start, stop=stop, step=step))

    def on_Length(self, operation: Length) -> None:
        tags = self.tags(operation.operand)
        if not tags & (Tag.ARRAY | Tag.STRING):
            if self.unit.options.python3:
                self.fail(f"{kind_text(tags)} has no length")
            self.finish(operation, Constant(0, INT))
            return
        self.emit(replace(operation, result=self.result(operation), operand=self.typed(operation.operand)))

    def on_TripCount(self, operation: TripCount) -> None:
        start, stop, step = (
            self.convert(item, INT, AN_INT) for item in (operation.start, operation.stop, operation.step)
        )
        self.emit(replace(operation, result=self.result(operation), start=start, stop=stop, step=step))

    # -- calls

    def on_Call(self, operation: Call) -> None:
        function = self.unit.generic.functions[operation.function]
        values = [self.value(argument) for argument in operation.arguments]
        self._call(operation, self.unit.facts.instance_for(function, values), operation.arguments)

    def _call(self, operation: Operation, instance: Instance, arguments: tuple[Operand, ...]) -> None:
        converted = []
        for argument, value in zip(arguments, instance.parameters):
            kind = self.unit.type_of(value)
            converted.append(self.convert(argument, kind, kind_text(kind.tags)))
        name = self.unit.name_of(instance)
        returns = self.unit.type_of(instance.result)
        result = self.result(operation)
        target = result if returns == result.type else self.temporary(returns)
        self.emit(
            Call(
                place=self.place, result=target if returns.tags else None, function=name,
                arguments=tuple(converted),
            )
        )
        if not returns.tags:
            self.emit(Unreachable(place=self.place))
        elif target is not result:
            self.copy(result, target)

    def on_CallValue(self, operation: CallValue) -> None:
        callee = self.value(operation.callee)
        if not callee.tags & Tag.FUNCTION:
            self.fail(f"{kind_text(callee.tags)} is not a function and cannot be called")
        self._check_arity(callee, len(operation.arguments))
        only = next(iter(callee.functions)) if len(callee.functions) == 1 else None
        if only is not None and callee.tags == Tag.FUNCTION and self._call_directly(operation, only):
            return
        arguments = tuple(self.typed(argument) for argument in operation.arguments)
        target = self.typed(operation.callee)
        result = self.result(operation)
        self.emit(
            replace(operation, result=result if result.type.tags else None, callee=target, arguments=arguments)
        )
        if not result.type.tags:
            self.emit(Unreachable(place=self.place))

    def _check_arity(self, callee: Value, count: int) -> None:
        inference = self.unit.inference
        if callee.functions and not any(inference.arity_fits(name, count) for name in callee.functions):
            name = min(callee.functions)
            function = self.unit.generic.functions[name]
            total, required = len(function.parameters), function.required
            wanted = str(total) if required == total or count > total else f"at least {required}"
            plural = "" if wanted == "1" else "s"
            self.fail(
                f"{function.source_name} takes {wanted} argument{plural}, {count} given",
                f"its def is at line {function.place.line}",
            )

    def _call_directly(self, operation: CallValue, name: str) -> bool:
        """A value that can only be one function: call its instance for calls by value."""
        function = self.unit.generic.functions[name]
        instance = self.unit.facts.instances.get((name, VALUE_ENTRY))
        if instance is None or len(operation.arguments) > len(function.parameters):
            return False
        arguments = list(operation.arguments)
        for parameter in function.parameters[len(arguments) :]:
            if parameter.default is not None and not isinstance(parameter.default, Constant):
                return False
            arguments.append(parameter.default or NONE_VALUE)
        self._call(operation, instance, tuple(arguments))
        return True

    def on_CallDevice(self, operation: CallDevice) -> None:
        module, _, name = operation.function.rpartition(".")
        form = BY_NAME[module, name].forms[operation.form]
        arguments = []
        for position, argument in enumerate(operation.arguments):
            wants = form.parameters[min(position, len(form.parameters) - 1)]
            arguments.append(self._device_argument(wants, argument))
        if Wants.FUNCTION in form.parameters:
            self._check_arity(self.value(operation.arguments[1]), len(operation.arguments) - 2)
        result = self.result(operation)
        if form.gives is Gives.FIRST_ARGUMENT and not result.type.tags:
            self.fail(f"{AN_ARRAY} is needed here")
        keep = result if result.type.tags else None
        self.emit(replace(operation, result=keep, arguments=tuple(arguments)))
        if keep is None and form.gives not in (Gives.NONE, Gives.NEVER):
            self.emit(Unreachable(place=self.place))

    def _device_argument(self, wants: Wants, argument: Operand) -> Operand:
        if wants is Wants.FUNCTION:
            if not self.tags(argument) & Tag.FUNCTION:
                self.fail(f"{A_FUNCTION} is needed here, not {kind_text(self.tags(argument))}")
            return self.typed(argument)
        if wants is Wants.ARRAY:
            return self._array(argument)
        if wants is Wants.NUMBER:
            numbers = self.tags(argument) & NUMBERS
            kind = REAL if numbers == Tag.REAL else INT if not numbers & Tag.REAL else None
            return self.typed(argument) if kind is None else self.convert(argument, kind, A_NUMBER)
        if wants in WANTED_KIND:
            tag, needed = WANTED_KIND[wants]
            return self.convert(argument, Type(tag), needed)
        return self.typed(argument)

    # -- the rest

    def on_Print(self, operation: Print) -> None:
        self.emit(replace(operation, values=tuple(self.typed(value) for value in operation.values)))

    def on_RunModule(self, operation: RunModule) -> None:
        name = f"<module {operation.module}>"
        self.unit.name_of(self.unit.facts.instances[name, ()])
        self.emit(operation)

    def on_Jump(self, operation: Jump) -> None:
        self.emit(operation)

    def on_Branch(self, operation: Branch) -> None:
        self.unit.inference.instance = self.instance
        known = self.unit.inference.known(operation.condition)
        if known is not None:
            target = operation.then if known else operation.otherwise
            self.emit(Jump(place=self.place, target=target))
        else:
            self.emit(replace(operation, condition=self.typed(operation.condition)))

    def on_Return(self, operation: Return) -> None:
        value = self.convert(operation.value, self.function.result, kind_text(self.function.result.tags))
        self.emit(replace(operation, value=value))

    def on_Unreachable(self, operation: Unreachable) -> None:
        self.emit(operation)

    def on_Fault(self, operation: Fault) -> None:
        self.emit(operation)


def _falls_through(operation: Operation) -> bool:
    return not isinstance(operation, (Jump, Branch, Return, Fault, Unreachable))


def _may_be_equal(left: Tag, right: Tag) -> bool:
    return bool(left & right or (left & NUMBERS and right & NUMBERS))


def specialise(program: Program, facts: Facts, options: CompileOptions) -> tuple[Program, list[Diagnostic]]:
    """Typed functions for all instances reached, and the errors of the build."""
    return ProgramSpecialiser(program, facts, options).run()


