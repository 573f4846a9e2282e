"""Puts the page together: one HTML file that holds its styles, scripts and data and loads nothing.

The scripts are ES modules, one job a file. They are joined to one in the order of their imports: each becomes
a function, called once, that gives an object of what it exports, and an import becomes a look into that
object. What comes from the program goes in as JSON in which no `<` is left.
"""

from __future__ import annotations

import html
import json
import os
import re
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from string import Template
from typing import Any

from eptrans.files import write_whole
from eptrans.page.data import PageData, page_data
from eptrans.recording import Recording

MAIN = "main"
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./([a-z_]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|const) (\w+))", re.MULTILINE)
_UNSAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def write_report(recording: Recording, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Write the report page of a run to a file. Raises FileError."""
    write_whole(os.fspath(path), report_page(recording, title).encode())


def report_page(recording: Recording, title: str | None = None) -> str:
    """The report page of a run; `title` names the program (default: the recording's first file)."""
    return fill(page_data(recording, title))


def fill(data: PageData) -> str:
    """The page with its data in place."""
    return Template(_asset("page.html")).substitute(
        title=html.escape(data.title),
        library_licence=_asset("vendor", "LICENSE").strip(),
        library_style=_asset("vendor", "uPlot.min.css").strip(),
        style=_asset("page.css"),
        library=_asset("vendor", "uPlot.iife.min.js").strip(),
        facts=safe_json(data.facts),
        columns=data.columns,
        script=joined_script(),
    )


def safe_json(value: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value, separators=(",", ":")).translate(_UNSAFE)


@cache
def joined_script() -> str:
    """The page's scripts as one."""
    texts: dict[str, str] = {}
    imports: dict[str, list[str]] = {}
    missing = [MAIN]
    while missing:
        name = missing.pop()
        if name not in texts:
            texts[name] = _asset("js", f"{name}.js")
            imports[name] = sorted({match[2] for match in _IMPORT.finditer(texts[name])})
            missing += imports[name]
    order = TopologicalSorter(dict(sorted(imports.items()))).static_order()
    return "\n".join(_as_function(name, texts[name]) for name in order)


def _as_function(name: str, text: str) -> str:
    """A module as a call that gives its exports."""
    exported = ", ".join(match[2] for match in _EXPORT.finditer(text))
    body = _EXPORT.sub(r"\1", _IMPORT.sub(r"const \1 = module_\2;", text)).strip()
    return f"const module_{name} = (() => {{\n{body}\nreturn {{{exported}}};\n}})();\n"


@cache
def _asset(*names: str) -> str:
    return files("eptrans.page").joinpath("assets", *names).read_text("utf-8")
