"""What operations of the intermediate representation (ir.py) read and write.

An operand is a register, a literal or a function used as a value. Registers are places of one call of one
function; a global is a variable of a module, one for each core, and is no operand: it is loaded and stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from .value_types import FUNCTION, NONE, UNKNOWN, Tag, Type


@dataclass(frozen=True)
class Register:
    """A local place for a value. `name` is the user's, or "" for a temporary."""

    index: int
    name: str = ""
    type: Type = UNKNOWN

    @property
    def is_temporary(self) -> bool:
        return not self.name

    def __str__(self) -> str:
        return f"%{self.name}.{self.index}" if self.name else f"%{self.index}"


@dataclass(frozen=True)
class Constant:
    """A literal: None, a bool, an int that fits a word, a float or a str."""

    value: bool | int | float | str | None
    type: Type

    def __str__(self) -> str:
        if self.value is None or isinstance(self.value, bool):
            return str(self.value).lower()
        return repr(self.value)

    @property
    def key(self) -> tuple[Tag, str]:
        """Tells 1 from 1.0 and true, and 0.0 from -0.0, where == does not."""
        return self.type.tags, repr(self.value)


@dataclass(frozen=True)
class FunctionReference:
    """A function used as a value: `name` is the generic function's unique name."""

    name: str
    type: Type = FUNCTION

    def __str__(self) -> str:
        return f"&{self.name}"


Operand = Register | Constant | FunctionReference
NONE_VALUE = Constant(None, NONE)


@dataclass(frozen=True)
class Global:
    """A variable of a module, one for each core. `checked`: may be read before its assignment."""

    name: str
    module: str
    type: Type = UNKNOWN
    checked: bool = True

    @property
    def key(self) -> tuple[str, str]:
        return self.module, self.name

    def __str__(self) -> str:
        return f"@{self.name}" if self.module == "" else f"@{self.module}.{self.name}"
