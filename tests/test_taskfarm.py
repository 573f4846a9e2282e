"""The task farm: its protocol between master and workers, and calls through a value."""

from __future__ import annotations

import pytest
from machine_programs import farm, lines, of_core, run

from eptrans.machine import Outcome, Status
from eptrans.report import explain

GIVE = "{ ep_value a_ = I(%d); AT(10); rt->farm_exec(core, %d, F(0), 1, &a_); }"


def finished(outcome: Outcome) -> Outcome:
    assert outcome.status is Status.FINISHED, explain(outcome)
    return outcome


def message(outcome: Outcome) -> str:
    assert outcome.fault is not None, outcome.status
    return outcome.fault.message


def test_tasks_and_results() -> None:
    outcome = finished(farm(GIVE % (5, 1) + GIVE % (6, 2) + """
        int64_t polls = 0;
        while (!rt->farm_test(core, 1)) { polls++; ATTEND(); }
        PRINT(I(polls > 50));
        PRINT(rt->farm_wait(core, 1)); PRINT(rt->farm_wait(core, 2));
        PRINT(rt->farm_wait(core, 1)); PRINT(I(rt->farm_test(core, 3)));
        rt->farm_shutdown(core);"""))
    assert of_core(outcome, 0) == ["1", "25", "36", "NONE", "0"]
    assert outcome.tasks == [0, 1, 1, 0]


def test_a_result_nobody_fetched_is_dropped() -> None:
    outcome = finished(farm("".join(GIVE % (i, 1) for i in range(5))
                            + "PRINT(rt->farm_wait(core, 1)); rt->farm_shutdown(core);", 2))
    assert of_core(outcome, 0) == ["16"]
    assert outcome.tasks == [0, 5]


def test_arrays_go_by_value() -> None:
    outcome = finished(farm("""
        struct ep_array *a = ints(core, 4);
        ep_value v = A(a);
        rt->farm_exec(core, 1, F(2), 1, &v);
        PRINT(rt->farm_wait(core, 1)); PRINT(v);
        rt->farm_shutdown(core);""", 2))
    assert of_core(outcome, 0) == ["[0, 2, 4, 6]", "[0, 1, 2, 3]"]


def test_missing_arguments_are_filled_in() -> None:
    # kinds(a, b=.., c=..) tells the kinds it got: int, and unset where there is a default
    outcome = finished(farm("""
        ep_value v = I(1);
        rt->farm_exec(core, 1, F(1), 1, &v); PRINT(rt->farm_wait(core, 1));
        rt->farm_exec(core, 1, F(1), 0, &v); PRINT(rt->farm_wait(core, 1));
        rt->farm_shutdown(core);""", 2))
    assert of_core(outcome, 0) == ["300", "100"]


@pytest.mark.parametrize(("body", "text"), [
    ("ep_value a[2] = {I(1), I(2)}; rt->farm_exec(core, 1, F(0), 2, a);", "square takes 1 argument, 2 given"),
    ("ep_value a[4] = {I(1), I(2), I(3), I(4)}; rt->farm_exec(core, 1, F(1), 4, a);",
     "kinds takes 1 to 3 arguments, 4 given"),
    ("rt->farm_exec(core, 1, I(4), 0, 0);", "an int is not a function and cannot be called"),
    ("rt->farm_exec(core, 0, F(0), 0, 0);",
     "the master runs no tasks itself: give them to another core, or call the function"),
    ("rt->farm_exec(core, 7, F(0), 0, 0);",
     "execFunction to core 7: core 7 does not exist, the program runs on cores 0-3"),
])
def test_tasks_that_cannot_be_given(body: str, text: str) -> None:
    assert message(farm("AT(3);" + body)) == text


def test_a_missing_argument_is_an_error_in_python3() -> None:
    outcome = farm("rt->farm_exec(core, 1, F(0), 0, 0);", python3=True)
    assert message(outcome) == "square takes 1 argument, 0 given"


def test_a_fault_in_a_task_tells_who_gave_it() -> None:
    outcome = farm(GIVE % (13, 1) + "rt->farm_shutdown(core);")
    assert message(outcome) == "bad luck"
    assert outcome.fault is not None
    assert outcome.fault.notes == ("in task `square` given by core 0 at prog.py:10",)
    assert [frame.line for frame in outcome.fault.frames] == [50, 2]
    assert explain(outcome).startswith("prog.py:50:1: error on core 1: bad luck\n")


def test_a_farm_without_shutdown_is_a_deadlock() -> None:
    outcome = farm("", 40)
    assert outcome.status is Status.DEADLOCK
    assert explain(outcome).splitlines()[1:] == [
        "  cores 1-39: worker: task from core 0 (which has ended) at prog.py:2"]


def test_waiting_for_a_worker_that_never_works() -> None:
    body = "AT(1); rt->farm_init(core, 0); if (id == 0) {" + GIVE % (1, 1) + "rt->farm_wait(core, 1); }"
    assert explain(run(body, tasks=True)).splitlines()[1:] == [
        "  core 0: waitFunctionFinish(1) (which has ended) at prog.py:10"]


@pytest.mark.parametrize(("body", "text"), [
    ("if (id == 1) rt->farm_exec(core, 0, F(0), 0, 0);",
     "execFunction before initTaskFarm: call initTaskFarm(master) on every core first"),
    ("rt->farm_init(core, 0); if (id == 1) rt->farm_shutdown(core);",
     "shutdownTaskFarm is for the master only, which is core 0"),
    ("rt->farm_init(core, 0); if (id == 0) rt->farm_worker(core, frame + 4);",
     "worker on the master: it gives the tasks, the other cores call worker()"),
    ("rt->farm_init(core, id == 1); if (id == 0) {" + GIVE % (1, 2) + "} else if (id == 1) " + GIVE % (1, 3)
     + " else rt->farm_worker(core, frame + 4);",
     "worker of core 0 was called by core 1 at prog.py:10: "
     "initTaskFarm must name the same master on every core"),
    ("rt->farm_init(core, 9);", "initTaskFarm(9): there is no such core in this run"),
])
def test_a_farm_set_up_wrongly(body: str, text: str) -> None:
    assert message(run("AT(1);" + body, 4, tasks=True)) == text


def test_a_second_farm_after_the_first() -> None:
    body = ("for (int farm = 0; farm < 3; farm++) { AT(1); rt->farm_init(core, farm); if (id != farm) {"
            "rt->farm_worker(core, frame + 4); } else {" + GIVE % (7, 3)
            + "PRINT(rt->farm_wait(core, 3)); rt->farm_shutdown(core); } }")
    assert lines(finished(run(body, 4, tasks=True))) == ["[device 0] 49", "[device 1] 49", "[device 2] 49"]


def test_a_farm_of_4096_cores() -> None:
    outcome = finished(farm(
        "for (int round = 0; round < 3; round++) {"
        "for (int p = 1; p < n; p++) { ep_value a = I(20); AT(10); rt->farm_exec(core, p, F(0), 1, &a); }"
        "int64_t sum = 0; for (int p = 1; p < n; p++) sum += rt->farm_wait(core, p).as.integer;"
        "PRINT(I(sum)); }"
        "rt->farm_shutdown(core);", 4096))
    assert lines(outcome) == [f"[device 0] {400 * 4095}"] * 3
    assert outcome.tasks == [0] + [3] * 4095
