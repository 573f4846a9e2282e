"""C programs against eptrans_rt.h that call entries on given values, and what they answer.

The runtime is tested without the compiler: a test hands in calls as `Call` (the C expression of an
entry and its operands as Python values), gets one answer a call back as a Python value, or the
message of the fault that a single call ends in.
"""

from __future__ import annotations

import math
import os
import re
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from eptrans.machine import FaultReport, MachineOptions, Outcome, Status
from eptrans.memory_layout import RECURSIVE_STACK_BYTES
from eptrans.runtime import core as machine
from support.word_model import same

RUNTIME = Path(machine.__file__).resolve().parent
CC = [
    os.environ.get("CC", "cc"),
    "-O0",
    "-std=gnu11",
    "-fPIC",
    "-shared",
    "-fwrapv",
    "-Wall",
    "-Wextra",
    "-Wno-missing-braces",
    "-Wno-unused-function",
]


@dataclass(frozen=True)
class Function:
    """A function value: an index into the program's code table."""

    index: int


Value: TypeAlias = "bool | int | float | str | Function | list[Value] | None"


@dataclass(frozen=True)
class Call:
    """One call of an entry: an expression of `core`, the operands `v[0]`, ... and the table `rt`.

    `answer` names the macro of the prelude that shows the result.
    """

    expression: str
    operands: tuple[Value, ...] = ()
    answer: str = "VALUE"


@dataclass(frozen=True)
class Machine:
    word: int = 32
    python3: bool = False
    options: MachineOptions = field(
        default_factory=lambda: MachineOptions(
            cores=(0,), rows=64, columns=64, capture=True,
            local_memory=32768 + RECURSIVE_STACK_BYTES,  # so that 32 KiB are left for arrays
        )
    )


_PRELUDE = r"""
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "eptrans_rt.h"

static const struct ep_runtime *rt;

static EP_UNUSED ep_value scalar(uint32_t tag, int64_t payload)
{
    ep_value value = {tag, 0, {.integer = payload}};
    return value;
}

static EP_UNUSED ep_value string_value(struct ep_string *string)
{
    ep_value value = {EP_STRING, 0, {.string = string}};
    return value;
}

static EP_UNUSED ep_value array_value(struct ep_array *array)
{
    ep_value value = {EP_ARRAY, 0, {.array = array}};
    return value;
}

static void release(struct ep_core *core, ep_value value)
{
    if (value.tag == EP_ARRAY && --value.as.array->references == 0)
        rt->release_array(core, value.as.array);
    if (value.tag == EP_STRING && value.as.string->references != EP_IMMORTAL
        && --value.as.string->references == 0)
        rt->release_string(core, value.as.string);
}

static struct ep_array *list(struct ep_core *core, int32_t kind, int64_t length, const ep_value *elements)
{
    struct ep_array *array = rt->new_array(core, kind, 1, &length, EP_LIST);
    for (int64_t i = 0; i < length; i++)
        if (WORD == 64)
            ((int64_t *)array->data)[i] = elements[i].as.integer;
        else if (kind == EP_REAL)
            ((float *)array->data)[i] = (float)elements[i].as.real;
        else
            ((int32_t *)array->data)[i] = (int32_t)elements[i].as.integer;
    return array;
}

static void put(struct ep_core *core, const char *text, size_t bytes)
{
    union { struct ep_string string; char room[4200]; } line;
    ep_value value = {EP_STRING, 0, {.string = &line.string}};
    line.string.references = EP_IMMORTAL;
    line.string.flags = 0;
    line.string.bytes = (uint32_t)bytes;
    line.string.characters = (uint32_t)bytes;
    memcpy(line.string.text, text, bytes);
    rt->print(core, 1, &value, "", "");
}

static void show(struct ep_core *core, ep_value value)
{
    char text[64];
    if (value.tag == EP_STRING) {
        for (uint32_t i = 0; i < value.as.string->bytes; i++)
            put(core, text, (size_t)snprintf(text, sizeof text, i ? "%02x" : "S%02x",
                                             (unsigned char)value.as.string->text[i]));
        if (!value.as.string->bytes)
            put(core, "S", 1);
    } else if (value.tag == EP_ARRAY) {
        const struct ep_array *array = value.as.array;
        put(core, text, (size_t)snprintf(text, sizeof text, "L%d", array->dimensions));
        for (int64_t i = 0; i < array->length; i++) {
            int64_t bits = WORD == 64 ? ((int64_t *)array->data)[i] : ((int32_t *)array->data)[i];
            ep_value element = {array->kind, 0, {.integer = bits}};
            if (WORD == 32 && array->kind == EP_REAL)
                element.as.real = ((float *)array->data)[i];
            put(core, " ", 1);
            show(core, element);
        }
    } else
        put(core, text, (size_t)snprintf(text, sizeof text, "%c%" PRIx64, "?NBIR?F"[value.tag],
                                         value.as.integer));
}

/* An operand: a scalar or a string as it is, or a list to be made for the call. */
struct given {
    ep_value value;
    int32_t kind;
    int64_t length;
    const ep_value *elements;
};

static ep_value make(struct ep_core *core, const struct given *given)
{
    return given->elements == NULL ? given->value
                                   : array_value(list(core, given->kind, given->length, given->elements));
}

struct row {
    ep_value (*call)(struct ep_core *core, ep_value *v);
    int count;
    struct given given[3];
};

#define SHOW_VALUE(x) result = (x)
#define SHOW_STRING(x) result = string_value(x)
#define SHOW_ARRAY(x) result = array_value(x)
#define SHOW_BOOL(x) result = scalar(EP_BOOL, (x))
#define SHOW_FIRST(x) (x); result = v[0]; v[0] = scalar(EP_NONE, 0)
"""

