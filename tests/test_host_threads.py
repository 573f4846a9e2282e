"""Several host threads: the same output, cycles, faults and random numbers as one, byte for byte."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine_programs import compiled, run
from support.case_files import Case, read_cases
from support.case_runner import PROGRAM
from support.command_server import CommandPool, Job

import eptrans
from eptrans.core_spec import OptionError, machine_options
from eptrans.machine import MachineOptions, MeshModel, Outcome, Status

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
SEVERAL = [case for path in sorted(DATA.glob("*.test")) for case in read_cases(path)
           if "cores" in case.options and case.sections.keys() - {"ir", "c", "input"}]
ALWAYS = "always"  # they share whether it pays or not, which is where errors would show


def shared(outcome_of: Any, *threads: int) -> Iterator[Outcome]:
    """The outcomes with so many threads that share all the time."""
    for number in threads:
        yield outcome_of(jobs=number, always_share=True)


def facts(outcome: Outcome) -> dict[str, Any]:
    """All that must not depend on the number of threads.

    After a fault that is what it says and what was printed before it: where the other cores happened to be
    when it stopped them is not the program's doing.
    """
    if outcome.fault is not None:
        return {"fault": outcome.fault, "output": outcome.output}
    return {name: value for name, value in vars(outcome).items() if name != "fault"}


# ---- the language's own tests ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(SEVERAL)), ids=[case.name for case in SEVERAL])
def test_cases_with_several_cores(number: int, commands: CommandPool, tmp_path: Path) -> None:
    case: Case = SEVERAL[number]
    for name, text in {**case.files, PROGRAM: case.program}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    given_input = "".join(line + "\n" for line in case.sections.get("input", []))
    times = [] if "error" in case.sections else ["-t"]
    ended = []
    for jobs in ("1", f"2 {ALWAYS}", f"4 {ALWAYS}"):
        environment = {"EPTRANS_JOBS": jobs}
        if "path" in case.options:
            environment["EPYTHONPATH"] = str(tmp_path / case.options["path"])
        arguments = ("run", PROGRAM, *case.arguments(), *times)
        ended.append(commands.run(Job(arguments, str(tmp_path), input=given_input, environment=environment)))
    assert not ended[0].timed_out
    assert ended[1] == ended[0]
    assert ended[2] == ended[0]


# ---- generated programs ----------------------------------------------------------------------------------


@st.composite
def talks(draw: st.DrawFn) -> tuple[int, str]:
    """A number of cores and a program of rounds, in each of which pairs of cores talk and some compute."""
    cores = draw(st.integers(2, 7))
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["send", "exchange", "array", "nonblocking", "probe", "sync", "reduce",
                                     "bcast", "print", "work"]))
        one, other = draw(st.permutations(range(cores)))[:2]
        size = draw(st.integers(1, 400))
        lines.append({
            "send": f"if (id == {one}) {{ AT(1); rt->send(core, I(total), {other}); }}"
                    f"if (id == {other}) {{ AT(2); total += RECV({one}).as.integer; }}",
            "exchange": f"if (id == {one} || id == {other}) {{ AT(3); total += rt->sendrecv(core, I(id),"
                        f" id == {one} ? {other} : {one}).as.integer; }}",
            "array": f"if (id == {one}) {{ AT(4); struct ep_array *a = ints(core, {size});"
                     f" rt->send_elements(core, a, {other}, {size}); rt->release_array(core, a); }}"
                     f"if (id == {other}) {{ AT(5);"
                     f" struct ep_array *a = rt->recv_elements(core, {one}, {size});"
                     f" total += ((int32_t *)a->data)[{size - 1}]; rt->release_array(core, a); }}",
            "nonblocking": f"if (id == {one}) {{ AT(6); rt->nonblocking_send(core, I(total), {other}); }}"
                           f"if (id == {other}) {{ core->clock += 2 * {size}; AT(7);"
                           f" total += RECV({one}).as.integer; }}"
                           f"if (id == {one}) {{ AT(8); while (!rt->test_sent(core, {other})) total++; }}",
            "probe": f"if (id == {one}) {{ core->clock += 4 * {size}; AT(9);"
                     f" rt->send(core, I(1), {other}); }}"
                     f"if (id == {other}) {{ AT(10); while (!rt->probe(core, {one})) total++;"
                     f" RECV({one}); }}",
            "sync": "AT(11); rt->sync(core);",
            "reduce": "AT(12); total += rt->reduce(core, I(total), EP_SUM).as.integer % 1000;",
            "bcast": f"AT(13); total += rt->bcast(core, I(total), {one}).as.integer % 1000;",
            "print": "AT(14); PRINT(I(total));",
            "work": f"core->clock += 2 * {size} * id;"
                    f" for (volatile int w = 0; w < 100 * {size}; w++) ATTEND();",
        }[kind])
    return cores, "int64_t total = id;\n" + "\n".join(lines) + "\nAT(15); PRINT(I(total));"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(talks(), st.sampled_from(MeshModel))
def test_generated_programs(talk: tuple[int, str], model: MeshModel) -> None:
    cores, body = talk
    alone = facts(run(body, cores, jobs=1, always_share=False, mesh_model=model))
    assert alone["status"] is Status.FINISHED
    for outcome in shared(lambda **sharing: run(body, cores, mesh_model=model, **sharing), 2, 3, 8):
        assert facts(outcome) == alone


# ---- ends of all kinds -------------------------------------------------------------------------------------

WORK = "for (volatile int w = 0; w < 200000; w++) ATTEND();"
ENDS = {
    "the earliest fault": f"if (id % 2) {{ core->clock += 1000 * (n - id); {WORK} AT(3);"
                          " rt->fault(core, id == 1 ? \"late\" : \"early\"); }"
                          "else { core->clock += 5000; AT(4); PRINT(I(id)); " + WORK + " }",
    "a fault while others wait": "AT(1); if (id == 2) { " + WORK + " rt->fault(core, \"bad\"); }"
                                 " RECV((id + 1) % n);",
    "a fault in an entry": f"AT(1); if (id == 3) {{ {WORK} rt->send(core, I(1), 99); }} rt->sync(core);",
    "deadlock": f"{WORK} AT(id + 1); if (id != 1) RECV(1); else rt->reduce(core, I(1), EP_SUM);",
    "one core leaves early": f"if (id == 1) {{ AT(1); rt->exit(core); }} {WORK} AT(2); PRINT(I(id));",
    "much output": "for (int i = 0; i < 3000; i++) { core->clock += 10 * (id + 1); AT(1); PRINT(I(i)); }",
}


@pytest.mark.parametrize("body", ENDS.values(), ids=ENDS)
def test_ends(body: str) -> None:
    alone = facts(run(body, 6, jobs=1, always_share=False))
    for _ in range(3):
        for outcome in shared(lambda **sharing: run(body, 6, **sharing), 2, 4):
            assert facts(outcome) == alone


def test_the_fault_that_is_told_is_the_earliest() -> None:
    outcome = run(ENDS["the earliest fault"], 6, jobs=3, always_share=True)
    assert outcome.fault is not None
    assert (outcome.fault.message, outcome.fault.core) == ("early", 5)


def test_farm() -> None:
    from machine_programs import farm, of_core

    master = ("int64_t sum = 0; for (int r = 0; r < 40; r++) { for (int w = 1; w < n; w++) {"
              " ep_value a = I(100 * r + w); AT(3); rt->farm_exec(core, w, F(0), 1, &a); }"
              " for (int w = 1; w < n; w++) { AT(4); while (!rt->farm_test(core, w)) {}"
              " sum += rt->farm_wait(core, w).as.integer; } } AT(5); rt->farm_shutdown(core); PRINT(I(sum));")
    alone = farm(master, 6, jobs=1, always_share=False)
    assert of_core(alone, 0) == [str(sum((100 * r + w) ** 2 for r in range(40) for w in range(1, 6)))]
    for outcome in shared(lambda **sharing: farm(master, 6, **sharing), 2, 5):
        assert facts(outcome) == facts(alone)


# ---- the real thing ----------------------------------------------------------------------------------------

HEAVY = """from parallel import *
from random import random
inside=0
for i in range(3000000):
	x=random()
	y=random()
	if x*x+y*y<1.0: inside+=1
