"""The intermediate representation: its operations, functions and programs; one screen tells all of it.

A program is a list of functions. A function is a list of basic blocks; a block is a list of
operations and ends with one terminator. Operations read operands and write at most one register,
`result` (see operands.py; their types are in value_types.py). Registers are not in single-assignment
form: one stands for a variable's web (see passes/webs.py) or for a temporary. Every register has a
type once the program has been specialised; before that its type is `UNKNOWN` and the function is
called generic.

Reference counts are explicit: passes/ownership.py inserts `Retain` and `Release`. An operation borrows
its operands; `result` is owned, but for those that passes/ownership.py lists as borrowed.

`ir_text.py` writes all this as text, `verify.py` checks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import ClassVar, TypeVar

from .diagnostics import Location
from .frontend.source import SourceFile
from .operands import Constant, Global, Operand, Register
from .value_types import UNKNOWN, Tag, Type

# ---- operators ---------------------------------------------------------------------------------------


class UnaryOperator(Enum):
    """-x, +x, ~x, not x, abs(x)."""

    NEGATE = "-"
    PLUS = "+"
    INVERT = "~"
    NOT = "not"
    ABSOLUTE = "abs"


class BinaryOperator(Enum):
    """x + y and the like; `**` stands for both spellings of the power."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    FLOOR_DIVIDE = "//"
    MODULO = "%"
    POWER = "**"
    BIT_AND = "&"
    BIT_OR = "|"
    BIT_XOR = "^"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"


class Comparison(Enum):
    """x < y and the like."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="


# ---- operations ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Operation:
    """Base of all. Subclasses list their operands as fields of type Operand or tuple[Operand, ...]."""

    place: Location
    result: Register | None = None
    mnemonic: ClassVar[str] = "?"

    def operands(self) -> tuple[Operand, ...]:
        """The operands read, in order of evaluation. They are kept: pass after pass asks for them."""
        kept: tuple[Operand, ...] | None = self.__dict__.get("_operands")
        if kept is None:
            kept = self.__dict__["_operands"] = tuple(_read_by(self))
        return kept

    def registers_read(self) -> tuple[Register, ...]:
        """Those of the operands that are registers."""
        kept: tuple[Register, ...] | None = self.__dict__.get("_registers")
        if kept is None:
            found = tuple(operand for operand in self.operands() if isinstance(operand, Register))
            kept = self.__dict__["_registers"] = found
        return kept


def _read_by(operation: Operation) -> Iterator[Operand]:
    for name in operand_fields(type(operation)):
        value = getattr(operation, name)
        if isinstance(value, tuple):
            yield from value
        elif value is not None:
            yield value


_OPERAND_FIELDS: dict[type, tuple[str, ...]] = {}
_OPERAND_ANNOTATIONS = ("Operand", "Operand | None", "tuple[Operand, ...]", "tuple[Operand | None, ...]")


def operand_fields(kind: type) -> tuple[str, ...]:
    """Names of the fields of an operation that hold operands."""
    found = _OPERAND_FIELDS.get(kind)
    if found is None:
        found = tuple(f.name for f in fields(kind) if f.type in _OPERAND_ANNOTATIONS)
        _OPERAND_FIELDS[kind] = found
    return found


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Copy(Operation):
    """result = source, of the same type."""

    source: Operand
    mnemonic = "copy"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Convert(Operation):
    """result = source as the result's type: int to real, boxing, or checked unboxing.

    The front end emits it for an annotation, with the kind `declared`. `wanted` is what a fault says
    is needed ("a number"); "" where the conversion cannot fail.
    """

    source: Operand
    declared: Tag = Tag.NOTHING
    wanted: str = ""
    mnemonic = "convert"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Unary(Operation):
    """result = operator operand."""

    operator: UnaryOperator
    operand: Operand
    mnemonic = "unary"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Binary(Operation):
    """result = left operator right; both of one kind, or either a tagged value."""

    operator: BinaryOperator
    left: Operand
    right: Operand
    mnemonic = "binary"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Compare(Operation):
    """result = left operator right, a bool."""

    operator: Comparison
    left: Operand
    right: Operand
    mnemonic = "compare"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Identity(Operation):
    """result = left is right (or `is not`)."""

    left: Operand
    right: Operand
    negated: bool
    mnemonic = "is"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Truth(Operation):
    """result = the truth of a value, a bool."""

    operand: Operand
    mnemonic = "truth"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Join(Operation):
    """result = the texts of the parts, one after the other, as `print` writes them."""

    parts: tuple[Operand, ...]
    mnemonic = "join"


REPR = "!r"  # the specification of a Format that stands for {x!r}; numbers only


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Format(Operation):
    """result = the text of a value by a format specification (of an f-string)."""

    operand: Operand
    specification: str
    mnemonic = "format"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LoadGlobal(Operation):
    """result = a module's variable on this core."""

    variable: Global
    mnemonic = "load"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StoreGlobal(Operation):
    """A module's variable = source."""

    variable: Global
    source: Operand
    mnemonic = "store"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CheckSet(Operation):
    """Fault unless the bool `flag` tells that the variable `name` has been assigned."""

    flag: Operand
    name: str
    mnemonic = "check_set"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NewList(Operation):
    """result = [elements] * count (count None: once). `site` numbers this place of allocation."""

    elements: tuple[Operand, ...]
    count: Operand | None
    site: int
    kind: Tag = Tag.NOTHING
    mnemonic = "list"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NewArray(Operation):
    """result = array(dimensions), zeroed."""

    dimensions: tuple[Operand, ...]
    shared: bool
    site: int
    kind: Tag = Tag.NOTHING
    mnemonic = "array"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LoadElement(Operation):
    """result = array[indices], or one character of a string. `places`: of the indices."""

    array: Operand
    indices: tuple[Operand, ...]
    places: tuple[Location, ...] = ()
    mnemonic = "element"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StoreElement(Operation):
    """array[indices] = source; a list grows when written past its end."""

    array: Operand
    indices: tuple[Operand, ...]
    source: Operand
    places: tuple[Location, ...] = ()
    mnemonic = "store_element"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Slice(Operation):
    """result = array[start:stop:step], a new list, or a part of a string."""

    array: Operand
    start: Operand | None
    stop: Operand | None
    step: Operand | None
    site: int
    mnemonic = "slice"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Length(Operation):
    """result = len(operand): elements, characters, or 0 (an error for scalars in python3)."""

    operand: Operand
    mnemonic = "len"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TripCount(Operation):
    """result = how many values range(start, stop, step) has, an int not below 0."""

    start: Operand
    stop: Operand
    step: Operand
    inclusive: bool
    mnemonic = "trip_count"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Call(Operation):
    """Call of a known function: generic name before specialisation, instance name after it."""

    function: str
    arguments: tuple[Operand, ...]
    mnemonic = "call"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallValue(Operation):
    """Call through a function value; kind and arity are checked at run time."""

    callee: Operand
    arguments: tuple[Operand, ...]
    mnemonic = "call_value"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallDevice(Operation):
    """Call of a device function, by its row in devices.py.

    `site` numbers the place for arrays that arrive here (-1: none can). `places`: of the arguments.
    """

    function: str
    form: int
    arguments: tuple[Operand, ...]
    site: int = -1
    places: tuple[Location, ...] = ()
    mnemonic = "device"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Print(Operation):
    """Write the values with separators between them and `end` after them."""

    values: tuple[Operand, ...]
    separator: str
    end: str
    mnemonic = "print"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunModule(Operation):
    """Run a user module's top level, unless it has run on this core."""

    module: str
    mnemonic = "run_module"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Retain(Operation):
    """One more owner of a counted value."""

    operand: Operand
    mnemonic = "retain"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Release(Operation):
    """One owner less; the memory comes back with the last."""

    operand: Operand
    mnemonic = "release"


