"""Finding, reading and parsing the modules of a program, and what each import makes visible.

Search order for `import m`: the device modules, then the program's folder, its `modules/`, and the
folders in EPYTHONPATH. A user module is compiled in; its top level runs at the first import.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from pathlib import Path

from ..devices import CONSTANTS_BY_NAME, DEVICE_MODULES, MODULES_UNDERNEATH, functions_of
from ..diagnostics import CompileError, Diagnostic, Severity, suggest
from ..options import Standard
from .dialect import ParsedModule, parse
from .names import ModuleNames, all_statements, collect_module
from .source import SourceFile, read_source


@dataclass
class Module:
    """One module of the program; `name` is "" for the main one.

    `device_names`: bare name -> (device module, name) that imports made visible.
    `module_aliases`: name -> module (device or user) for `m.f`.
    `not_found`: names that an import in error would have bound. `user_functions`: bare
    name -> (user module, name), from `from m import f`.
    """

    name: str
    parsed: ParsedModule
    names: ModuleNames
    device_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    module_aliases: dict[str, str] = field(default_factory=dict)
    user_functions: dict[str, tuple[str, str]] = field(default_factory=dict)
    imported_variables: dict[str, tuple[str, str]] = field(default_factory=dict)
    imports_util: bool = False
    not_found: set[str] = field(default_factory=set)

    @property
    def source(self) -> SourceFile:
        return self.parsed.source


def search_folders(program: str) -> list[Path]:
    """The folders in which the user modules of a program are looked for, in order."""
    folder = Path(program).resolve().parent
    extra = [Path(p) for p in os.environ.get("EPYTHONPATH", "").split(os.pathsep) if p]
    return [folder, folder / "modules", *extra]


class ModuleLoader:
    """Loads the main module and all that it imports; collects errors rather than stopping at one."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.modules: dict[str, Module] = {}
        self.diagnostics: list[Diagnostic] = []
        self._loading: list[str] = []
        self._folders: list[Path] = []

    def load_main(self, path: str) -> Module:
        """Read and parse the program and, through its imports, all user modules."""
        self._folders = search_folders(path)
        return self._load("", read_source(path))

    def _load(self, name: str, source: SourceFile) -> Module:
        parsed = parse(source, self.standard)
        module = Module(name, parsed, collect_module(parsed.tree))
        self.modules[name] = module
        self._loading.append(name)
        for node in all_statements(parsed.tree):
            if isinstance(node, ast.Import):
                self._import(module, node)
            elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
                self._import_from(module, node)
        self._loading.pop()
        return module

    def _error(self, module: Module, node: ast.AST, message: str, hint: str | None = None) -> None:
        location = module.parsed.positions.location(node)
        self.diagnostics.append(Diagnostic(Severity.ERROR, message, location, hint))

    def _import(self, module: Module, node: ast.Import) -> None:
        for alias in node.names:
            if not self._find(module, node, alias.name):
                module.not_found.add(alias.asname or alias.name)
                continue
            module.module_aliases[alias.asname or alias.name] = alias.name
            if alias.name in DEVICE_MODULES:
                self._see_device_module(module, alias.name)

    def _see_device_module(self, module: Module, name: str) -> None:
        """In `epython` an import of any form makes all functions callable by their bare names."""
        module.imports_util |= name == "util"
        if self.standard is Standard.PYTHON3:
            return
        for part in (name, *MODULES_UNDERNEATH[name]):
            for function in functions_of(part):
                module.device_names.setdefault(function.name, (part, function.name))
            for owner, constant in CONSTANTS_BY_NAME:
                if owner == part:
                    module.device_names.setdefault(constant, (part, constant))

    def _import_from(self, module: Module, node: ast.ImportFrom) -> None:
        name = node.module or ""
        if node.level or not name:
            self._error(module, node, "relative imports are not supported", "write `from module import name`")
            return
        if not self._find(module, node, name):
            module.not_found.update(alias.asname or alias.name for alias in node.names)
            return
        if name in DEVICE_MODULES:
            self._see_device_module(module, name)
            self._from_device(module, node, name)
        else:
            self._from_user(module, node, name)

    def _from_device(self, module: Module, node: ast.ImportFrom, name: str) -> None:
        known = {f.name for f in functions_of(name)} | {c for owner, c in CONSTANTS_BY_NAME if owner == name}
        for alias in node.names:
            if alias.name == "*":
                module.device_names.update({item: (name, item) for item in sorted(known)})
            elif alias.name in known:
                module.device_names[alias.asname or alias.name] = (name, alias.name)
            else:
                self._unknown_member(module, node, name, alias.name, known)

    def _from_user(self, module: Module, node: ast.ImportFrom, name: str) -> None:
        other = self.modules[name].names
        known = set(other.functions) | set(other.variables)
        for alias in node.names:
            wanted = sorted(known) if alias.name == "*" else [alias.name]
            for item in wanted:
                if item in other.functions:
                    module.user_functions[alias.asname or item] = (name, item)
                elif item in other.variables:
                    module.imported_variables[alias.asname or item] = (name, item)
                    module.names.variables.setdefault(alias.asname or item, node)
                else:
                    self._unknown_member(module, node, name, item, known)

    def _unknown_member(self, module: Module, node: ast.AST, owner: str, name: str, known: set[str]) -> None:
        near = suggest(name, known)
        hint = f"did you mean '{near}'?" if near else f"it has: {', '.join(sorted(known))}"
        self._error(module, node, f"module '{owner}' has no '{name}'", hint)

    def _find(self, module: Module, node: ast.AST, name: str) -> bool:
        """Make sure that a module is loaded; report where it cannot be."""
        if name in DEVICE_MODULES:
            return True
        if name in self._loading:
            self._error(module, node, f"module '{name}' is being imported already: modules import each other")
            return False
        if name in self.modules:
            return True
        program = Path(self.modules[""].source.path).resolve()
        found = [path for folder in self._folders if (path := folder / f"{name}.py").is_file()]
        others = [path for path in found if path.resolve() != program]
        if others:
            return self._load_found(name, others[0])
        if found:
            self._error(module, node, f"'{name}' is the program itself, which cannot be imported",
                        "put what both need into a module of its own")  # fmt: skip
            return False
        near = suggest(name, DEVICE_MODULES)
        hint = (
            f"did you mean '{near}'?"
            if near
            else f"the device modules are {', '.join(sorted(DEVICE_MODULES))}; your own modules are searched "
            "in the program's folder, its modules/ and EPYTHONPATH"
        )
        self._error(module, node, f"there is no module '{name}'", hint)
        return False

    def _load_found(self, name: str, path: Path) -> bool:
        main_folder = Path(self.modules[""].source.path).parent
        try:
            shown = os.path.relpath(path, main_folder.resolve())
            source = read_source(str(main_folder / shown))
            self._load(name, source)
        except CompileError as error:
            self.diagnostics.extend(error.diagnostics)
            if self._loading and self._loading[-1] == name:
                self._loading.pop()
            return False
        return True
