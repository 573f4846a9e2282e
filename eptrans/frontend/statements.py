"""Statements: ast nodes to basic blocks. One method a node type; unsupported ones are refused by name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ..devices import DeviceFunction
from ..diagnostics import Location
from ..ir import (
    BinaryOperator,
    Block,
    Compare,
    Comparison,
    Convert,
    Length,
    LoadElement,
    LoadGlobal,
    Return,
    RunModule,
    StoreElement,
    StoreGlobal,
)
from ..operands import NONE_VALUE, Constant, Operand, Register
from ..value_types import INT, Tag
from .emitter import BuildError, Loop
from .expressions import BINARY_OPERATORS, ExpressionBuilder
from .refused import REFUSED_OPERATORS, REFUSED_STATEMENTS

ANNOTATED_TAGS: dict[str, Tag] = {"int": Tag.INT, "float": Tag.REAL, "bool": Tag.BOOL, "str": Tag.STRING}


def annotated_tag(annotation: ast.expr | None) -> Tag:
    """The kind that an annotation names, or NOTHING where it says nothing that is used."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ANNOTATED_TAGS.get(annotation.value, Tag.NOTHING)
    return ANNOTATED_TAGS.get(annotation.id, Tag.NOTHING) if isinstance(annotation, ast.Name) else Tag.NOTHING


