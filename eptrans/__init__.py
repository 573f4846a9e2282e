"""eptrans: compiles ePython programs to native code and runs them on an emulated Epiphany.

    import eptrans

    program = eptrans.build("farm.py")
    result = program.run(cores=16)
    print(result.output)

The names below are loaded when first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# name -> the module that defines it
_LAZY = {
    "build": "eptrans.program",
    "load": "eptrans.program",
    "Program": "eptrans.program",
    "Result": "eptrans.program",
    "RunError": "eptrans.program",
    "Fault": "eptrans.program",
    "DeadlockError": "eptrans.program",
    "Interrupted": "eptrans.program",
    "CompileError": "eptrans.diagnostics",
    "EptransError": "eptrans.diagnostics",
    "OptionError": "eptrans.core_spec",
    "RecordOptions": "eptrans.record_options",
    "Standard": "eptrans.options",
}

__all__ = [
    "CompileError",
    "DeadlockError",
    "EptransError",
    "Fault",
    "Interrupted",
    "OptionError",
    "Program",
    "RecordOptions",
    "Result",
    "RunError",
    "Standard",
    "__version__",
    "build",
    "load",
]

if TYPE_CHECKING:
    from eptrans.core_spec import OptionError
    from eptrans.diagnostics import CompileError, EptransError
    from eptrans.options import Standard
    from eptrans.program import (
        DeadlockError,
        Fault,
        Interrupted,
        Program,
        Result,
        RunError,
        build,
        load,
    )
    from eptrans.record_options import RecordOptions


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it (PEP 562)."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'eptrans' has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