print inside
print reduce(inside, "sum")
"""


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> eptrans.Program:
    path = tmp_path_factory.mktemp("heavy") / "heavy.py"
    path.write_text(HEAVY)
    return eptrans.build(path)


def test_random_numbers_and_cycles(heavy: eptrans.Program) -> None:
    alone = heavy.run(8, jobs=1, seed=3).outcome
    assert facts(heavy.run(8, seed=3).outcome) == facts(alone)
    assert facts(heavy.run(8, jobs=4, seed=3).outcome) == facts(alone)


@pytest.mark.alone
def test_threads_are_used(heavy: eptrans.Program) -> None:
    """Two threads have processor time; in one try of several, since other processes may take it all."""
    for _ in range(10):
        before = time.process_time()
        own = time.thread_time()
        heavy.run(16, jobs=2)
        if time.process_time() - before > 1.3 * (time.thread_time() - own):
            return
    pytest.fail("one thread has done nearly all the work")


def test_one_thread_uses_one(heavy: eptrans.Program) -> None:
    before = time.process_time()
    own = time.thread_time()
    heavy.run(16, jobs=1)
    assert time.process_time() - before < 1.1 * (time.thread_time() - own) + 0.01


def test_several_machines_share_at_once(heavy: eptrans.Program) -> None:
    """The same program on machines of different kinds, which have one table of entries in common."""
    alone = facts(heavy.run(4, jobs=1).outcome)
    found: list[dict[str, Any]] = []
    options = [machine_options(4, jobs=jobs) for jobs in (1, 2, 3, 1, 4)]

    def several(chosen: MachineOptions) -> None:
        for _ in range(3):
            found.append(facts(heavy.run_machine(chosen, capture=True)))

    threads = [threading.Thread(target=several, args=(chosen,)) for chosen in options]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 15


@pytest.mark.alone
def test_messages_go_on_one_thread(tmp_path: Path) -> None:
    """A ring of messages has nothing to gain: soon one thread has it, which the others' time tells."""
    body = ("for (int r = 0; r < 300000; r++) { AT(1); if (id) { RECV(id - 1);"
            " rt->send(core, I(r), (id + 1) % n); } else { rt->send(core, I(r), 1); RECV(n - 1); } }")
    compiled(body)
    before = time.process_time()
    own = time.thread_time()
    outcome = run(body, 8, jobs=4, always_share=False)
    assert outcome.status is Status.FINISHED
    assert time.process_time() - before < 1.4 * (time.thread_time() - own)


# ---- options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["0", "-3", "257", "two"])
def test_a_bad_number_of_threads(jobs: str, commands: CommandPool, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("print 1\n")
    ended = commands.run(Job(("run", "prog.py", "-j", jobs), str(tmp_path)))
    assert ended.status == 2
    assert "host threads" in ended.stderr or "'two' is not a valid integer" in ended.stderr


def test_a_bad_number_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("many", "0", "2 sometimes", "-1"):
        monkeypatch.setenv("EPTRANS_JOBS", value)
        with pytest.raises(OptionError, match="host threads"):
            machine_options(4)


def test_the_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPTRANS_JOBS", "3")
    assert machine_options(4).jobs == 3
    assert machine_options(4, jobs=2).jobs == 2