_POSTLUDE = """
static void program_main(struct ep_core *core, uint32_t *frame)
{
    frame[0] = 0;
    core->frame = frame;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (SELECTED >= 0 && SELECTED != (int64_t)i)
            continue;
        ep_value v[3], result;
        for (int k = 0; k < rows[i].count; k++)
            v[k] = make(core, &rows[i].given[k]);
        result = rows[i].call(core, v);
        show(core, result);
        release(core, result);
        for (int k = 0; k < rows[i].count; k++)
            release(core, v[k]);
        put(core, "\\n", 1);
    }
}

static const struct ep_frame_info frames[] = {{"<module>", 4}};
static const struct ep_site sites[] = {{0, 0, 0, 0}};
static const char *const files[] = {"prog.py"};
static ep_value nothing(struct ep_core *core, uint32_t *frame, const ep_value *arguments)
{
    (void)core, (void)frame, (void)arguments;
    return scalar(EP_NONE, 0);
}
static const struct ep_function functions[] = {{"alpha", nothing, 0, 0, 0, 1}, {"beta", nothing, 0, 0, 0, 2}};
const struct ep_program eptrans_program = {
    .abi = EP_ABI, .word = WORD, .python3 = PYTHON3, .globals_bytes = 8, .native_stack_ratio = 64,
    .frame_count = 1, .site_count = 1, .file_count = 1, .function_count = 2,
    .frames = frames, .sites = sites, .files = files, .functions = functions,
    .runtime = &rt, .main = program_main,
};
"""


# ---- values as C, answers as values ---------------------------------------------------------------------


def _c_real(number: float) -> str:
    if math.isnan(number):
        return "NAN"
    if math.isinf(number):
        return "INFINITY" if number > 0 else "-INFINITY"
    return number.hex()


def _c_string(text: str) -> str:
    data = text.encode()
    body = "".join(f"\\{byte:03o}" for byte in data)
    return (
        f"(struct ep_string *)&(struct {{uint32_t r, f, b, c; char t[{len(data) + 1}];}})"
        f'{{EP_IMMORTAL, 0, {len(data)}, {len(text)}, "{body}"}}'
    )


def _list_kind(elements: Sequence[Value]) -> str:
    kinds = {bool: "EP_BOOL", float: "EP_REAL", Function: "EP_FUNCTION"}
    return kinds.get(type(elements[0]), "EP_INT") if elements else "EP_INT"


def _c_value(value: Value) -> str:
    """A constant initialiser of an ep_value that is no list."""
    if value is None:
        return "{EP_NONE, 0, {.integer = 0}}"
    if isinstance(value, float):
        return f"{{EP_REAL, 0, {{.real = {_c_real(value)}}}}}"
    if isinstance(value, str):
        return f"{{EP_STRING, 0, {{.string = {_c_string(value)}}}}}"
    if isinstance(value, Function):
        return f"{{EP_FUNCTION, 0, {{.integer = {value.index}}}}}"
    assert isinstance(value, int)
    tag = "EP_BOOL" if isinstance(value, bool) else "EP_INT"
    return f"{{{tag}, 0, {{.integer = (int64_t){int(value) & (1 << 64) - 1:#x}u}}}}"


