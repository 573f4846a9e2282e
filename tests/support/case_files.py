"""The format of tests/data/*.test: many small cases, each a program and what it must do.

    [case name]
    # options: std=python3 word=32,64 cores=4 host=1 seed=1 path=lib status=2
    the program, called prog.py (line 1 is the line after [case ...]; tabs allowed)
    [file helper.py]     further files beside it
    [input]              its standard input
    [out]                expected output, compared core by core
    [error]              regular expressions, one a line, that standard error must match;
                         the run must then fail with `status` (1 if not given)
    [warning]            regular expressions likewise, of a run that succeeds
    [ir] [c]             texts that `eptrans build --emit ir` or `c` must contain
    [types]              texts that `eptrans check --types` must contain, spaces in a row counting as one

A line of [out] is core 0's, or says whose it is: `2| text`, `0-3| text`, `*| text`
(every core), `h4| text` (host core 4). Without [error] and [warning] standard
error must stay empty. Commas in `std` and `word` make one test of each value.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADER = re.compile(r"^\[(?:(case|file) (.+)|(input|out|error|warning|ir|c|types))\]$")
OPTIONS = re.compile(r"^# options: (.*)$")
OWNER = re.compile(r"^(?:(\*)|(h?)(\d+)(?:-(\d+))?)\|(?: (.*)|())$")
PREFIX = re.compile(r"^\[(device|host) (\d+)\] ?(.*)$")
VARIED = ("std", "word")
KNOWN = {*VARIED, "cores", "host", "mesh", "seed", "status", "path", "local_memory", "shared_memory"}


@dataclass(frozen=True)
class Case:
    """One run of one program; `name` tells the file, the case and the variant."""

    name: str
    program: str
    options: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """The options of `eptrans run`."""
        cores = self.options.get("cores", "1")
        found = ["-d" if cores.isdigit() else "-c", cores]
        for key in ("host", "mesh", "seed", "local_memory", "shared_memory"):
            if key in self.options:
                found += ["--" + key.replace("_", "-"), self.options[key]]
        return found + self.build_arguments()

    def build_arguments(self) -> list[str]:
        """The options that `eptrans build` takes too."""
        return [part for key in VARIED if key in self.options for part in ("--" + key, self.options[key])]


def read_cases(path: Path) -> list[Case]:
    """Every case of a file, one for each variant."""
    cases: list[Case] = []
    for name, sections in split_cases(path):
        program = "\n".join(sections.pop("program")) + "\n"
        options = case_options(path, name, program)
        files = {key.removeprefix("file "): "\n".join(lines) + "\n"
                 for key, lines in sections.items() if key.startswith("file ")}
        expected = {key: lines for key, lines in sections.items() if not key.startswith("file ")}
        if not expected:
            raise ValueError(f"{path}: case {name!r} expects nothing")
        varied = [key for key in VARIED if "," in options.get(key, "")]
        for values in itertools.product(*(options[key].split(",") for key in varied)):
            label = "".join(f"[{value}]" for value in values)
            chosen = {**options, **dict(zip(varied, values))}
            cases.append(Case(f"{path.stem}::{name}{label}", program, chosen, files, expected))
    duplicates = {case.name for case in cases if sum(case.name == other.name for other in cases) > 1}
    if duplicates:
        raise ValueError(f"{path}: more than one case is called {sorted(duplicates)}")
    return cases


def split_cases(path: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """(name, {section: lines}) for each case; lines before the first case are remarks."""
    name = ""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        header = HEADER.match(line)
        if not header:
            lines.append(line)
            continue
        kind, title, plain = header.groups()
        if kind == "case":
            if name:
                yield name, trimmed(sections)
            name, sections = title, {}
        key = "program" if kind == "case" else plain or f"file {title}"
        if not name or key in sections:
            raise ValueError(f"{path}: [{key}] is out of place after case {name!r}")
        lines = sections.setdefault(key, [])
    if name:
        yield name, trimmed(sections)


def trimmed(sections: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without the blank lines that end a section."""
    return {key: "\n".join(lines).rstrip("\n").split("\n") if any(lines) else []
            for key, lines in sections.items()}


def case_options(path: Path, name: str, program: str) -> dict[str, str]:
    found = OPTIONS.match(program.split("\n", 1)[0])
    options = dict(part.split("=", 1) for part in found.group(1).split()) if found else {}
    if options.keys() - KNOWN:
        raise ValueError(f"{path}: case {name!r} has unknown options {sorted(options.keys() - KNOWN)}")
    return options


def expected_by_core(lines: list[str], owners: list[str]) -> dict[str, list[str]]:
    """The lines of [out] for each core that has some; `owners` are the cores that `*` stands for."""
    cores: dict[str, list[str]] = {}
    for line in lines:
        found = OWNER.match(line)
        if not found:
            cores.setdefault("0", []).append(line.rstrip())
            continue
        every, host, first, last, text, _ = found.groups()
        whose = owners if every else [host + str(n) for n in range(int(first), int(last or first) + 1)]
        for core in whose:
            cores.setdefault(core, []).append((text or "").rstrip())
    return cores


def output_by_core(text: str) -> dict[str, list[str]]:
    """The lines that each core printed; what has no prefix is filed under `no core`."""
    cores: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = PREFIX.match(line)
        if found:
            kind, number, rest = found.groups()
            cores.setdefault(("h" if kind == "host" else "") + number, []).append(rest.rstrip())
        else:
            cores.setdefault("no core", []).append(line.rstrip())
    return cores
