"""Calls: of the program's own functions, of device functions by their table, and through values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from ..devices import CONSTANTS_BY_NAME, DEVICE_MODULES, DeviceFunction, Gives, Through, Wants, functions_of
from ..diagnostics import suggest
from ..format_spec import FormatError, parse_format
from ..ir import (
    Binary,
    BinaryOperator,
    Call,
    CallDevice,
    CallValue,
    Compare,
    Comparison,
    Join,
    Length,
    LoadGlobal,
    NewArray,
    NewList,
    Print,
    StoreElement,
    TripCount,
    UnaryOperator,
    Unreachable,
)
from ..operands import NONE_VALUE, Constant, FunctionReference, Global, Operand, Register
from ..value_types import INT, REAL
from .emitter import BuildError, Emitter
from .modules import Module
from .names import FunctionScope, parameter_names

if TYPE_CHECKING:
    from .build import ProgramBuilder

MOST_DIMENSIONS = 7  # as in ePython
REDUCTIONS = ("sum", "prod", "min", "max")
ARRIVALS = (Gives.RECEIVED, Gives.RECEIVED_ARRAY, Gives.BROADCAST, Gives.REDUCED, Gives.FARM_RESULT)


def count_text(count: int) -> str:
    """ "1 argument", "2 arguments" """
    return f"{count} argument{'' if count == 1 else 's'}"


class CallBuilder(Emitter):
    """Everything that has the form of a call, and the look-up of what a name calls."""

    unit: ProgramBuilder
    module: Module
    scope: FunctionScope
    variables: dict[str, Register]
    at_top_level: bool

    def expression(self, node: ast.expr) -> Operand:
        raise NotImplementedError

    # -- names

    def read_local(self, node: ast.AST, name: str) -> Register:
        """The register of a variable; analysis/assignment.py finds reads before an assignment."""
        register = self.variable(name)
        self.function.reads.setdefault(register.index, []).append(self.positions.location(node))
        return register

    def variable(self, name: str) -> Register:
        """The register of a local variable, made at its first mention."""
        found = self.variables.get(name)
        if found is None:
            found = self.variables[name] = self.register(name)
        return found

    def global_for(self, name: str) -> Global | Register | None:
        """The module's variable of this name: a global, or a register where only the top level uses it."""
        if name not in self.module.names.variables and name not in self.scope.globals:
            return None
        shared = self.unit.global_named(self.module, name)
        if self.at_top_level and shared is None:
            return self.variable(name)
        return shared or self.unit.make_global(self.module, name)

    def function_named(self, name: str) -> FunctionReference | None:
        if name in self.module.names.functions:
            return FunctionReference(self.unit.function_key(self.module.name, name))
        found = self.module.user_functions.get(name)
        return FunctionReference(self.unit.function_key(*found)) if found else None

    def device_named(self, name: str) -> tuple[str, str] | None:
        """(module, name) of the device function or builtin that a bare name means here."""
        return self.unit.device_named(self.module, name)

    def visible_names(self) -> set[str]:
        """All names that could have been meant, for suggestions."""
        module = self.module
        names = set(self.scope.locals) | set(module.names.variables) | set(module.names.functions)
        names |= set(module.device_names) | set(module.module_aliases) | set(module.user_functions)
        names |= {"True", "False", "None"} if self.unit.options.python3 else {"true", "false", "none"}
        return names | {function.name for function in functions_of("")} | {"print", "len", "range", "pow"}

    def module_offering(self, name: str) -> str | None:
        """The device module that has a function of this name, for hints."""
        for module in sorted(DEVICE_MODULES):
            if any(f.name == name for f in functions_of(module)) or (module, name) in CONSTANTS_BY_NAME:
                return module
        return None

    def unknown_name(self, node: ast.AST, name: str) -> NoReturn:
        raise NotImplementedError

    def give_up_if_reported(self, name: str) -> None:
        """A name whose import or def is in error itself: its uses are no further errors."""
        nested = self.module.names.nested_functions
        if name in self.module.not_found or any(node.name == name for node in nested):
            raise BuildError

    def module_member(self, node: ast.Attribute) -> tuple[str, str] | None:
        """(module, name) where an attribute names a module's member."""
        if not isinstance(node.value, ast.Name):
            return None
        name = node.value.id
        self.give_up_if_reported(name)
        if name in self.scope.locals or name in self.module.names.variables:
            return None
        owner = self.module.module_aliases.get(name)
        if owner is None and self.unit.is_imported_device(self.module, name):
            owner = name
        return (owner, node.attr) if owner is not None else None

    def member_value(self, node: ast.AST, owner: str, name: str) -> Operand:
        """The value of `module.name`."""
        if owner in DEVICE_MODULES:
            constant = CONSTANTS_BY_NAME.get((owner, name))
            if constant is not None:
                return Constant(constant.value, REAL)
            if self.unit.device_function(owner, name) is not None:
                self.fail(node, f"'{owner}.{name}' is a device function and can only be called")
            self.fail_member(node, owner, name)
        other = self.unit.modules[owner]
        if name in other.names.functions:
            return FunctionReference(self.unit.function_key(owner, name))
        if name not in other.names.variables:
            self.fail_member(node, owner, name)
        result = self.register()
        variable = self.unit.make_global(other, name)
        self.emit(LoadGlobal(place=self.locate(node), result=result, variable=variable))
        return result

    def fail_member(self, node: ast.AST, owner: str, name: str) -> NoReturn:
        near = suggest(name, self.unit.member_names(owner))
        self.fail(node, f"module '{owner}' has no '{name}'", f"did you mean '{near}'?" if near else None)

    # -- calls

    def expression_Call(self, node: ast.Call) -> Operand:
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.fail(argument, "'*' arguments are not part of the language", "write the arguments out")
        callee = node.func
        if isinstance(callee, ast.Name):
            return self._call_name(node, callee)
        if isinstance(callee, ast.Attribute):
            member = self.module_member(callee)
            if member is not None:
                return self._call_member(node, *member)
        return self._call_value(node, self.expression(callee))

    def _call_name(self, node: ast.Call, callee: ast.Name) -> Operand:
        name = callee.id
        if name in self.scope.locals or self.global_for(name) is not None:
            return self._call_value(node, self.expression(callee))
        reference = self.function_named(name)
        if reference is not None:
            return self.call_function(node, reference)
        if name == "print":
            return self._print(node)
        if name == "__native__":
            self.fail(
                node,
                "'native' calls into the original's own runtime, which is not here",
                "use the functions of the device modules",
            )
        found = self.device_named(name)
        if found is not None:
            return self._call_device(node, *found)
        if name in self.module.module_aliases:
            self.fail(node, f"'{name}' is a module, not a function", f"call {name}.f(...)")
        return self.unknown_name(callee, name)

    def _call_member(self, node: ast.Call, owner: str, name: str) -> Operand:
        if owner in DEVICE_MODULES:
            if (owner, name) not in CONSTANTS_BY_NAME and self.unit.device_function(owner, name) is None:
                self.fail_member(node.func, owner, name)
            return self._call_device(node, owner, name)
        value = self.member_value(node.func, owner, name)
        if isinstance(value, FunctionReference):
            return self.call_function(node, value)
        return self._call_value(node, value)

    def call_function(self, node: ast.Call, reference: FunctionReference) -> Operand:
        """A direct call: arguments matched by position and name, defaults filled in."""
        function = self.unit.definition(reference.name)
        if function.args.vararg or function.args.kwarg or function.args.kwonlyargs:
            raise BuildError  # its def is in error
        names = parameter_names(function)
        given: dict[int, Operand] = dict(enumerate(self.expression(argument) for argument in node.args))
        if len(node.args) > len(names):
            self.fail(
                node,
                f"{function.name} takes {count_text(len(names))}, {len(node.args)} given",
                f"its def is at line {self.unit.line_of(reference.name)}",
            )
        for keyword in node.keywords:
            if keyword.arg is None:
                self.fail(
                    keyword.value, "'**' arguments are not part of the language", "write the arguments out"
                )
            if keyword.arg not in names:
                self.fail(keyword.value, f"{function.name} has no parameter '{keyword.arg}'")
            position = names.index(keyword.arg)
            if position in given:
                self.fail(keyword.value, f"the parameter '{keyword.arg}' is given twice")
            given[position] = self.expression(keyword.value)
        arguments = [given.get(i) or self._missing(node, reference, i) for i in range(len(names))]
        result = self.register()
        place = self.locate(node)
        self.emit(Call(place=place, result=result, function=reference.name, arguments=tuple(arguments)))
        return result

    def _missing(self, node: ast.Call, reference: FunctionReference, position: int) -> Operand:
        """The value of an argument that the call leaves out."""
        function = self.unit.definition(reference.name)
        default = self.unit.default_of(reference.name, position)
        if isinstance(default, Constant):
            return default
        if default is not None:
            result = self.register()
            self.emit(LoadGlobal(place=self.locate(node), result=result, variable=default))
            return result
        name = parameter_names(function)[position]
        if self.unit.options.python3:
            self.fail(node, f"{function.name} is called without its argument '{name}'")
        self.warn(
            node,
            f"{function.name} is called without its argument '{name}', which is none then",
            f"give it, or a default in the def at line {self.unit.line_of(reference.name)}",
        )
        return NONE_VALUE

    def _call_value(self, node: ast.Call, callee: Operand) -> Operand:
        if node.keywords:
            self.fail(node.keywords[0].value, "named arguments need a call by the function's own name")
        arguments = tuple(self.expression(argument) for argument in node.args)
        result = self.register()
        self.emit(CallValue(place=self.locate(node), result=result, callee=callee, arguments=arguments))
        return result

    # -- device functions

    def _call_device(self, node: ast.Call, owner: str, name: str) -> Operand:
        if node.keywords:
            self.fail(node.keywords[0].value, f"{name} takes no named arguments")
        constant = CONSTANTS_BY_NAME.get((owner, name))
        if constant is not None:
            if node.args:
                self.fail(node, f"{name} takes no arguments")
            return Constant(constant.value, REAL)
        function = self.unit.device_function(owner, name)
        assert function is not None
        form = function.form_for(len(node.args))
        if form is None:
            self.fail(node, f"{name} does not take {count_text(len(node.args))}", f"usage: {function.usage}")
        chosen = function.forms[form]
        if chosen.through is Through.SPECIAL:
            builder = getattr(self, f"_special_{chosen.target}")
            result: Operand = builder(node, function)
            return result
        arguments = []
        for position, argument in enumerate(node.args):
            wanted = chosen.parameters[min(position, len(chosen.parameters) - 1)]
            if wanted is Wants.REDUCTION:
                arguments.append(self._reduction(argument))
            else:
                arguments.append(self.expression(argument))
        return self.device_call(node, function, form, arguments, node.args)

    def device_call(
        self,
        node: ast.AST,
        function: DeviceFunction,
        form: int,
        arguments: list[Operand],
        nodes: Sequence[ast.expr] = (),
    ) -> Operand:
        gives = function.forms[form].gives
        site = self.unit.new_site() if gives in ARRIVALS or gives is Gives.INT_ARRAY else -1
        result = self.register()
        name = f"{function.module}.{function.name}" if function.module else function.name
        place = self.locate(node)
        self.emit(
            CallDevice(
                place=place,
                result=result,
                function=name,
                form=form,
                arguments=tuple(arguments),
                site=site,
                places=tuple(self.positions.location(argument) for argument in nodes),
            )
        )
        if gives is Gives.NEVER:
            self.emit(Unreachable(place=place))
            self.go(self.new_block())
        return result

    def _reduction(self, node: ast.expr) -> Operand:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value not in REDUCTIONS:
                self.fail(node, f'there is no reduction "{node.value}"', 'use "sum", "prod", "min" or "max"')
            return Constant(REDUCTIONS.index(node.value), INT)
        return self.fail(node, "the reduction must be written out", 'use "sum", "prod", "min" or "max"')

    def _special_array(self, node: ast.Call, function: DeviceFunction) -> Operand:
        if len(node.args) > MOST_DIMENSIONS:
            self.fail(node, f"an array has at most {MOST_DIMENSIONS} dimensions, {len(node.args)} given")
        dimensions = tuple(self.expression(argument) for argument in node.args)
        result = self.register()
        shared = function.name == "shared_mem_array"
        self.emit(
            NewArray(
                place=self.locate(node),
                result=result,
                dimensions=dimensions,
                shared=shared,
                site=self.unit.new_site(),
            )
        )
        return result

    _special_shared_mem_array = _special_array

    def _special_len(self, node: ast.Call, function: DeviceFunction) -> Operand:
        operand = self.expression(node.args[0])
        result = self.register()
        self.emit(Length(place=self.locate(node), result=result, operand=operand))
        return result

    def _special_str(self, node: ast.Call, function: DeviceFunction) -> Operand:
        operand = self.expression(node.args[0])
        result = self.register()
        self.emit(Join(place=self.locate(node), result=result, parts=(operand,)))
        return result

    def _special_bool(self, node: ast.Call, function: DeviceFunction) -> Operand:
        return self.truth(node, self.expression(node.args[0]))

    def _special_abs(self, node: ast.Call, function: DeviceFunction) -> Operand:
        return self.unary(node, UnaryOperator.ABSOLUTE, self.expression(node.args[0]))

    def _special_pow(self, node: ast.Call, function: DeviceFunction) -> Operand:
        left, right = (self.expression(argument) for argument in node.args)
        from_math = not (isinstance(node.func, ast.Name) and node.func.id not in self.module.device_names)
        if self.unit.options.python3 and from_math:  # Python's math.pow is of reals, its builtin is not
            to_real = self.unit.device_function("", "float")
            assert to_real is not None
            left = self.device_call(node, to_real, 0, [left])
            right = self.device_call(node, to_real, 0, [right])
        return self.binary(node, BinaryOperator.POWER, left, right)

    def _special_min(self, node: ast.Call, function: DeviceFunction) -> Operand:
        """The argument itself, with its own kind, as Python gives it."""
        comparison = Comparison.LESS if function.name == "min" else Comparison.GREATER
        best = self.register()
        self.assign(best, self.expression(node.args[0]))
        for argument in node.args[1:]:
            value = self.copy_to_temporary(self.expression(argument))
            better, after = self.new_block(), self.new_block()
            holds = self.register()
            place = self.locate(node)
            self.emit(Compare(place=place, result=holds, operator=comparison, left=value, right=best))
            self.branch(holds, better, after)
            self.go(better)
            self.assign(best, value)
            self.jump(after)
            self.go(after)
        return best

    _special_max = _special_min

    def _special_range(self, node: ast.Call, function: DeviceFunction) -> Operand:
        """range as a value: an array with its numbers."""
        start, step, count = self.range_bounds(node, function)
        zero = Constant(0, INT)
        result = self.register()
        site = self.unit.new_site()
        self.emit(NewList(place=self.here, result=result, elements=(zero,), count=count, site=site))
        index = self.register()
        header, body, after = self.new_block(), self.new_block(), self.new_block()
        header.loop_header = True
        self.assign(index, zero)
        self.jump(header)
        self.go(header)
        more = self.register()
        self.emit(Compare(place=self.here, result=more, operator=Comparison.LESS, left=index, right=count))
        self.branch(more, body, after)
        self.go(body)
        value = self.range_value(start, step, index)
        self.emit(StoreElement(place=self.here, array=result, indices=(index,), source=value))
        self.assign(index, self.binary_here(BinaryOperator.ADD, index, Constant(1, INT)))
        self.jump(header)
        self.go(after)
        return result

    def range_bounds(self, node: ast.Call, function: DeviceFunction) -> tuple[Operand, Operand, Operand]:
        """Start, step and number of values of a range(...)."""
        if not 1 <= len(node.args) <= 3:
            self.fail(node, f"range does not take {count_text(len(node.args))}", f"usage: {function.usage}")
        values = [self.copy_to_temporary(self.expression(argument)) for argument in node.args]
        start: Operand = values[0] if len(values) > 1 else Constant(0, INT)
        stop = values[1] if len(values) > 1 else values[0]
        step: Operand = values[2] if len(values) > 2 else Constant(1, INT)
        if isinstance(step, Constant) and step.value == 0:
            self.fail(node.args[2], "the step of a range is 0", "use a step above or below 0")
        count = self.register()
        inclusive = function.module == "util"
        place = self.locate(node)
        self.emit(
            TripCount(place=place, result=count, start=start, stop=stop, step=step, inclusive=inclusive)
        )
        return start, step, count

    def range_value(self, start: Operand, step: Operand, index: Operand) -> Operand:
        """start + index * step"""
        offset = index
        if not (isinstance(step, Constant) and step.value == 1):
            offset = self.binary_here(BinaryOperator.MULTIPLY, index, step)
        if isinstance(start, Constant) and start.value == 0 and not isinstance(start.value, bool):
            return offset
        return self.binary_here(BinaryOperator.ADD, start, offset)

    def binary_here(self, operator: BinaryOperator, left: Operand, right: Operand) -> Register:
        result = self.register()
        self.emit(Binary(place=self.here, result=result, operator=operator, left=left, right=right))
        return result

    # -- print

    def _print(self, node: ast.Call) -> Operand:
        separator, end = " ", "\n"
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg not in ("end", "sep"):
                self.fail(value, f"print has no '{keyword.arg}' here", "it takes end= and sep=")
            if not (isinstance(value, ast.Constant) and isinstance(value.value, (str, type(None)))):
                self.fail(value, f"print's {keyword.arg}= must be a string that is written out")
            if value.value is not None:
                if keyword.arg == "end":
                    end = value.value
                else:
                    separator = value.value
        values = tuple(self.expression(argument) for argument in node.args)
        self.emit(Print(place=self.locate(node), values=values, separator=separator, end=end))
        return NONE_VALUE

    def check_format(self, node: ast.AST, text: str) -> None:
        try:
            parse_format(text)
        except FormatError as error:
            self.fail(node, str(error), 'as in f"{x:8.3f}"')

    # -- built in terms of expressions (see there)

    def truth(self, node: ast.AST, value: Operand) -> Operand:
        raise NotImplementedError

    def unary(self, node: ast.AST, operator: UnaryOperator, operand: Operand) -> Operand:
        raise NotImplementedError

    def binary(self, node: ast.AST, operator: BinaryOperator, left: Operand, right: Operand) -> Operand:
        raise NotImplementedError