def _c_given(value: Value) -> str:
    """A constant initialiser of a `struct given`."""
    if not isinstance(value, list):
        return f"{{{_c_value(value)}, 0, 0, NULL}}"
    elements = ", ".join(_c_value(element) for element in value or [None])
    return f"{{{_c_value(None)}, {_list_kind(value)}, {len(value)}, (const ep_value[]){{{elements}}}}}"


def read_answer(text: str) -> Value:
    """The value that `show` of the prelude has printed."""
    kind, rest = text[0], text[1:]
    if kind == "S":
        return bytes.fromhex(rest).decode()
    if kind == "L":
        return [read_answer(element) for element in rest.split(" ")[1:]]
    bits = int(rest, 16)
    number = bits - (1 << 64) if bits >> 63 else bits
    if kind == "R":
        return float(struct.unpack("d", struct.pack("Q", bits))[0])
    scalars: dict[str, Value] = {"N": None, "B": bool(number), "I": number, "F": Function(number)}
    return scalars[kind]


# ---- running --------------------------------------------------------------------------------------------


def _source(calls: Sequence[Call], machine_: Machine, selected: bool) -> str:
    """One C function for each different expression, and a table of calls with their operands."""
    kinds = {(call.expression, call.answer): number for number, call in enumerate(calls)}
    functions = [
        f"static ep_value call_{number}(struct ep_core *core, ep_value *v)\n{{\n"
        f"    ep_value result;\n    (void)core, (void)v;\n    SHOW_{answer}({expression});\n"
        "    return result;\n}\n"
        for (expression, answer), number in kinds.items()
    ]
    rows = []
    for call in calls:
        given = call.operands or (None,)
        operands = ", ".join(_c_given(operand) for operand in given)
        rows.append(f"    {{call_{kinds[call.expression, call.answer]}, {len(given)}, {{{operands}}}}},\n")
    return (
        f"#define WORD {machine_.word}\n#define PYTHON3 {int(machine_.python3)}\n"
        f"#define SELECTED {'core->id' if selected else '-1'}\n{_PRELUDE}\n{''.join(functions)}\n"
        f"static const struct row rows[] = {{\n{''.join(rows)}}};\n{_POSTLUDE}"
    )


def _build(folder: Path, source: str) -> Path:
    text, library = folder / "calls.c", folder / f"calls{abs(hash(source))}.so"
    text.write_text(source)
    subprocess.run([*CC, f"-I{RUNTIME}", str(text), "-o", str(library), "-lm"], check=True)
    return library


def run_lines(folder: Path, calls: Sequence[Call], machine_: Machine, input_text: str = "") -> Outcome:
    """Makes all calls, one after the other, on core 0; none of them may fault."""
    library = _build(folder, _source(calls, machine_, selected=False))
    given = folder / "input"
    given.write_text(input_text)
    with given.open("rb") as stream:
        outcome: Outcome = machine.run_program(
            str(library), replace(machine_.options, input_fd=stream.fileno())
        )
    assert outcome.status is Status.FINISHED, outcome
    return outcome


def run_calls(folder: Path, calls: Sequence[Call], machine_: Machine) -> tuple[list[Value], Outcome]:
    """The answers of all calls."""
    outcome = run_lines(folder, calls, machine_)
    lines = [re.sub(r"^\[device 0\] ?", "", line) for line in outcome.output.decode().splitlines()]
    return [read_answer(line) for line in lines], outcome


def run_faults(folder: Path, calls: Sequence[Call], machine_: Machine) -> Iterator[FaultReport | None]:
    """The fault of each call, made alone: core n makes call n; None where it ends well."""
    library = _build(folder, _source(calls, machine_, selected=True))
    for number in range(len(calls)):
        options = replace(machine_.options, cores=(number,))
        yield machine.run_program(str(library), options).fault


# ---- the machines to try, and the usual test ------------------------------------------------------

EPYTHON32, EPYTHON64 = Machine(32, False), Machine(64, False)
PYTHON32, PYTHON64 = Machine(32, True), Machine(64, True)
ALL_MACHINES = [EPYTHON32, EPYTHON64, PYTHON32, PYTHON64]


def name_of(machine_: Machine) -> str:
    """For the names of tests."""
    return f"{'python3' if machine_.python3 else 'epython'}-{machine_.word}"


def check(folder: Path, calls: Sequence[Call], expected: Sequence[Value], machine_: Machine) -> None:
    """Every call gives the value expected, of the same kind."""
    answers = run_calls(folder, calls, machine_)[0]
    for call, want, got in zip(calls, expected, answers, strict=True):
        assert same(want, got), (call, want, got)
