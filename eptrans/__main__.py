"""Where the commands `eptrans` and `epython` start, and `python -m eptrans`.

Their modules are read inside, so that Ctrl-C ends a command that is just starting as quietly as any other.
"""

from __future__ import annotations

import sys
from importlib import import_module

INTERRUPTED = 130


def _start(command: str, module: str) -> None:
    try:
        import_module(module).main()
    except KeyboardInterrupt:
        print(f"{command}: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


def eptrans() -> None:
    """The command `eptrans`."""
    _start("eptrans", "eptrans.cli")


def epython() -> None:
    """The command `epython`."""
    _start("epython", "eptrans.epython_cli")


if __name__ == "__main__":
    eptrans()
