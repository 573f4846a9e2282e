"""What test_thread_sanitizer.py runs under ThreadSanitizer: programs that use every entry of the runtime.

    sanitized_programs.py race          a program whose cores write to one variable of the host
    sanitized_programs.py all THREADS   none that does: tests/data's programs on several cores, faults and
                                        deadlocks, and sharing that begins and ends
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

# The library is loaded by now: what is started from here, the compiler first of all, is slower with it.
os.environ.pop("LD_PRELOAD", None)

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from machine_programs import farm, run  # noqa: E402

import eptrans  # noqa: E402
from eptrans.core_spec import machine_options  # noqa: E402
from support.case_files import Case, read_cases  # noqa: E402

FILES = ("collectives", "farm", "messages")
WORK = "for (volatile int w = 0; w < 3000; w++) ATTEND();"
RACE = ("static volatile int64_t shared; for (int i = 0; i < 20000000; i++) shared += id;"
        " AT(1); rt->sync(core);")
ENDS = (
    f"{WORK} AT(1); if (id == 1) rt->fault(core, \"bad\"); RECV(1);",
    f"{WORK} AT(1); if (id != 1) RECV(1); else rt->sync(core);",
    f"{WORK} AT(1); if (id == 2) rt->exit(core); PRINT(I(id)); {WORK} AT(2); PRINT(S(\"text\"));",
    "for (int i = 0; i < 300; i++) { AT(1); if (id) { RECV(id - 1); rt->send(core, I(i), (id + 1) % n); }"
    f" else {{ rt->send(core, I(i), 1); RECV(n - 1); }} }} {WORK}",
)
CHANGING = ("for (int r = 0; r < 3; r++) { for (volatile int w = 0; w < 2000000; w++) ATTEND();"
            " for (int i = 0; i < 3000; i++) { AT(1); rt->sendrecv(core, I(i), id ^ 1); } }")
TASKS = ("for (int w = 1; w < n; w++) { ep_value a = A(ints(core, 100)); AT(3);"
         " rt->farm_exec(core, w, F(2), 1, &a); rt->release_array(core, a.as.array); }"
         "for (int w = 1; w < n; w++) { AT(4); while (!rt->farm_test(core, w)) {}"
         " rt->release_array(core, rt->farm_wait(core, w).as.array); } AT(5); rt->farm_shutdown(core);")


def run_case(case: Case, threads: int, folder: Path) -> None:
    """Builds and runs a program of tests/data; how it ends is tested elsewhere."""
    for name, text in {**case.files, "prog.py": case.program}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    try:
        program = eptrans.build(folder / "prog.py", std=case.options.get("std", "epython"))
    except eptrans.CompileError:
        return
    cores = case.options["cores"]
    options = machine_options(int(cores) if cores.isdigit() else cores, host=int(case.options.get("host", 0)),
                              mesh=case.options.get("mesh"), jobs=threads)
    with tempfile.TemporaryFile() as text:
        text.write("".join(line + "\n" for line in case.sections.get("input", [])).encode())
        text.seek(0)
        program.run_machine(options, capture=True, input_fd=text.fileno(), always_share=True)


def run_all(threads: int) -> None:
    for body in ENDS:
        run(body, 4, jobs=threads, always_share=True)
    farm(TASKS, 5, jobs=threads, always_share=True)
    run(CHANGING, 6, jobs=threads, always_share=False)
    for name in FILES:
        for case in read_cases(TESTS / "data" / f"{name}.test"):
            if "cores" in case.options:
                with tempfile.TemporaryDirectory() as folder:
                    run_case(case, threads, Path(folder))


if sys.argv[1] == "race":
    run(RACE, 4, jobs=2, always_share=True)
else:
    run_all(int(sys.argv[2]))
print("done")
