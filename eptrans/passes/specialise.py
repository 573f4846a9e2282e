"""Makes typed functions: one for each instance that type inference found and the program reaches.

Here every operation gets the form that its operands' kinds ask for: numbers are converted to a common
kind, tagged values are unboxed with a check where one kind is needed, what can only fail becomes a
fault. An operation that fails in every instance of its function is an error of the build.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..analysis.facts import VALUE_ENTRY, Facts, Instance, InstanceKey
from ..analysis.inference import Inference
from ..analysis.values import Value
from ..diagnostics import Diagnostic, Location, Severity
from ..frontend.emitter import drop_unreachable
from ..ir import (
    TERMINATORS,
    Block,
    Branch,
    Call,
    CallValue,
    Fault,
    Function,
    Jump,
    Operation,
    Print,
    Program,
    Return,
    RunModule,
    Unreachable,
)
from ..kinds import kind_text
from ..options import CompileOptions
from ..value_types import Tag, Type
from .call_typing import CallTyper
from .operand_typing import TypeFault


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
        self.warnings: list[Diagnostic] = []
        self.inference = Inference(program, options, None)
        self.inference.facts = facts
        self.globals = {
            key: replace(variable, type=self.type_of(facts.globals.get(key, Value())))
            for key, variable in program.globals.items()
        }

    def run(self) -> tuple[Program, list[Diagnostic]]:
        """The typed program, and the errors and warnings found."""
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
            functions,
            self.globals,
            self.generic.sources,
            self.generic.main,
            entries,
            self.generic.site_count,
            {name: self.generic.functions[name] for name, entry in entries.items() if not entry},
            self.generic.inclusive_range,
        )
        return program, [*errors, *self.warnings]

    def warn(self, warning: Diagnostic) -> None:
        """Keep a warning; several instances of a function say it once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def type_of(self, value: Value) -> Type:
        """How a value is held."""
        if not value.tags & Tag.ARRAY:
            return Type(value.tags)
        elements = self.facts.element(value.sites).tags
        exposed = bool(value.sites & self.facts.exposed.sites)
        return Type(value.tags, elements, self.facts.dimensions(value.sites), exposed)

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


class FunctionSpecialiser(CallTyper):
    """Rewrites one instance, block by block."""

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
        """Specialise a block; what follows an error is looked at for further errors, then left out."""
        failed_at: int | None = None
        for operation in source.operations:
            self.place = operation.place
            if any(not self.tags(operand) for operand in operation.operands()):
                if failed_at is None:
                    self.emit(Unreachable(place=self.place))
                    return
                continue
            if failed_at is not None and isinstance(operation, (Call, CallValue)):
                continue  # would bring in functions that nothing else calls
            if not self._specialise(operation) and failed_at is None:
                failed_at = len(self.block.operations)
            if failed_at is None and not _falls_through(self.block.operations):
                return
        if failed_at is not None:
            del self.block.operations[failed_at:]

    def _specialise(self, operation: Operation) -> bool:
        """Emit the typed form of an operation, or the fault that it is; false for the latter."""
        method: Callable[[Any], None] = getattr(self, f"on_{type(operation).__name__}")
        outcome = self.unit.outcome(self.function.generic, operation.place, operation.mnemonic)
        outcome.tried += 1
        try:
            method(operation)
        except TypeFault as fault:
            outcome.failures.append(Diagnostic(Severity.ERROR, fault.message, self.place, fault.hint))
            self.emit(Fault(place=self.place, message=fault.message))
            return False
        return True

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


def _falls_through(operations: list[Operation]) -> bool:
    return not operations or not isinstance(operations[-1], TERMINATORS)


def specialise(program: Program, facts: Facts, options: CompileOptions) -> tuple[Program, list[Diagnostic]]:
    """Typed functions for all instances reached, and the errors of the build."""
    return ProgramSpecialiser(program, facts, options).run()
