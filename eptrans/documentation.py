"""The parts of the documentation that are made from tables, so that they cannot go stale.

`python -m eptrans.documentation` prints them; the README and docs/ carry them between markers, and
`python -m eptrans.documentation README.md docs/costs.md docs/model.md` brings these up to date. A test
compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from . import model_facts
from .costs import TABLES, Cost, Instruction, Size, Sourced, cost_table
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


def costs() -> str:
    """A Markdown table for each table of costs.toml."""
    lines: list[str] = []
    for name in TABLES:
        lines += [f"**{name}**", "", "| name | number | source | how it follows |"]
        lines.append("| --- | --- | --- | --- |")
        for row, cost in getattr(cost_table(), name).items():
            source = "**estimate**" if cost.is_estimate else cost.source
            lines.append(f"| `{row}` | {_number(cost)} | {source} | {cost.note} |")
        lines.append("")
    return "\n".join(lines)


def _number(cost: Sourced) -> str:
    if isinstance(cost, Cost):
        return f"{cost.cycles:g}"
    if isinstance(cost, Instruction):
        return f"{cost.cycles}, {cost.unit.value}"
    if isinstance(cost, Size):
        return f"{cost.bytes} bytes"
    narrow, wide = ({**cost_table().instructions(word)} for word in (32, 64))
    row = next(name for name, one in cost_table().function.items() if one is cost)
    return f"{narrow[row].cycles}; {wide[row].cycles} with a word of 64 bits"


MADE: dict[str, Callable[[], str]] = {
    "device functions": device_functions,
    "costs": costs,
    "model against source": model_facts.table,
}
"""What stands between `<!-- NAME -->` and `<!-- end of NAME -->`."""


def with_tables(text: str) -> str:
    """A document with its tables made anew."""
    for name, made in MADE.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin in text:
            before, _, rest = text.partition(begin)
            text = f"{before}{begin}\n\n{made()}\n{end}{rest.partition(end)[2]}"
    return text


def main(arguments: list[str]) -> None:
    """Print the tables, or put them into the file named."""
    if not arguments:
        print("\n".join(table() for table in MADE.values()))
        return
    for path in map(Path, arguments):
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
