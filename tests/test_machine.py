"""The emulated machine: messages, collectives, order of output, faults, deadlocks."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from machine_programs import lines, of_core, prepared, run

import eptrans
from eptrans.core_spec import machine_options
from eptrans.machine import MachineError, MachineOptions, Outcome, Status
from eptrans.report import explain

RING = """
    AT(1);
    if (id == 0) { rt->send(core, I(0), 1); AT(2); PRINT(RECV(n - 1)); }
    else { ep_value v = RECV(id - 1); rt->send(core, I(v.as.integer + 1), (id + 1) % n); }
"""
LONG = "for (volatile int w = 0; w < 20000000; w++) ATTEND();"  # so that ticks release what they can


def finished(outcome: Outcome) -> Outcome:
    assert outcome.status is Status.FINISHED, explain(outcome)
    return outcome


def fault(outcome: Outcome) -> str:
    assert outcome.status is Status.FAULT, outcome.status
    assert outcome.fault is not None
    return outcome.fault.message


# ---- messages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cores", [2, 16, 64])
def test_ring(cores: int) -> None:
    outcome = finished(run(RING, cores))
    assert lines(outcome) == [f"[device 0] {cores - 1}"]
    assert outcome.messages_sent == outcome.messages_received == [1] * cores


def test_a_message_takes_the_time_of_its_way() -> None:
    body = "AT(1); if (id == 0) rt->send(core, I(1), %d); else RECV(0);"
    near = finished(run(body % 1, (0, 1)))
    far = finished(run(body % 15, (0, 15)))
    assert near.cycles == [8 + 7.5 + 7.5, 8 + 7.5]  # start-up; 6 and a hop of 1.5, there and back
    assert far.cycles == [8 + 15 + 15, 8 + 15]  # 6 and 6 hops


@pytest.mark.parametrize("late", [0, 1])
def test_times_do_not_depend_on_who_comes_second(late: int) -> None:
    body = "AT(1); if (id == %d) rt->send(core, I(1), %d); else RECV(%d);"
    assert (finished(run(body % (late, 1 - late, late))).cycles[late]
            == finished(run(body % (1 - late, late, 1 - late))).cycles[1 - late])


def test_elements_as_one_message_or_value_by_value() -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) {
            struct ep_array *a = ints(core, 10);
            rt->send_elements(core, a, 1, 10);
            rt->send(core, R(2.5), 1);
            rt->send_elements(core, a, 1, 3);
            rt->send_elements(core, a, 1, 0);
            rt->send(core, A(a), 1);
        } else {
            PRINT(RECV(0));
            PRINT(A(rt->recv_elements(core, 0, 4)));
            PRINT(A(rt->recv_elements(core, 0, 7)));
            PRINT(RECV(0));
            PRINT(RECV(0));
            PRINT(A(rt->recv_elements(core, 0, 0)));
            PRINT(RECV(0));
        }"""))
    assert of_core(outcome, 1) == [
        "0", "[1, 2, 3, 4]",
        "[5.000000, 6.000000, 7.000000, 8.000000, 9.000000, 2.500000, 0.000000]",
        "1", "2", "[]", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"]


@pytest.mark.parametrize("word", [32, 64])
def test_values_sent_one_by_one_are_received_as_an_array(word: int) -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) { rt->send(core, B(1), 1); rt->send(core, I(-7), 1); }
        else { struct ep_array *a = rt->recv_elements(core, 0, 2); PRINT(A(a)); PRINT(I(a->kind == EP_INT)); }
        """, word=word))
    assert of_core(outcome, 1) == ["[1, -7]", "1"]


PAIRINGS = {
    "sendrecv with sendrecv": ("ep_value v = rt->sendrecv(core, I(id), 1 - id); PRINT(v);", None),
    "with send and recv": ("PRINT(rt->sendrecv(core, I(0), 1));",
                           "rt->send(core, I(1), 0); PRINT(RECV(0));"),
    "with recv and send": ("PRINT(rt->sendrecv(core, I(0), 1));",
                           "ep_value v = RECV(0); rt->send(core, I(1), 0); PRINT(v);"),
    "with nonblocking_send": ("PRINT(rt->sendrecv(core, I(0), 1));",
                              "rt->nonblocking_send(core, I(1), 0); PRINT(RECV(0));"),
    "with text": ('PRINT(rt->sendrecv(core, S("0"), 1));', 'PRINT(rt->sendrecv(core, S("1"), 0));'),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("name", PAIRINGS)
def test_sendrecv_pairs_with_everything(name: str, swapped: bool) -> None:
    zero, one = PAIRINGS[name]
    if one is None:
        one = zero
    first = "core->clock += 1000;" if swapped else ""
    outcome = finished(run(f"AT(1); if (id == 0) {{ {first} {zero} }} else {{ {one} }}"))
    assert (of_core(outcome, 0), of_core(outcome, 1)) == (["1"], ["0"])


def test_sendrecv_of_elements_against_values() -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) PRINT(A(rt->sendrecv_elements(core, ints(core, 3), 1, 3)));
        else {
            for (int i = 0; i < 3; i++) rt->send(core, I(10 + i), 0);
            for (int i = 0; i < 3; i++) PRINT(RECV(0));
        }"""))
    assert of_core(outcome, 0) == ["[10, 11, 12]"]
    assert of_core(outcome, 1) == ["0", "1", "2"]