class StatementBuilder(ExpressionBuilder):
    """Adds the statements: this is the builder of a function's whole body."""

    returns: Tag = Tag.NOTHING

    def body(self, statements: Sequence[ast.stmt]) -> None:
        """Emit statements one after the other; one in error does not stop the others."""
        for statement in statements:
            if self.terminated:
                self.go(self.new_block())  # after return, break or continue: checked, then dropped
            try:
                self.statement(statement)
            except BuildError:
                continue

    def statement(self, node: ast.stmt) -> None:
        method: Callable[[Any], None] | None = getattr(self, f"statement_{type(node).__name__}", None)
        if method is None:
            message, hint = REFUSED_STATEMENTS.get(
                type(node), (f"this statement ({type(node).__name__}) is not part of the language", None)
            )
            self.fail(node, message, hint)
        self.locate(node)
        method(node)

    # -- assignment

    def statement_Assign(self, node: ast.Assign) -> None:
        first = node.targets[0]
        if isinstance(first, (ast.Tuple, ast.List)):
            self._unpack(node, first)
            return
        value = self.expression(node.value)
        if len(node.targets) > 1:
            value = self.copy_to_temporary(value)
        for target in node.targets:
            self.store(target, value)

    def _unpack(self, node: ast.Assign, target: ast.Tuple | ast.List) -> None:
        """a, b = b, a: all values first, then the targets."""
        if len(node.targets) > 1 or not isinstance(node.value, (ast.Tuple, ast.List)):
            self.fail(node, "only a written-out list of values can be unpacked", "as in: a, b = b, a")
        for item in (*target.elts, *node.value.elts):
            if isinstance(item, ast.Starred):
                self.fail(item, "'*' in an assignment is not part of the language", "assign one by one")
        if len(node.value.elts) != len(target.elts):
            self.fail(node, f"{len(target.elts)} targets but {len(node.value.elts)} values")
        values = [self.copy_to_temporary(self.expression(item)) for item in node.value.elts]
        for item, value in zip(target.elts, values):
            self.store(item, value)

    def store(self, target: ast.expr, value: Operand) -> None:
        """Assign a value to a name or an element."""
        if isinstance(target, ast.Name):
            self.store_name(target, target.id, value)
        elif isinstance(target, ast.Subscript):
            array, indices, places = self._element(target)
            self._store_element(target, array, indices, places, value)
        elif isinstance(target, ast.Attribute):
            self._store_attribute(target, value)
        else:
            self.fail(target, "this cannot be assigned to", "assign to a name or an element")

    def _store_attribute(self, target: ast.Attribute, value: Operand) -> None:
        member = self.module_member(target)
        if member is None or member[0] not in self.unit.modules:
            self.fail(target, f"values have no attributes ('.{target.attr}')", "use a variable or an array")
        owner, name = member
        if name not in self.unit.modules[owner].names.variables:
            self.fail_member(target, owner, name)
        variable = self.unit.make_global(self.unit.modules[owner], name)
        self.emit(StoreGlobal(place=self.locate(target), variable=variable, source=value))

    def store_name(self, node: ast.AST, name: str, value: Operand) -> None:
        if name in self.module.names.functions and name not in self.scope.locals:
            line = self.unit.line_of(self.unit.function_key(self.module.name, name))
            self.fail(
                node, f"'{name}' is a function (line {line}) and cannot be assigned", "use another name"
            )
        place = self.locate(node)
        if name in self.scope.locals:
            self.assign(self.variable(name), value)
            return
        variable = self.global_for(name)
        if isinstance(variable, Register):
            self.assign(variable, value)
        elif variable is not None:
            self.emit(StoreGlobal(place=place, variable=variable, source=value))
        else:
            self.assign(self.variable(name), value)

    def _element(self, target: ast.Subscript) -> tuple[Operand, tuple[Operand, ...], tuple[Location, ...]]:
        if isinstance(target.slice, ast.Slice):
            self.fail(
                target, "a slice cannot be assigned to", "assign the elements in a loop, or use arraycopy"
            )
        base, indices = self.subscripts(target)
        array = self.expression(base)
        places = tuple(self.positions.location(index) for index in indices)
        return array, tuple(self.expression(index) for index in indices), places

    def _store_element(
        self,
        target: ast.Subscript,
        array: Operand,
        indices: tuple[Operand, ...],
        places: tuple[Location, ...],
        value: Operand,
    ) -> None:
        place = self.locate(target)
        self.emit(StoreElement(place=place, array=array, indices=indices, source=value, places=places))

    def statement_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        value = self.convert_declared(node.value, self.expression(node.value), annotated_tag(node.annotation))
        self.store(node.target, value)

    def convert_declared(self, node: ast.AST, value: Operand, tag: Tag) -> Operand:
        """The value as the kind that an annotation names."""
        if tag == Tag.NOTHING:
            return value
        result = self.register()
        self.emit(Convert(place=self.locate(node), result=result, source=value, declared=tag))
        return result

    def statement_AugAssign(self, node: ast.AugAssign) -> None:
        operator = BINARY_OPERATORS.get(type(node.op))
        if operator is None:
            message, hint = REFUSED_OPERATORS[type(node.op)]
            self.fail(node, message, hint)
        target = node.target
        if isinstance(target, ast.Subscript):
            array, indices, places = self._element(target)
            old = self.register()
            place = self.locate(target)
            self.emit(LoadElement(place=place, result=old, array=array, indices=indices, places=places))
            new = self.binary(node, operator, old, self.expression(node.value))
            self._store_element(target, array, indices, places, new)
            return
        before = self.expression(target)
        self.store(target, self.binary(node, operator, before, self.expression(node.value)))

    # -- control flow

    def statement_If(self, node: ast.If) -> None:
        then, otherwise, after = self.new_block(), self.new_block(), self.new_block()
        self.condition(node.test, then, otherwise)
        for block, statements in ((then, node.body), (otherwise, node.orelse)):
            self.go(block)
            self.body(statements)
            self.jump(after)
        self.go(after)

    def statement_While(self, node: ast.While) -> None:
        header, body, normal_end, after = (self.new_block() for _ in range(4))
        header.loop_header = True
        self.jump(header)
        self.go(header)
        self.condition(node.test, body, normal_end)
        self._loop_body(node, body, Loop(header, after))
        self._loop_end(node, normal_end, after)

    def _loop_body(self, node: ast.While | ast.For, body: Block, loop: Loop) -> None:
        self.go(body)
        self.loops.append(loop)
        self.body(node.body)
        self.loops.pop()
        self.jump(loop.latch)

    def _loop_end(self, node: ast.While | ast.For, normal_end: Block, after: Block) -> None:
        """The `else` of a loop runs where its end came without `break`."""
        self.go(normal_end)
        self.body(node.orelse)
        self.jump(after)
        self.go(after)

    def statement_For(self, node: ast.For) -> None:
        called = self._range_called(node.iter)
        if called is not None and isinstance(node.iter, ast.Call):
            start, step, count = self.range_bounds(node.iter, called)
            self._counted_loop(node, count, lambda index: self.range_value(start, step, index))
            return
        array = self.copy_to_temporary(self.expression(node.iter))

        def element(index: Operand) -> Operand:
            result = self.register()
            place = self.locate(node.iter)
            self.emit(LoadElement(place=place, result=result, array=array, indices=(index,)))
            return result

        self._counted_loop(node, array, element, live_length=True)

    def _range_called(self, node: ast.expr) -> DeviceFunction | None:
        """The range function that a `for` counts with, if it is one."""
        if not isinstance(node, ast.Call) or node.keywords:
            return None
        callee = node.func
        found: tuple[str, str] | None = None
        if isinstance(callee, ast.Name):
            name = callee.id
            taken = name in self.scope.locals or self.global_for(name) is not None
            if not taken and self.function_named(name) is None:
                found = self.device_named(name)
        elif isinstance(callee, ast.Attribute):
            found = self.module_member(callee)
        if found is None or found[1] not in ("range", "xrange") or found[0] not in ("", "util"):
            return None
        return self.unit.device_function(*found)

    def _counted_loop(
        self, node: ast.For, count: Operand, value_at: Callable[[Operand], Operand], live_length: bool = False
    ) -> None:
        """for: an index from 0 while it is below `count`, or below the length of the array `count`."""
        if not isinstance(node.target, ast.Name):
            self.fail(
                node.target, "the target of a for loop is a name here", "assign to the element in the body"
            )
        header, body, latch, normal_end, after = (self.new_block() for _ in range(5))
        header.loop_header = True
        index = self.register()
        self.assign(index, Constant(0, INT))
        self.jump(header)
        self.go(header)
        limit = count
        if live_length:
            limit = self.register()
            self.emit(Length(place=self.here, result=limit, operand=count))
        more = self.register()
        self.emit(Compare(place=self.here, result=more, operator=Comparison.LESS, left=index, right=limit))
        self.branch(more, body, normal_end)
        self.go(body)
        self.store_name(node.target, node.target.id, value_at(index))
        self._loop_body(node, self.block, Loop(latch, after))
        self.go(latch)
        self.locate(node)
        self.assign(index, self.binary_here(BinaryOperator.ADD, index, Constant(1, INT)))
        self.jump(header)
        self._loop_end(node, normal_end, after)

    def statement_Break(self, node: ast.Break) -> None:
        self._leave(node, "break", lambda loop: loop.after)

    def statement_Continue(self, node: ast.Continue) -> None:
        self._leave(node, "continue", lambda loop: loop.latch)

    def _leave(self, node: ast.stmt, word: str, target: Callable[[Loop], Block]) -> None:
        if not self.loops:
            self.fail(node, f"'{word}' outside a loop")
        self.jump(target(self.loops[-1]))

    def statement_Return(self, node: ast.Return) -> None:
        if self.at_top_level:
            self.fail(node, "'return' outside a function", "exit() ends the core")
        value = NONE_VALUE if node.value is None else self.expression(node.value)
        value = self.convert_declared(node, value, self.returns if node.value is not None else Tag.NOTHING)
        self.emit(Return(place=self.locate(node), value=value))

    # -- the rest

    def statement_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring, or a value that nothing uses
        self.expression(node.value)

    def statement_Pass(self, node: ast.Pass) -> None:
        """Nothing to do."""

    def statement_Global(self, node: ast.Global) -> None:
        if self.at_top_level:
            return
        for name in node.names:
            if name in self.module.names.functions:
                self.fail(node, f"'{name}' is a function and cannot be assigned", "use another name")
            if any(parameter.register.name == name for parameter in self.function.parameters):
                self.fail(node, f"'{name}' is a parameter and cannot be global too", "rename one of them")

    def statement_FunctionDef(self, node: ast.FunctionDef) -> None:
        """The body is built elsewhere; defaults that are not constants get their values here."""
        if not self.at_top_level:
            self.fail(
                node,
                "a function inside a function (closure) is not part of the language",
                "move the def to the top level and pass what it needs as arguments",
            )
        if node in self.module.names.nested_functions:
            self.fail(node, "a def inside a block is not part of the language", "move it to the top level")
        for variable, value in self.unit.computed_defaults(self.module, node):
            self.emit(StoreGlobal(place=self.locate(value), variable=variable, source=self.expression(value)))

    def statement_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._run_module(node, alias.name)

    def statement_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "__future__":
            return  # both standards have what these imports ask for
        self._run_module(node, node.module or "")
        for alias in node.names:
            for name, (owner, item) in self.module.imported_variables.items():
                if owner != node.module or alias.name not in ("*", item):
                    continue
                value = self.register()
                variable = self.unit.make_global(self.unit.modules[owner], item)
                self.emit(LoadGlobal(place=self.locate(node), result=value, variable=variable))
                self.store_name(node, name, value)

    def _run_module(self, node: ast.stmt, name: str) -> None:
        if name in self.unit.modules:
            self.emit(RunModule(place=self.locate(node), module=name))
