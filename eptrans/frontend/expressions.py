"""Expressions: ast nodes to operations. One method a node type; unsupported ones are refused by name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

from ..devices import CONSTANTS_BY_NAME
from ..diagnostics import suggest
from ..ir import (
    REPR,
    Binary,
    BinaryOperator,
    Block,
    Compare,
    Comparison,
    Format,
    Identity,
    Join,
    LoadElement,
    LoadGlobal,
    NewList,
    Slice,
    Truth,
    Unary,
    UnaryOperator,
)
from ..operands import NONE_VALUE, Constant, Global, Operand, Register
from ..value_types import BOOL, INT, REAL, STRING
from .calls import CallBuilder
from .refused import KNOWN_ELSEWHERE, METHOD_HINTS, REFUSED_EXPRESSIONS, REFUSED_OPERATORS

BINARY_OPERATORS: dict[type[ast.operator], BinaryOperator] = {
    ast.Add: BinaryOperator.ADD,
    ast.Sub: BinaryOperator.SUBTRACT,
    ast.Mult: BinaryOperator.MULTIPLY,
    ast.Div: BinaryOperator.DIVIDE,
    ast.FloorDiv: BinaryOperator.FLOOR_DIVIDE,
    ast.Mod: BinaryOperator.MODULO,
    ast.Pow: BinaryOperator.POWER,
    ast.BitAnd: BinaryOperator.BIT_AND,
    ast.BitOr: BinaryOperator.BIT_OR,
    ast.BitXor: BinaryOperator.BIT_XOR,
    ast.LShift: BinaryOperator.SHIFT_LEFT,
    ast.RShift: BinaryOperator.SHIFT_RIGHT,
}
UNARY_OPERATORS: dict[type[ast.unaryop], UnaryOperator] = {
    ast.USub: UnaryOperator.NEGATE,
    ast.UAdd: UnaryOperator.PLUS,
    ast.Invert: UnaryOperator.INVERT,
}
COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.Eq: Comparison.EQUAL,
    ast.NotEq: Comparison.NOT_EQUAL,
    ast.Lt: Comparison.LESS,
    ast.LtE: Comparison.LESS_EQUAL,
    ast.Gt: Comparison.GREATER,
    ast.GtE: Comparison.GREATER_EQUAL,
}


class ExpressionBuilder(CallBuilder):
    """Adds to the calls every other expression."""

    def expression(self, node: ast.expr) -> Operand:
        """Emit what computes the value of an expression."""
        method: Callable[[Any], Operand] | None = getattr(self, f"expression_{type(node).__name__}", None)
        if method is None:
            message, hint = REFUSED_EXPRESSIONS.get(
                type(node), (f"this expression ({type(node).__name__}) is not part of the language", None)
            )
            self.fail(node, message, hint)
        return method(node)

    # -- literals and names

    def expression_Constant(self, node: ast.Constant) -> Operand:
        value = node.value
        if value is None:
            return NONE_VALUE
        if isinstance(value, bool):
            return Constant(value, BOOL)
        if isinstance(value, int):
            return self.int_constant(node, value)
        if isinstance(value, float):
            return Constant(value, REAL)
        if isinstance(value, str):
            return Constant(value, STRING)
        return self._refuse_literal(node)

    def _refuse_literal(self, node: ast.Constant) -> NoReturn:
        value = node.value
        what = {bytes: "bytes", complex: "complex numbers"}.get(type(value), "such literals")
        self.fail(node, f"{what} are not part of the language", "use ints, reals, bools, none or strings")

    def int_constant(self, node: ast.AST, value: int) -> Constant:
        """An int literal, which must fit a word."""
        low, high = self.unit.options.integer_range
        if not low <= value <= high:
            hint = (
                "write it as a real, or use --word 64"
                if self.unit.options.word == 32
                else "write it as a real"
            )
            self.fail(node, f"{value} does not fit a word of {self.unit.options.word} bits", hint)
        return Constant(value, INT)

    def expression_Name(self, node: ast.Name) -> Operand:
        name = node.id
        if name in self.scope.locals:
            return self.read_local(node, name)
        if name == "__name__":
            return Constant(self.module.name or "__main__", STRING)
        variable = self.global_for(name)
        if isinstance(variable, Register):
            return self.read_local(node, name)
        if variable is not None:
            return self.load_global(node, variable)
        reference = self.function_named(name)
        if reference is not None:
            return reference
        found = self.device_named(name)
        if found is not None:
            owner, item = found
            constant = CONSTANTS_BY_NAME.get((owner, item))
            if constant is not None:
                return Constant(constant.value, REAL)
            function = self.unit.device_function(owner, item)
            if function is not None and function.form_for(0) is not None:
                self.fail(node, f"'{name}' is a function: its brackets are missing", f"call it: {name}()")
            self.fail(
                node,
                f"'{name}' is a device function and can only be called",
                f"call it: {name}(...); as a value, wrap it: def my_{name}(...): return {name}(...)",
            )
        if name in self.module.module_aliases:
            self.fail(node, f"'{name}' is a module, not a value", f"name one of its functions: {name}.f(...)")
        return self.unknown_name(node, name)

    def unknown_name(self, node: ast.AST, name: str) -> NoReturn:
        """Report a name that nothing binds, with the nearest one that exists."""
        self.give_up_if_reported(name)
        self.fail(node, f"the name '{name}' is not known", KNOWN_ELSEWHERE.get(name) or self._nearest(name))

    def _nearest(self, name: str) -> str | None:
        """What an unknown name may have been meant to be."""
        near = suggest(name, self.visible_names())
        if near is not None:
            return f"did you mean '{near}'?"
        owner = self.module_offering(name)
        if owner is None:
            return None
        if self.unit.options.python3:
            return f"it is in a module: from {owner} import {name}"
        return f"it is in a module: import {owner}"

    def load_global(self, node: ast.AST, variable: Global) -> Operand:
        result = self.register()
        self.emit(LoadGlobal(place=self.locate(node), result=result, variable=variable))
        return result

    def expression_Attribute(self, node: ast.Attribute) -> Operand:
        target = self.module_member(node)
        if target is None:
            self.fail(
                node,
                f"values have no attributes or methods ('.{node.attr}')",
                METHOD_HINTS.get(node.attr, "use the functions of the device modules, such as len(x)"),
            )
        owner, name = target
        return self.member_value(node, owner, name)

    # -- operators

    def expression_BinOp(self, node: ast.BinOp) -> Operand:
        operator = BINARY_OPERATORS.get(type(node.op))
        if operator is None:
            message, hint = REFUSED_OPERATORS[type(node.op)]
            self.fail(node, message, hint)
        if operator is BinaryOperator.MULTIPLY:
            if isinstance(node.left, ast.List):
                return self.new_list(node, node.left, self.expression(node.right))
            if isinstance(node.right, ast.List):
                return self.new_list(node, node.right, self.expression(node.left))
        left = self.expression(node.left)
        right = self.expression(node.right)
        return self.binary(node, operator, left, right)

    def binary(self, node: ast.AST, operator: BinaryOperator, left: Operand, right: Operand) -> Operand:
        result = self.register()
        place = self.locate(node)
        self.emit(Binary(place=place, result=result, operator=operator, left=left, right=right))
        return result

    def expression_UnaryOp(self, node: ast.UnaryOp) -> Operand:
        if isinstance(node.op, ast.Not):
            return self.value_of_condition(node)
        literal = node.operand
        if (
            isinstance(node.op, ast.USub)
            and isinstance(literal, ast.Constant)
            and isinstance(literal.value, (int, float))
            and not isinstance(literal.value, bool)
        ):
            if isinstance(literal.value, int):
                return self.int_constant(node, -literal.value)
            return Constant(-literal.value, REAL)
        operand = self.expression(literal)
        return self.unary(node, UNARY_OPERATORS[type(node.op)], operand)

    def unary(self, node: ast.AST, operator: UnaryOperator, operand: Operand) -> Operand:
        result = self.register()
        self.emit(Unary(place=self.locate(node), result=result, operator=operator, operand=operand))
        return result

    def expression_BoolOp(self, node: ast.BoolOp) -> Operand:
        """`a and b` has the value of the operand that decided."""
        result = self.register()
        after = self.new_block()
        for item in node.values[:-1]:
            value = self.expression(item)
            self.assign(result, value)
            rest = self.new_block()
            truth = self.truth(item, value)
            if isinstance(node.op, ast.And):
                self.branch(truth, rest, after)
            else:
                self.branch(truth, after, rest)
            self.go(rest)
        self.assign(result, self.expression(node.values[-1]))
        self.jump(after)
        self.go(after)
        return result

    def truth(self, node: ast.AST, value: Operand) -> Operand:
        if isinstance(value, Constant) and isinstance(value.value, bool):
            return value
        result = self.register()
        self.emit(Truth(place=self.locate(node), result=result, operand=value))
        return result

    def expression_IfExp(self, node: ast.IfExp) -> Operand:
        then, otherwise, after = self.new_block(), self.new_block(), self.new_block()
        result = self.register()
        self.condition(node.test, then, otherwise)
        for block, value in ((then, node.body), (otherwise, node.orelse)):
            self.go(block)
            self.assign(result, self.expression(value))
            self.jump(after)
        self.go(after)
        return result

    def expression_Compare(self, node: ast.Compare) -> Operand:
        if len(node.ops) > 1:
            return self.value_of_condition(node)
        left = self.expression(node.left)
        return self.compare(node, node.ops[0], left, self.expression(node.comparators[0]))

    def compare(self, node: ast.AST, operator: ast.cmpop, left: Operand, right: Operand) -> Operand:
        result = self.register()
        place = self.locate(node)
        if isinstance(operator, (ast.Is, ast.IsNot)):
            negated = isinstance(operator, ast.IsNot)
            self.emit(Identity(place=place, result=result, left=left, right=right, negated=negated))
        elif isinstance(operator, (ast.In, ast.NotIn)):
            self.fail(node, "'in' is only part of a for loop here", "search with a loop")
        else:
            comparison = COMPARISONS[type(operator)]
            self.emit(Compare(place=place, result=result, operator=comparison, left=left, right=right))
        return result

    # -- conditions: jumps instead of values

    def value_of_condition(self, node: ast.expr) -> Operand:
        """The bool of a condition that is built with jumps."""
        yes, no, after = self.new_block(), self.new_block(), self.new_block()
        result = self.register()
        self.condition(node, yes, no)
        for block, value in ((yes, True), (no, False)):
            self.go(block)
            self.assign(result, Constant(value, BOOL))
            self.jump(after)
        self.go(after)
        return result

    def condition(self, node: ast.expr, then: Block, otherwise: Block) -> None:
        """Go to `then` if the expression is true, else to `otherwise`."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand, otherwise, then)
        elif isinstance(node, ast.BoolOp):
            for item in node.values[:-1]:
                rest = self.new_block()
                if isinstance(node.op, ast.And):
                    self.condition(item, rest, otherwise)
                else:
                    self.condition(item, then, rest)
                self.go(rest)
            self.condition(node.values[-1], then, otherwise)
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            self._chained_comparison(node, then, otherwise)
        else:
            value = self.expression(node)
            self.branch(self.truth(node, value), then, otherwise)

    def _chained_comparison(self, node: ast.Compare, then: Block, otherwise: Block) -> None:
        left = self.copy_to_temporary(self.expression(node.left))
        for number, (operator, item) in enumerate(zip(node.ops, node.comparators)):
            right = self.copy_to_temporary(self.expression(item))
            holds = self.compare(node, operator, left, right)
            target = then if number == len(node.ops) - 1 else self.new_block()
            self.branch(holds, target, otherwise)
            self.go(target)
            left = right

    # -- arrays and text

    def expression_List(self, node: ast.List) -> Operand:
        return self.new_list(node, node, None)

    def new_list(self, node: ast.AST, literal: ast.List, count: Operand | None) -> Operand:
        elements = []
        for item in literal.elts:
            if isinstance(item, ast.Starred):
                self.fail(item, "'*' in a list is not part of the language", "write the elements out")
            if isinstance(item, ast.List):
                self.fail(
                    item, "a list of lists is not part of the language", "use array(d1, d2) and m[i][j]"
                )
            elements.append(self.expression(item))
        result = self.register()
        site = self.unit.new_site()
        place = self.locate(node)
        self.emit(NewList(place=place, result=result, elements=tuple(elements), count=count, site=site))
        return result

    def subscripts(self, node: ast.Subscript) -> tuple[ast.expr, list[ast.expr]]:
        """The array and the indices of m[i][j]."""
        indices: list[ast.expr] = []
        base: ast.expr = node
        while isinstance(base, ast.Subscript) and not isinstance(base.slice, ast.Slice):
            if isinstance(base.slice, ast.Tuple):
                indices[:0] = base.slice.elts
            else:
                indices.insert(0, base.slice)
            base = base.value
        return base, indices

    def expression_Subscript(self, node: ast.Subscript) -> Operand:
        result = self.register()
        if isinstance(node.slice, ast.Slice):
            array = self.expression(node.value)
            parts = [
                None if part is None else self.expression(part)
                for part in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            self.emit(
                Slice(
                    place=self.locate(node),
                    result=result,
                    array=array,
                    start=parts[0],
                    stop=parts[1],
                    step=parts[2],
                    site=self.unit.new_site(),
                )
            )
            return result
        base, indices = self.subscripts(node)
        array = self.expression(base)
        operands = tuple(self.expression(index) for index in indices)
        places = tuple(self.positions.location(index) for index in indices)
        self.emit(
            LoadElement(place=self.locate(node), result=result, array=array, indices=operands, places=places)
        )
        return result

    def expression_JoinedStr(self, node: ast.JoinedStr) -> Operand:
        parts: list[Operand] = []
        for item in node.values:
            if isinstance(item, ast.Constant):
                parts.append(Constant(str(item.value), STRING))
            elif isinstance(item, ast.FormattedValue):
                parts.append(self._formatted(item))
        if not parts:
            return Constant("", STRING)
        result = self.register()
        self.emit(Join(place=self.locate(node), result=result, parts=tuple(parts)))
        return result

    def _formatted(self, node: ast.FormattedValue) -> Operand:
        value = self.expression(node.value)
        if node.conversion in (ord("r"), ord("a")):  # also what {x=} stands for
            shown = self.register()
            self.emit(Format(place=self.locate(node), result=shown, operand=value, specification=REPR))
            value = shown
        if node.format_spec is None:
            return value
        pieces = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
        if not all(isinstance(piece, ast.Constant) for piece in pieces):
            self.fail(node, "a format specification must be written out", "put the width in as a number")
        text = "".join(str(piece.value) for piece in pieces if isinstance(piece, ast.Constant))
        if not text:
            return value
        self.check_format(node, text)
        result = self.register()
        self.emit(Format(place=self.locate(node), result=result, operand=value, specification=text))
        return result