def test_nonblocking_sends_keep_their_order_and_are_never_overwritten() -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) {
            for (int i = 0; i < 3; i++) rt->nonblocking_send(core, I(i), 1);
            rt->send(core, I(3), 1);
            rt->nonblocking_send(core, S("four"), 1);
            PRINT(B(rt->test_sent(core, 1)));
            rt->wait_sent(core, 1);
            PRINT(B(rt->test_sent(core, 1)));
        } else {
            core->clock += 5000;
            for (int i = 0; i < 5; i++) PRINT(RECV(0));
        }"""))
    assert of_core(outcome, 0) == ["false", "true"]
    assert of_core(outcome, 1) == ["0", "1", "2", "3", "four"]


def test_what_was_sent_is_not_changed_by_the_sender_afterwards() -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) {
            struct ep_array *a = ints(core, 3);
            rt->nonblocking_send(core, A(a), 1);
            ((int32_t *)a->data)[0] = 99;
        } else { core->clock += 5000; PRINT(RECV(0)); }"""))
    assert of_core(outcome, 1) == ["[0, 1, 2]"]


def test_probe_goes_by_the_clock() -> None:
    outcome = finished(run("""
        AT(1);
        if (id == 0) { core->clock += 10000; rt->send(core, I(5), 1); }
        else {
            int64_t polls = 0;
            while (!rt->probe(core, 0)) { polls++; ATTEND(); }
            PRINT(I(polls)); PRINT(R(core->clock / 2.0)); PRINT(RECV(0));
        }"""))
    # posted at 5,008, arrives at 5,015: a poll takes 10 cycles, so the first to see it ends at 5,020
    assert of_core(outcome, 1)[0] == "501"
    assert of_core(outcome, 1)[2] == "5"


def test_host_cores_are_numbered_after_the_device() -> None:
    outcome = finished(run("AT(1); PRINT(I(core->is_host)); rt->sync(core);", 2, host_cores=2))
    assert lines(outcome) == ["[device 0] 0", "[device 1] 0", "[host 2] 1", "[host 3] 1"]
    assert outcome.is_host == [False, False, True, True]


def test_cores_have_their_own_numbers() -> None:
    body = "AT(1); if (id == 3) rt->send(core, I(7), 12); else PRINT(RECV(3));"
    outcome = finished(run(body, (12, 3)))
    assert outcome.core_ids == [3, 12]
    assert lines(outcome) == ["[device 12] 7"]


# ---- collectives ------------------------------------------------------------------------------------------


