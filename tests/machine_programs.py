"""Small programs in C for tests of the machine itself, without the compiler.

A program is the body of its top level, `core` and `frame` given; AT(n) sets the source line that the next
entry of the runtime is called from. `run` compiles it against the runtime's header and runs it.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import eptrans
from eptrans.machine import MachineOptions, Outcome

RUNTIME = Path(eptrans.__file__).parent / "runtime"
LINES = 100

PRELUDE = r"""
#include "eptrans_rt.h"
static const struct ep_runtime *rt;
static const char *const files[] = {"prog.py"};
static const struct ep_frame_info frames[] = {{"<module>", 4}, {"task", 6}};
#define AT(n) (core->frame[0] = (n))
/* As generated code calls it: see ep_recv in eptrans_inline.h. */
#define RECV(from) ({ int64_t from_ = (from); ep_value value_ = rt->recv(core, from_); \
    value_.tag == EP_UNSET ? rt->recv_rest(core, from_) : value_; })
#define ATTEND() if (__atomic_load_n(core->attention, __ATOMIC_RELAXED)) rt->attend(core)
#define PRINT(v) do { ep_value value_ = (v); rt->print(core, 1, &value_, " ", "\n"); } while (0)
#define PRINT_PART(v) do { ep_value value_ = (v); rt->print(core, 1, &value_, " ", ""); } while (0)
static EP_UNUSED ep_value I(int64_t i) { ep_value v = {EP_INT, 0, {.integer = i}}; return v; }
static EP_UNUSED ep_value B(int64_t i) { ep_value v = {EP_BOOL, 0, {.integer = i}}; return v; }
static EP_UNUSED ep_value F(int64_t i) { ep_value v = {EP_FUNCTION, 0, {.integer = i}}; return v; }
static EP_UNUSED ep_value R(double r) { ep_value v = {EP_REAL, 0, {.real = r}}; return v; }
static EP_UNUSED ep_value A(struct ep_array *a) { ep_value v = {EP_ARRAY, 0, {.array = a}}; return v; }
#define S(t) ({ static struct { struct ep_string s; char text[64]; } s_ = \
    {{EP_IMMORTAL, 0, sizeof(t) - 1, sizeof(t) - 1}, t}; \
    ep_value v_ = {EP_STRING, 0, {.string = &s_.s}}; v_; })
static EP_UNUSED struct ep_array *ints(struct ep_core *core, int64_t n)
{
    struct ep_array *array = rt->new_array(core, EP_INT, 1, &n, EP_LIST);
    for (int64_t i = 0; i < n; i++)
        ((int32_t *)array->data)[i] = (int32_t)i;
    return array;
}
"""

MAIN = r"""
static void program(struct ep_core *core, uint32_t *frame)
{
    (void)frame;
    const int id = core->id, n = core->count;
    (void)id; (void)n;
    %s
}
static const struct ep_function functions[] = {%s {"none", 0, 0, 0, 0, 0}};
const struct ep_program eptrans_program = {
    EP_ABI, %d, %d, 0, 1000, 100, 64, 0, 16, 2, %d, 1, sizeof functions / sizeof *functions,
    frames, sites, files, functions, &rt, program};
"""

TASKS = r"""
static ep_value square(struct ep_core *core, uint32_t *frame, const ep_value *a)
{
    core->frame = frame;
    AT(50);
    core->clock += 2000;
    if (a[0].as.integer == 13)
        rt->fault(core, "bad luck");
    return I(a[0].as.integer * a[0].as.integer);
}
static ep_value kinds(struct ep_core *core, uint32_t *frame, const ep_value *a)
{
    core->frame = frame;
    AT(51);
    return I(a[0].tag * 100 + a[1].tag * 10 + a[2].tag);
}
static ep_value doubled(struct ep_core *core, uint32_t *frame, const ep_value *a)
{
    core->frame = frame;
    AT(52);
    struct ep_array *copy = rt->copy_array(core, a[0].as.array);
    for (int64_t i = 0; i < copy->length; i++)
        ((int32_t *)copy->data)[i] *= 2;
    ((int32_t *)a[0].as.array->data)[0] = -1;
    return A(copy);
}
"""
TASK_TABLE = '''
    {"square", square, 1, 1, 0, 49}, {"kinds", kinds, 3, 1, 0, 51}, {"doubled", doubled, 1, 1, 0, 52},'''
FARM = "AT(1); rt->farm_init(core, 0); if (id > 0) { AT(2); rt->farm_worker(core, frame + 4); } else { %s }"


@functools.cache
def folder() -> Path:
    """Where the compiled programs lie; removed when Python ends."""
    holder = tempfile.TemporaryDirectory(prefix="eptrans-machine-")
    folder.holder = holder  # type: ignore[attr-defined]
    return Path(holder.name)


@functools.cache
def compiled(body: str, word: int = 32, python3: bool = False, tasks: bool = False) -> str:
    """The path of the shared object of a program."""
    sites = ", ".join(f"{{0, 0, {line}, 1}}" for line in range(LINES))
    text = PRELUDE + f"static const struct ep_site sites[] = {{{sites}}};\n"
    if tasks:
        text += TASKS
    text += MAIN % (body, TASK_TABLE if tasks else "", word, python3, LINES)
    source = folder() / f"program{len(list(folder().iterdir()))}.c"
    source.write_text(text)
    target = source.with_suffix(".so")
    cc = os.environ.get("CC") or next(cc for cc in ("cc", "gcc", "clang") if shutil.which(cc))
    flags = ["-O1", "-Wall", "-shared", "-fPIC", f"-I{RUNTIME}"]
    subprocess.run([*shlex.split(cc), *flags, str(source), "-o", str(target)], check=True)
    return str(target)


def prepared(body: str) -> None:
    """Compiles a program, so that running it later takes no time for that."""
    compiled(body, 32, False, False)


def sharing() -> dict[str, object]:
    """Host threads as EPTRANS_JOBS asks for, one without it: all of these tests must pass with any number."""
    number, _, always = os.environ.get("EPTRANS_JOBS", "1").partition(" ")
    return {"jobs": int(number), "always_share": bool(always)}


def run(body: str, cores: int | tuple[int, ...] = 2, *, word: int = 32, python3: bool = False,
        tasks: bool = False, **options: object) -> Outcome:
    """Compiles a program and runs it; its output is in the outcome unless options tell otherwise."""
    from eptrans.runtime.core import run_program

    numbers = tuple(range(cores)) if isinstance(cores, int) else cores
    side = next(side for side in range(4, 65) if side * side > max(numbers, default=0))
    settings: dict[str, object] = {"capture": True, "rows": side, "columns": side, **sharing(), **options}
    return run_program(compiled(body, word, python3, tasks),  # type: ignore[no-any-return]
                       MachineOptions(cores=numbers, **settings))  # type: ignore[arg-type]


def farm(master: str, cores: int = 4, **options: object) -> Outcome:
    """Runs a program whose core 0 is a farm's master and does `master`; the others are workers."""
    return run(FARM % master, cores, tasks=True, **options)  # type: ignore[arg-type]


def lines(outcome: Outcome) -> list[str]:
    """The printed lines, in order."""
    return outcome.output.decode().splitlines()


def of_core(outcome: Outcome, core: int) -> list[str]:
    """What one device core printed, without the prefixes."""
    prefix = f"[device {core}] "
    return [line.removeprefix(prefix) for line in lines(outcome) if line.startswith(prefix)]