# ---- terminators -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Jump(Operation):
    """Go on at a block."""

    target: int
    mnemonic = "jump"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Branch(Operation):
    """To `then` if the bool `condition` holds, else to `otherwise`."""

    condition: Operand
    then: int
    otherwise: int
    mnemonic = "branch"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Return(Operation):
    """End the call with a value; the top level's is none."""

    value: Operand
    mnemonic = "return"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Fault(Operation):
    """End the program with a message known at build time."""

    message: str
    mnemonic = "fault"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Unreachable(Operation):
    """Follows an operation that does not return."""

    mnemonic = "unreachable"


TERMINATORS = (Jump, Branch, Return, Fault, Unreachable)


def successors(terminator: Operation) -> tuple[int, ...]:
    """Numbers of the blocks that may follow."""
    if isinstance(terminator, Branch):
        return terminator.then, terminator.otherwise
    return (terminator.target,) if isinstance(terminator, Jump) else ()


# ---- functions --------------------------------------------------------------------------------------------


@dataclass
class Block:
    """A basic block: `operations`, the last of which is its only terminator.

    `loop_header`: the target of a back edge; the scheduler's flag is looked at there.
    """

    number: int
    operations: list[Operation] = field(default_factory=list)
    loop_header: bool = False

    @property
    def terminator(self) -> Operation:
        return self.operations[-1]


@dataclass(frozen=True)
class Parameter:
    """`default` is None where there is none; a Global where its value is computed at the `def`."""

    register: Register
    default: Constant | Global | None = None


@dataclass
class Function:
    """One function, generic or an instance of one for certain types of its arguments.

    `name` is unique in the program; `source_name` is the user's ("<module>" for a top level).
    `reads`: where the text reads each variable, by register.
    """

    name: str
    source_name: str
    module: str
    place: Location
    parameters: tuple[Parameter, ...]
    blocks: list[Block] = field(default_factory=list)
    registers: list[Register] = field(default_factory=list)
    result: Type = UNKNOWN
    generic: str = ""
    frame_words: int = 0
    reads: dict[int, list[Location]] = field(default_factory=dict)

    @property
    def required(self) -> int:
        """Parameters without a default."""
        return sum(1 for parameter in self.parameters if parameter.default is None)


@dataclass
class Program:
    """A whole program. `functions[0]` is the top level of the main module.

    `value_instances` maps the generic name of each function whose value is taken to the instance
    that the code table calls ("" where none does); its order is the order of the code table.
    `uncalled` has the generic functions of the latter. `inclusive_range`: some module imports util.
    """

    functions: dict[str, Function]
    globals: dict[tuple[str, str], Global]
    sources: tuple[SourceFile, ...]
    main: str
    value_instances: dict[str, str] = field(default_factory=dict)
    site_count: int = 0
    uncalled: dict[str, Function] = field(default_factory=dict)
    inclusive_range: bool = False


AnyOperation = TypeVar("AnyOperation", bound=Operation)


def map_operands(operation: AnyOperation, mapping: dict[Operand, Operand]) -> AnyOperation:
    """The same operation with operands replaced where `mapping` has them."""
    changes: dict[str, object] = {}
    for name in operand_fields(type(operation)):
        value = getattr(operation, name)
        if isinstance(value, tuple):
            new = tuple(mapping.get(item, item) for item in value)
            if new != value:
                changes[name] = new
        elif value is not None and value in mapping:
            changes[name] = mapping[value]
    return replace(operation, **changes) if changes else operation  # type: ignore[arg-type]