def test_collectives() -> None:
    outcome = finished(run("""
        AT(1);
        core->clock += id * 100;
        PRINT(rt->bcast(core, I(id * 10 + 3), 2));
        PRINT(rt->reduce(core, I(id + 1), EP_SUM));
        PRINT(rt->reduce(core, R(id * 1.5), EP_MAX));
        PRINT(rt->reduce(core, id ? I(10 - id) : R(20.0), EP_MIN));
        PRINT(rt->reduce(core, id == 2 ? R(NAN) : I(id), EP_MAX));
        PRINT(rt->reduce(core, B(1), EP_SUM));
        PRINT(rt->reduce(core, A(ints(core, 3)), EP_PROD));
        PRINT(rt->reduce(core, I(2147483647), EP_SUM));
        rt->sync(core);
        """, 4))
    for core in range(4):
        assert of_core(outcome, core) == ["23", "10", "4.500000", "7.000000", "nan", "4", "[0, 1, 16]", "-4"]


def test_a_root_may_broadcast_again_at_once() -> None:
    outcome = finished(run("""
        AT(1);
        for (int i = 0; i < 5; i++) for (int root = 0; root < n; root++) {
            ep_value v = rt->bcast(core, I(i * 100 + root), root);
            if (v.as.integer != i * 100 + root) rt->fault(core, "wrong value");
        }""", 7))
    assert outcome.messages_received == [30] * 7


def test_reduce_wants_the_same_shape_everywhere() -> None:
    assert fault(run("AT(4 + id); rt->reduce(core, A(ints(core, id == 2 ? 3 : 2)), EP_SUM);", 4)) == (
        'reduce "sum" of an array of 3 elements here, but of an array of 2 elements on core 0 at prog.py:4')
    assert fault(run("AT(4 + id); rt->reduce(core, id == 0 ? A(ints(core, 2)) : I(1), EP_MAX);", 2)) == (
        'reduce "max" of a single number here, but of an array of 2 elements on core 0 at prog.py:4')


def test_reduce_wants_numbers() -> None:
    assert fault(run('AT(1); rt->reduce(core, S("x"), EP_MIN);')) == (
        'reduce "min" takes numbers and arrays of numbers, not a string')


def test_bcast_of_a_core_that_is_not_there() -> None:
    assert "bcast from core 9" in fault(run("AT(1); rt->bcast(core, I(1), 9);"))


# ---- faults -----------------------------------------------------------------------------------------------


def test_a_fault_keeps_just_the_lines_before_it() -> None:
    outcome = run("""
        AT(6);
        if (id == 1) { core->clock += 100; rt->fault(core, "division by zero"); }
        PRINT_PART(S("early ")); PRINT(I(id));
        core->clock += 400;
        PRINT(S("late"));
        """, 3)
    assert fault(outcome) == "division by zero"
    assert outcome.fault is not None
    assert (outcome.fault.core, outcome.fault.frames[0].line) == (1, 6)
    assert lines(outcome) == ["[device 0] early 0", "[device 2] early 2"]
    assert explain(outcome).startswith("prog.py:6:1: error on core 1: division by zero")


def test_of_several_faults_the_earliest_is_told() -> None:
    outcome = run('AT(6); core->clock += 1000 - 100 * id; rt->fault(core, "mine");', 5)
    assert outcome.fault is not None
    assert outcome.fault.core == 4


@pytest.mark.parametrize(("body", "message"), [
    ("rt->send(core, I(1), 99);", "send to core 99: core 99 does not exist, the program runs on cores 0-1"),
    ("RECV(-1);", "recv from core -1: core -1 does not exist, the program runs on cores 0-1"),
    ("rt->probe(core, 0);",
     "probe of core 0: a core cannot exchange messages with itself, it would wait for ever"),
    ("rt->send_elements(core, ints(core, 3), 1, 4);", "send of 4 elements: the array has 3"),
    ("rt->send_elements(core, ints(core, 3), 1, -1);", "send of -1 elements: the number cannot be negative"),
    ("rt->recv_elements(core, 1, -2);", "recv of -2 elements: the number cannot be negative"),
    ("struct ep_array *a = ints(core, 3); rt->free(core, A(a)); rt->send(core, A(a), 1);",
     "the array was freed"),
    ("rt->fault_index(core, ints(core, 3), 7, 3, 0);", "index 7 is out of range for size 3"),
    ('rt->fault_unset(core, "x");', "name 'x' is used before it is assigned"),
    ('rt->fault_kind(core, S("a"), "a number");', "a number is needed here, not a string"),
    ("rt->farm_worker(core, frame + 4);",
     "worker before initTaskFarm: call initTaskFarm(master) on every core first"),
    ("rt->call_value(core, frame + 4, I(3), 0, 0);", "an int is not a function and cannot be called"),
])
def test_messages_of_faults(body: str, message: str) -> None:
    assert fault(run(f"AT(1); if (id == 0) {{ {body} }} else core->clock += 100000;")) == message


