"""The parts of the documentation that are made from tables, so that they cannot go stale.

`python -m eptrans.documentation` prints them; the README carries them between markers, and
`python -m eptrans.documentation README.md` brings it up to date. A test compares.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from .devices import DEVICE_CONSTANTS, MODULES_UNDERNEATH, functions_of

BEGIN, END = "<!-- device functions -->", "<!-- end of device functions -->"


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


def with_tables(text: str) -> str:
    """The README with its tables made anew."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n\n{device_functions()}\n{END}", text)


def main(arguments: list[str]) -> None:
    """Print the tables, or put them into the file named."""
    if not arguments:
        print(device_functions())
        return
    path = Path(arguments[0])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
