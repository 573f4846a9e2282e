"""Runs the cases of case_files.py through the command line and says what went wrong, as a reader wants it."""

from __future__ import annotations

import difflib
import re
from concurrent.futures import Future
from pathlib import Path

from support.case_files import Case, expected_by_core, output_by_core
from support.command_server import CommandPool, Completed, Job

PROGRAM = "prog.py"
EMITTED = {"ir": ("build", "--emit", "ir"), "c": ("build", "--emit", "c"), "types": ("check", "--types")}


class CaseRunner:
    """Cases may be started ahead (`start`), so that the servers work while pytest reports."""

    def __init__(self, pool: CommandPool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._started: dict[str, dict[str, Future[Completed]]] = {}

    def start(self, case: Case) -> dict[str, Future[Completed]]:
        """The commands of a case, by section: `run`, and `ir`, `c` or `types` where the case has these."""
        if case.name in self._started:
            return self._started[case.name]
        folder = self._folder / str(len(self._started))
        folder.mkdir()
        for name, text in {**case.files, PROGRAM: case.program}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        given = "".join(line + "\n" for line in case.sections.get("input", []))
        path = {"EPYTHONPATH": str(folder / case.options["path"])} if "path" in case.options else {}
        commands = {}
        if case.sections.keys() - {*EMITTED, "input"}:
            commands["run"] = Job(("run", PROGRAM, *case.arguments()), str(folder), input=given,
                                  environment=path)
        for kind in case.sections.keys() & EMITTED.keys():
            commands[kind] = Job((*EMITTED[kind], PROGRAM, *case.build_arguments()), str(folder))
        self._started[case.name] = {kind: self._pool.submit(job) for kind, job in commands.items()}
        return self._started[case.name]

    def problem(self, case: Case) -> str | None:
        """What is wrong with the case, or None."""
        done = {kind: future.result() for kind, future in self.start(case).items()}
        problems = [emitted_problem(case.sections[kind], done[kind]) for kind in EMITTED if kind in done]
        if "run" in done:
            problems.append(run_problem(case, done["run"]))
        found = [problem for problem in problems if problem]
        return "\n".join([*found, "--- program", numbered(case.program)]) if found else None


def run_problem(case: Case, done: Completed) -> str | None:
    status = int(case.options.get("status", "1")) if "error" in case.sections else 0
    if done.timed_out:
        return f"no end in time\n{ended(done)}"
    if done.status != status:
        return f"exit status {done.status}, expected {status}\n{ended(done)}"
    if "Traceback (most recent call last)" in done.stderr:
        return f"a traceback reached the user\n{done.stderr}"
    patterns = [*case.sections.get("error", []), *case.sections.get("warning", [])]
    if not patterns and done.stderr:
        return f"nothing was expected on standard error\n{done.stderr}"
    for pattern in patterns:
        if not re.search(pattern, done.stderr, re.M):
            return f"no match for {pattern!r} in standard error\n{done.stderr}"
    if "out" in case.sections or "error" not in case.sections:
        return output_problem(case, done)
    return None


def output_problem(case: Case, done: Completed) -> str | None:
    got = output_by_core(done.stdout)
    want = expected_by_core(case.sections.get("out", []), cores_of(case))
    if got == want:
        return None
    lines: list[str] = []
    for core in sorted({*got, *want}):
        lines += difflib.unified_diff(want.get(core, []), got.get(core, []), f"core {core}: expected",
                                      f"core {core}: printed", lineterm="")
    return "\n".join([*lines, ended(done)])


def emitted_problem(fragments: list[str], done: Completed) -> str | None:
    if done.status:
        return f"exit status {done.status}\n{ended(done)}"
    text = re.sub(r" +", " ", done.stdout)
    missing = [fragment for fragment in fragments if re.sub(r" +", " ", fragment.strip()) not in text]
    return f"not in the text: {missing}\n{done.stdout}" if missing else None


def cores_of(case: Case) -> list[str]:
    """The names of the cores that a case runs on, as its [out] writes them."""
    spec = case.options.get("cores", "1")
    device: list[str] = []
    for part in [f"0:{int(spec) - 1}"] if spec.isdigit() else spec.split(","):
        first, _, last = part.partition(":")
        device += map(str, range(int(first), int(last or first) + 1))
    hosts = int(case.options.get("host", "0"))
    after = max(map(int, device)) + 1
    return device + [f"h{after + n}" for n in range(hosts)]


def ended(done: Completed) -> str:
    parts = [("--- standard output", done.stdout), ("--- standard error", done.stderr)]
    return "\n".join(f"{title}\n{text}" for title, text in parts if text)


def numbered(program: str) -> str:
    return "\n".join(f"{number:3} {line}" for number, line in enumerate(program.splitlines(), 1))