def test_a_wrong_kind_is_traced_to_its_sender() -> None:
    body = 'if (id == 0) { AT(2); rt->send(core, S("a"), 1); } else { AT(3); %s }'
    outcome = run(body % 'rt->fault_kind(core, RECV(0), "a number");')
    assert fault(outcome) == "a number is needed here, not a string; the value was sent at prog.py:2"
    assert outcome.fault is not None
    assert outcome.fault.frames[0].line == 3
    message = fault(run(body % "rt->recv_elements(core, 0, 2);"))
    assert "not a string; the value was sent at prog.py:2" in message


def test_memory_that_a_message_does_not_fit_into_is_the_receivers() -> None:
    outcome = run("""
        if (id == 0) { AT(2); struct ep_array *a = ints(core, 6000); AT(3); rt->send(core, A(a), 1); }
        else { AT(4); struct ep_array *mine = ints(core, 6000); AT(5); PRINT(RECV(0)); (void)mine; }
        """, shared_memory=0)
    assert "out of memory" in fault(outcome)
    assert outcome.fault is not None
    assert (outcome.fault.core, outcome.fault.frames[0].line) == (1, 5)


def test_the_source_line_is_shown() -> None:
    outcome = run('AT(6); rt->fault(core, "no");', 1)
    text = explain(outcome, lambda path, line: f"\tx = {line}")
    assert text.splitlines()[1:] == ["        x = 6", "    ^~~~"]


# ---- deadlocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "cores", "table"), [
    ("AT(7 + 2 * id); RECV(1 - id);", 2,
     ["core 0: recv from core 1 at prog.py:7", "core 1: recv from core 0 at prog.py:9"]),
    ("AT(7 + id); if (id == 0) rt->send(core, I(1), 2); else if (id == 1) RECV(0);", 3,
     ["core 0: send to core 2 (which has ended) at prog.py:7", "core 1: recv from core 0 at prog.py:8"]),
    ("AT(5); if (id < 10 && id != 3) rt->sync(core); else rt->reduce(core, I(1), EP_SUM);", 16,
     ["cores 0-2, 4-9: sync at prog.py:5", 'cores 3, 10-15: reduce "sum" at prog.py:5']),
    ("AT(5); if (id == 0) rt->bcast(core, I(1), 0); else rt->bcast(core, I(1), 1);", 3,
     ["cores 0-1: bcast as its root at prog.py:5"]),
    ("AT(5); if (id > 0) rt->bcast(core, I(1), 0);", 3,
     ["cores 1-2: bcast from core 0 (which has ended) at prog.py:5"]),
    ("AT(5); if (id == 0) rt->sendrecv(core, I(1), 1);", 2,
     ["core 0: sendrecv with core 1 (which has ended) at prog.py:5"]),
    ("AT(5); if (id == 0) { rt->nonblocking_send(core, I(1), 1); rt->wait_sent(core, 1); }", 2,
     ["core 0: wait_sent to core 1 (which has ended) at prog.py:5"]),
    ("AT(5); RECV((id + 1) % n);", 4096, ["cores 0-4095: recv from cores 0-4095 at prog.py:5"]),
])
def test_deadlock(body: str, cores: int, table: list[str]) -> None:
    outcome = run(body, cores)
    assert outcome.status is Status.DEADLOCK
    assert [line.strip() for line in explain(outcome).splitlines()[1:]] == table


def test_output_before_a_deadlock_is_written() -> None:
    outcome = run('AT(1); PRINT(I(id)); PRINT_PART(S("part")); RECV(1 - id);')
    assert lines(outcome) == ["[device 0] 0", "[device 1] 1", "[device 0] part", "[device 1] part"]


