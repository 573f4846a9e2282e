"""From a path to the generic IR of the whole program: loads the modules and builds every function.

`build_program` is the front end's only door. Functions are generic here: their registers have no
types yet.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from ..devices import ALWAYS_THERE, BY_NAME, CONSTANTS_BY_NAME, DEVICE_MODULES, DeviceFunction, functions_of
from ..diagnostics import CompileError, Diagnostic, Severity, in_order
from ..ir import Function, Parameter, Program, Return
from ..operands import NONE_VALUE, Constant, Global
from ..options import CompileOptions
from ..value_types import BOOL, INT, NONE, REAL, STRING, Type
from .emitter import finish
from .modules import Module, ModuleLoader
from .names import FunctionScope, function_scope, names_read, parameter_names
from .statements import StatementBuilder, annotated_tag

TOP_LEVEL_SCOPE = FunctionScope(frozenset(), frozenset(), {})
CONSTANT_TYPES: dict[type, Type] = {type(None): NONE, bool: BOOL, float: REAL, str: STRING}
RECURSION_LIMIT = 20_000  # expressions may nest as deep as the dialect lets them


class ProgramBuilder:
    """Holds what the functions of a program share while they are built."""

    def __init__(self, loader: ModuleLoader, options: CompileOptions) -> None:
        self.options = options
        self.modules = loader.modules
        self.diagnostics: list[Diagnostic] = list(loader.diagnostics)
        self.globals: dict[tuple[str, str], Global] = {}
        self.definitions: dict[str, tuple[Module, ast.FunctionDef]] = {}
        self.defaults: dict[str, list[Constant | Global | None]] = {}
        self.sites = 0

    # -- what the function builders ask

    def new_site(self) -> int:
        """A number for a place where arrays come into being or arrive."""
        self.sites += 1
        return self.sites - 1

    def function_key(self, module: str, name: str) -> str:
        """The name of a function that is unique in the program."""
        return f"{module}.{name}" if module else name

    def definition(self, key: str) -> ast.FunctionDef:
        return self.definitions[key][1]

    def line_of(self, key: str) -> int:
        module, node = self.definitions[key]
        return module.parsed.positions.location(node).line

    def default_of(self, key: str, position: int) -> Constant | Global | None:
        return self.defaults[key][position]

    def global_named(self, module: Module, name: str) -> Global | None:
        return self.globals.get((module.name, name))

    def make_global(self, module: Module, name: str) -> Global:
        return self.globals.setdefault((module.name, name), Global(name, module.name))

    def device_function(self, owner: str, name: str) -> DeviceFunction | None:
        return BY_NAME.get((owner, name))

    def device_named(self, module: Module, name: str) -> tuple[str, str] | None:
        found = module.device_names.get(name)
        if found is not None:
            return found
        if name in ALWAYS_THERE:
            return ALWAYS_THERE[name], name
        if ("", name) in BY_NAME:
            return "", name
        return None

    def is_imported_device(self, module: Module, name: str) -> bool:
        """`from math import pow` lets ePython programs write math.sqrt too."""
        return not self.options.python3 and any(owner == name for owner, _ in module.device_names.values())

    def member_names(self, owner: str) -> set[str]:
        if owner in DEVICE_MODULES:
            return {f.name for f in functions_of(owner)} | {c for o, c in CONSTANTS_BY_NAME if o == owner}
        names = self.modules[owner].names
        return set(names.functions) | set(names.variables)

    def computed_defaults(self, module: Module, node: ast.FunctionDef) -> Iterator[tuple[Global, ast.expr]]:
        """Defaults that are not constants, with the hidden globals that hold their values."""
        key = self.function_key(module.name, node.name)
        found = self.defaults.get(key, [])
        for variable, value in zip(found[len(found) - len(node.args.defaults) :], node.args.defaults):
            if isinstance(variable, Global):
                yield variable, value

    # -- building

    def build(self) -> Program:
        for module in self.modules.values():
            self._declare(module)
        for module in self.modules.values():
            self._share_globals(module)
        functions: dict[str, Function] = {}
        for module in self.modules.values():
            functions.update(self._build_module(module))
        sources = tuple(module.source for module in self.modules.values())
        inclusive = not self.options.python3 and any(m.imports_util for m in self.modules.values())
        return Program(
            functions, self.globals, sources, module_function(""), {}, self.sites, inclusive_range=inclusive
        )

    def _error(self, module: Module, node: ast.AST, message: str, hint: str | None = None) -> None:
        location = module.parsed.positions.location(node)
        self.diagnostics.append(Diagnostic(Severity.ERROR, message, location, hint))

    def _declare(self, module: Module) -> None:
        """Enter the functions of a module, with the defaults of their parameters."""
        for node in module.names.redefined:
            self._error(module, node, f"the function '{node.name}' is defined twice", "rename one of them")
        for name, node in module.names.functions.items():
            key = self.function_key(module.name, name)
            self.definitions[key] = (module, node)
            self._check_signature(module, node)
            missing = len(parameter_names(node)) - len(node.args.defaults)
            defaults: list[Constant | Global | None] = [None] * missing
            for position, value in enumerate(node.args.defaults):
                constant = constant_value(value, self.options)
                hidden = Global(f"{name}_default_{missing + position}", module.name)
                defaults.append(constant if constant is not None else hidden)
                if constant is None:
                    self.globals[hidden.key] = hidden
            self.defaults[key] = defaults

    def _check_signature(self, module: Module, node: ast.FunctionDef) -> None:
        arguments = node.args
        if arguments.vararg or arguments.kwarg:
            star = arguments.vararg or arguments.kwarg
            assert star is not None
            shown = f"{'*' if star is arguments.vararg else '**'}{star.arg}"
            message = f"a parameter '{shown}' is not part of the language"
            self._error(module, star, message, "name every parameter")
        seen: set[str] = set()
        for parameter in (*arguments.posonlyargs, *arguments.args):
            if parameter.arg in seen:
                self._error(module, parameter, f"two parameters are named '{parameter.arg}'")
            seen.add(parameter.arg)
        if arguments.kwonlyargs:
            self._error(module, arguments.kwonlyargs[0], "parameters after '*' are not part of the language")
        for decorator in node.decorator_list:
            self._error(module, decorator, "decorators are not part of the language", "leave it out")

    def _share_globals(self, module: Module) -> None:
        """Variables of the top level that functions mention become globals; the others stay registers."""
        own = set(module.names.variables)
        mentioned: set[str] = set()
        for node in module.names.functions.values():
            scope = function_scope(node, module.names, self.options.python3)
            mentioned |= names_read([node]) - scope.locals
        for name in sorted(mentioned & own):
            self.make_global(module, name)
        if module.name:  # other modules may name any variable of an imported one
            for name in sorted(own):
                self.make_global(module, name)

    def _build_module(self, module: Module) -> Iterator[tuple[str, Function]]:
        top = self._new_function(module, module.parsed.tree, module_function(module.name), "<module>", ())
        builder = self._builder(module, top, TOP_LEVEL_SCOPE, at_top_level=True)
        builder.body(module.parsed.tree.body)
        builder.emit(Return(place=builder.here, value=NONE_VALUE))
        finish(top)
        yield top.name, top
        for name, node in module.names.functions.items():
            key = self.function_key(module.name, name)
            yield key, self._build_function(module, key, node)

    def _new_function(
        self, module: Module, node: ast.AST, key: str, name: str, parameters: tuple[Parameter, ...]
    ) -> Function:
        place = (
            module.parsed.positions.location(node)
            if not isinstance(node, ast.Module)
            else (module.parsed.positions.location_at(1, 0))
        )
        return Function(key, name, module.name, place, parameters)

    def _builder(
        self, module: Module, function: Function, scope: FunctionScope, at_top_level: bool
    ) -> StatementBuilder:
        builder = StatementBuilder(function, module.parsed.positions, self.diagnostics)
        builder.unit = self
        builder.module = module
        builder.scope = scope
        builder.variables = {}
        builder.at_top_level = at_top_level
        return builder

    def _build_function(self, module: Module, key: str, node: ast.FunctionDef) -> Function:
        scope = function_scope(node, module.names, self.options.python3)
        function = self._new_function(module, node, key, node.name, ())
        builder = self._builder(module, function, scope, at_top_level=False)
        builder.returns = annotated_tag(node.returns)
        for name, first in scope.implicit.items():
            builder.warn(
                first,
                f"this writes the module's variable '{name}', which is assigned before the def",
                f"say so with: global {name}; or use another name",
            )
        parameters = []
        for argument, default in zip((*node.args.posonlyargs, *node.args.args), self.defaults[key]):
            register = builder.variable(argument.arg)
            parameters.append(Parameter(register, default))
        function.parameters = tuple(parameters)
        for argument in (*node.args.posonlyargs, *node.args.args):
            tag = annotated_tag(argument.annotation)
            register = builder.variable(argument.arg)
            value = builder.convert_declared(argument, register, tag)
            if value is not register:
                builder.assign(register, value)
        builder.locate(node)
        builder.body(node.body)
        builder.emit(Return(place=builder.positions.location(node), value=NONE_VALUE))
        finish(function)
        return function


def module_function(module: str) -> str:
    """The name of the function that is a module's top level."""
    return f"<module {module}>" if module else "<module>"


def constant_value(node: ast.expr, options: CompileOptions) -> Constant | None:
    """The constant that a default is, or None where it has to be computed."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant_value(node.operand, options)
        if inner is None or isinstance(inner.value, (bool, str)) or inner.value is None:
            return None
        return Constant(-inner.value, inner.type)
    if not isinstance(node, ast.Constant):
        return None
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = options.integer_range
        return Constant(value, INT) if low <= value <= high else None
    if value is None or isinstance(value, (bool, float, str)):
        return Constant(value, CONSTANT_TYPES[type(value)])
    return None


def build_program(path: str, options: CompileOptions) -> tuple[Program, list[Diagnostic]]:
    """Read, parse and build a program.

    Returns its generic IR and the warnings. Raises CompileError with every error found.
    """
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    loader = ModuleLoader(options.standard)
    loader.load_main(path)
    builder = ProgramBuilder(loader, options)
    program = builder.build()
    if any(item.severity is Severity.ERROR for item in builder.diagnostics):
        raise CompileError(tuple(in_order(builder.diagnostics)))
    return program, builder.diagnostics
