"""The parts of the documentation that are made from tables, so that they cannot go stale.

`python -m eptrans.documentation` prints them; the README and docs/ carry them between markers, and
`python -m eptrans.documentation README.md` brings such a file up to date. A test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from . import model_facts
from .devices import DEVICE_CONSTANTS, MODULES_UNDERNEATH, functions_of


def device_functions() -> str:
    """A Markdown table a module, from devices.py."""
    lines: list[str] = []
    for module in (*MODULES_UNDERNEATH, ""):
        lines += [
            f"**{module}**" if module else "**always there**",
            "",
            "| call | what it does |",
            "| --- | --- |",
        ]
        shown: dict[str, list[str]] = {}
        for function in functions_of(module):
            shown.setdefault(function.help, []).append(f"`{function.usage}`".replace("|", "\\|"))
        lines += [f"| {', '.join(usages)} | {help_text} |" for help_text, usages in shown.items()]
        for constant in DEVICE_CONSTANTS:
            if constant.module == module:
                lines.append(f"| `{constant.name}` or `{constant.name}()` | {constant.help} |")
        lines.append("")
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {
    "device functions": device_functions,
    "model against source": model_facts.table,
}
"""What stands between `<!-- NAME -->` and `<!-- end of NAME -->`."""


def with_tables(text: str) -> str:
    """A document with its tables made anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin in text:
            before, _, rest = text.partition(begin)
            text = f"{before}{begin}\n\n{table()}\n{end}{rest.partition(end)[2]}"
    return text


def main(arguments: list[str]) -> None:
    """Print the tables, or put them into the file named."""
    if not arguments:
        print("\n".join(table() for table in TABLES.values()))
        return
    path = Path(arguments[0])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