def test_parts_of_lines_that_a_deadlock_finds_come_last() -> None:
    """After whole lines of later clocks: these may have been released when nobody knew of a deadlock yet."""
    outcome = run(f"""
        AT(1);
        if (id == 0) {{ PRINT_PART(S("part")); RECV(1); }}
        if (id == 1) {{
            core->clock += 1000; PRINT(I(1));
            {LONG} core->clock += 1000; PRINT_PART(I(2)); RECV(0);
        }}
        core->clock += 3000; PRINT(I(3)); RECV(1);""", 3)
    assert outcome.status is Status.DEADLOCK
    assert lines(outcome) == ["[device 1] 1", "[device 2] 3", "[device 0] part", "[device 1] 2"]


# ---- order, determinism, size -----------------------------------------------------------------------------


def test_lines_come_in_the_order_of_clocks() -> None:
    body = "AT(1); core->clock = 1000 * (n - id); PRINT(I(1)); core->clock += 500; PRINT(I(2));"
    outcome = finished(run(body, 3))
    assert [line[8] + line[-1] for line in lines(outcome)] == ["21", "22", "11", "12", "01", "02"]


def test_a_part_of_a_line_is_held() -> None:
    outcome = finished(run('AT(1); PRINT_PART(S("a")); core->clock += 1000; PRINT_PART(I(id));'))
    assert outcome.output == b"[device 0] a0\n[device 1] a1"


NOISY = """
    AT(1);
    for (int round = 0; round < 200; round++) {
        ATTEND();
        core->clock += (core->random_state >> 40) % 97;
        core->random_state = core->random_state * 6364136223846793005u + 1442695040888963407u;
        if (rt->probe(core, (id + 1) % n)) PRINT(RECV((id + 1) % n));
        if (round % 7 == id % 7) rt->nonblocking_send(core, I(round), (id + n - 1) % n);
        if (round % 50 == 49) PRINT(I(rt->test_sent(core, (id + n - 1) % n)));
    }
"""


def test_every_run_is_the_same() -> None:
    first = run(NOISY, 16, seed=5)
    assert len(lines(first)) > 100
    for _ in range(100):
        again = run(NOISY, 16, seed=5)
        assert (again.output, again.cycles, again.status) == (first.output, first.cycles, first.status)
    assert run(NOISY, 16, seed=6).cycles != first.cycles


def test_4096_cores() -> None:
    outcome = finished(run("AT(1); PRINT(I(id)); PRINT(rt->reduce(core, I(id), EP_SUM));" + RING, 4096))
    assert len(lines(outcome)) == 2 * 4096 + 1
    assert lines(outcome)[-1] == "[device 0] 4095"


def test_threads_may_run_machines_of_their_own() -> None:
    results: list[Outcome] = []
    threads = [threading.Thread(target=lambda: results.append(run(RING, 64))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lines(result) for result in results] == [["[device 0] 63"]] * 4


@pytest.mark.parametrize("locals_", range(12))
def test_stack_peaks_of_like_cores_are_alike(tmp_path: Path, locals_: int) -> None:
    """They are read off by words: wherever a core's stack lies, it must begin at one."""
    body = "".join(f"\tv{number}=n+{number}\n\ts=s+v{number}\n" for number in range(locals_))
    path = tmp_path / "prog.py"
    path.write_text(f"def leaf(n):\n\ts=0\n{body}\tfor i in range(n): s=s+i\n\treturn s\n"
                    "def twice(n):\n\treturn leaf(n)+leaf(n+1)\nprint twice(9)\n")
    outcome = eptrans.build(path).run_machine(machine_options(48), capture=True)
    assert len(set(outcome.stack_peak)) == 1


def test_stack_peak() -> None:
    outcome = finished(run("AT(1); if (id == 1) for (int i = 0; i < 5000; i++) { core->frame += 4; AT(1); "
                           "core->frame[0] = 1; }"))
    assert outcome.stack_peak == [4, 20004]


# ---- input, output, signals -------------------------------------------------------------------------------


def piped(body: str, text: bytes, cores: int = 2) -> Outcome:
    """Runs with `text` as the standard input."""
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    try:
        return run(body, cores, input_fd=reader)
    finally:
        os.close(reader)


def test_input_goes_in_the_order_of_clocks() -> None:
    body = 'AT(1); core->clock += 1000 * (n - id); PRINT(rt->input(core, S("? ")));'
    outcome = finished(piped(body, b"1\ntwo\r\n"))
    assert lines(outcome) == ["[device 1] ? ", "[device 1] 1", "[device 0] ? ", "[device 0] two"]


def test_end_of_input() -> None:
    assert "end of" in fault(piped('AT(1); PRINT(rt->input(core, S("")));', b"", 1))


ENDLESS = "AT(3); for (;;) { ATTEND(); core->clock += 2; %s }"


@pytest.mark.alone
@pytest.mark.parametrize("body", [
    ENDLESS % "",
    ENDLESS % "rt->probe(core, (id + 1) % n);",
    ENDLESS % "rt->sendrecv(core, I(1), id ^ 1);",
    'AT(3); if (id == 0) rt->input(core, S("")); else RECV(0);',
])
def test_an_interrupt_ends_everything(body: str) -> None:
    reader, writer = os.pipe()
    prepared(body)
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.1, interrupt)
    timer.start()
    try:
        outcome = run(body, 16, input_fd=reader)
    finally:
        timer.join()
        os.close(reader)
        os.close(writer)
    assert outcome.status is Status.INTERRUPTED
    assert time.monotonic() - sent[0] < 0.2
    assert len(outcome.waits) == 16
    assert "at prog.py:3" in explain(outcome)


def test_endless_printing_reaches_the_reader_and_ends_with_it() -> None:
    reader, writer = os.pipe()
    got: list[bytes] = []

    def read_some() -> None:
        while sum(map(len, got)) < 3_000_000:
            got.append(os.read(reader, 65536))
        os.close(reader)

    thread = threading.Thread(target=read_some)
    thread.start()
    outcome = run(ENDLESS % "PRINT(I(id));", 4, capture=False, output_fd=writer)
    thread.join()
    os.close(writer)
    assert outcome.status is Status.OUTPUT_CLOSED
    assert b"".join(got).count(b"[device 3] 3\n") > 1000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_told() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(MachineError, match="output cannot be written"):
            run("AT(1); PRINT(I(1));", capture=False, output_fd=full)
    finally:
        os.close(full)


def test_lines_are_seen_while_the_machine_runs() -> None:
    reader, writer = os.pipe()
    seen: list[tuple[float, bytes]] = []
    begun = time.monotonic()

    def read_line() -> None:
        seen.append((time.monotonic() - begun, os.read(reader, 100)))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=read_line)
    body = 'AT(1); if (id == 0) PRINT(S("now")); for (;;) { ATTEND(); core->clock += 2; }'
    prepared(body)
    thread.start()
    outcome = run(body, 4, capture=False, output_fd=writer)
    thread.join()
    os.close(reader)
    os.close(writer)
    assert outcome.status is Status.INTERRUPTED
    assert seen[0][1] == b"[device 0] now\n"


def test_loops_whose_clocks_stand_still_share_the_host() -> None:
    body = "AT(3); for (;;) ATTEND();"
    prepared(body)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    outcome = run(body, 8)
    timer.join()
    assert explain(outcome).splitlines() == ["interrupted", "  cores 0-7: running at prog.py:3"]


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "message"), [
    ({"cores": ()}, "at least one core"),
    ({"cores": (16,)}, "core 16 is not on a mesh of 4x4"),
    ({"cores": (1, 1)}, "named twice"),
    ({"rows": 65}, "65x4"),
    ({"local_memory": -1}, "negative"),
])
def test_options_that_no_machine_has(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MachineOptions(**{"cores": (0,), **changes})  # type: ignore[arg-type]


def test_what_is_no_program_is_refused(tmp_path: object) -> None:
    from eptrans.runtime.core import run_program

    with pytest.raises(MachineError, match="cannot be loaded"):
        run_program("/nowhere/program.so", MachineOptions(cores=(0,)))
