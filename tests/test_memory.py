"""The runtime's memory: strings and arrays as a whole, what they take, and when it comes back."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from support.value_program import (
    ALL_MACHINES,
    EPYTHON32,
    EPYTHON64,
    PYTHON32,
    PYTHON64,
    Call,
    Machine,
    Value,
    check,
    name_of,
    run_calls,
)
from support.word_model import to_single

every_machine = pytest.mark.parametrize("machine", ALL_MACHINES, ids=name_of)
both_words = pytest.mark.parametrize("machine", [PYTHON32, PYTHON64], ids=name_of)


# ---- strings by characters, arrays as a whole ----------------------------------------------------


def any_slice(rng: random.Random, length: int) -> tuple[int, int, int]:
    part = slice(
        rng.choice([None, rng.randint(-6, 6)]),
        rng.choice([None, rng.randint(-6, 6)]),
        rng.choice([None, 1, 2, -1, -2, 3]),
    )
    return part.indices(length)


@both_words
def test_slices_agree_with_python(machine: Machine, tmp_path: Path) -> None:
    rng = random.Random(7)
    calls, expected = [], []
    for _ in range(150):
        text = "".join(rng.choice("abé日😀") for _ in range(rng.randint(0, 5)))
        numbers: list[Value] = [rng.randint(-9, 9) for _ in range(rng.randint(0, 6))]
        if text:
            place = rng.randint(-len(text), len(text) - 1)
            calls.append(Call(f"rt->string_index(core, v[0].as.string, {place})", (text,), "STRING"))
            expected.append(text[place])
        start, stop, step = any_slice(rng, len(text))
        calls.append(
            Call(f"rt->string_slice(core, v[0].as.string, {start}, {stop}, {step})", (text,), "STRING")
        )
        expected.append("".join(text[i] for i in range(start, stop, step)))
        start, stop, step = any_slice(rng, len(numbers))
        calls.append(
            Call(f"rt->slice_array(core, v[0].as.array, {start}, {stop}, {step})", (numbers,), "ARRAY")
        )
        expected.append([numbers[i] for i in range(start, stop, step)])
    check(tmp_path, calls, expected, machine)


@both_words
def test_sort_is_stable_and_partial(machine: Machine, tmp_path: Path) -> None:
    rng = random.Random(8)
    calls, expected = [], []
    for _ in range(60):
        numbers: list = [rng.choice([rng.randint(-50, 50), 0]) for _ in range(rng.randint(0, 120))]
        if rng.random() < 0.5:
            numbers = [rng.choice([0.0, -0.0, to_single(number / 7)]) for number in numbers]
        count = rng.randint(0, len(numbers))
        calls.append(Call(f"rt->odd_sort(core, v[0].as.array, {count})", (numbers,), "FIRST"))
        expected.append(sorted(numbers[:count]) + numbers[count:])
    calls.append(Call("rt->odd_sort(core, v[0].as.array, 4)", ([math.nan, 2.0, math.nan, 1.0],), "FIRST"))
    expected.append([1.0, 2.0, math.nan, math.nan])
    check(tmp_path, calls, expected, machine)


@every_machine
def test_array_operations(machine: Machine, tmp_path: Path) -> None:
    make = "array_value(rt->new_array(core, EP_INT, 2, (int64_t[]){2, 3}, 0))"
    array = "v[0].as.array"
    calls = [
        Call(f"rt->grow_list(core, {array}, 5)", ([1, 2],), "FIRST"),
        Call(f"rt->convert_array(core, {array}, EP_REAL)", ([1, -2],), "FIRST"),
        Call(f"rt->convert_array(core, {array}, EP_INT)", ([True, False],), "FIRST"),
        Call(f"rt->array_copy(core, {array}, v[1].as.array)", ([1, 2], [0.5, 1.5]), "FIRST"),
        Call(f"rt->array_copy(core, {array}, v[1].as.array)", ([0.5, 1.5], [1, 2]), "FIRST"),
        Call(f"rt->array_copy(core, {array}, v[1].as.array)", ([True], [7]), "FIRST"),
        Call(f"rt->copy_array(core, {array})", ([1.5, 2.5],), "ARRAY"),
        Call(f"(v[0] = {make}, rt->shape(core, {array}))", (), "ARRAY"),
        Call(f"({{ v[0] = {make}; rt->flatten(core, {array}); }})", (), "FIRST"),
    ]
    check(
        tmp_path,
        calls,
        [[1, 2, 0, 0, 0], [1.0, -2.0], [1, 0], [0.5, 1.5], [1.0, 2.0], [7], [1.5, 2.5], [2, 3], [0] * 6],
        machine,
    )


# ---- memory --------------------------------------------------------------------------------------


def peaks(
    folder: Path, expression: str, machine: Machine, operands: tuple[Value, ...] = ()
) -> tuple[int, int]:
    """Peak bytes of local and shared memory of a program that only makes this call."""
    outcome = run_calls(folder, [Call(f"({expression}, scalar(EP_NONE, 0))", operands)], machine)[1]
    return outcome.local_peak[0], outcome.shared_peak[0]


def test_sizes_are_those_of_the_device(tmp_path: Path) -> None:
    new = "rt->new_array(core, EP_INT, {}, (int64_t[]){{{}}}, {})"
    keep = "v[0] = array_value({})"
    cases = [
        (EPYTHON32, keep.format(new.format(1, 10, 0)), (48, 0)),
        (EPYTHON64, keep.format(new.format(1, 10, 0)), (96, 0)),
        (EPYTHON32, keep.format(new.format(3, "2, 3, 4", 0)), (4 * (2 + 2 + 24), 0)),
        (EPYTHON32, keep.format(new.format(1, 10, "EP_SHARED")), (0, 48)),
        (EPYTHON32, keep.format(new.format(1, 8190, 0)), (32768, 0)),
        (EPYTHON32, keep.format(new.format(1, 8191, 0)), (0, 32772)),
        (EPYTHON32, "v[0] = string_value(rt->join(core, 2, v))", (8 + 8, 0)),
    ]
    for machine, expression, want in cases:
        operands: tuple[Value, ...] = ("abc", "de") if "join" in expression else (None,)
        assert peaks(tmp_path, expression, machine, operands) == want, expression


def test_memory_comes_back_at_once(tmp_path: Path) -> None:
    loop = (
        "({ for (int i = 0; i < 100000; i++) { int64_t size = 1000 + i % 7000;"
        " struct ep_array *a = rt->new_array(core, EP_INT, 1, &size, 0);"
        " rt->release_array(core, a); } scalar(EP_NONE, 0); })"
    )
    outcome = run_calls(tmp_path, [Call(loop)], EPYTHON32)[1]
    assert outcome.local_peak[0] == 4 * (2 + 7999)
    assert outcome.shared_peak[0] == 0


def test_a_freed_array_keeps_its_header_only(tmp_path: Path) -> None:
    loop = (
        "({ for (int i = 0; i < 1000; i++) { int64_t size = 8000;"
        " struct ep_array *a = rt->new_array(core, EP_INT, 1, &size, 0);"
        " rt->free(core, array_value(a));"
        " struct ep_array *b = rt->new_array(core, EP_INT, 1, &size, 0);"
        " rt->release_array(core, b); rt->release_array(core, a); } scalar(EP_NONE, 0); })"
    )
    outcome = run_calls(tmp_path, [Call(loop)], EPYTHON32)[1]
    assert (outcome.local_peak[0], outcome.shared_peak[0]) == (4 * (8002 + 2), 0)


def test_lists_grow_by_exactly_what_they_need(tmp_path: Path) -> None:
    loop = (
        "({ int64_t size = 1; struct ep_array *a = rt->new_array(core, EP_INT, 1, &size, EP_LIST);"
        " for (int64_t n = 2; n <= %d; n++) { rt->grow_list(core, a, n); ((int32_t *)a->data)[n - 1] = n; }"
        " int64_t sum = 0; for (int64_t i = 0; i < a->length; i++) sum += ((int32_t *)a->data)[i];"
        " rt->release_array(core, a); scalar(EP_INT, sum); })"
    )
    (total,), outcome = run_calls(tmp_path, [Call(loop % 5000)], EPYTHON32)
    assert total == 5000 * 5001 // 2 - 1
    assert (outcome.local_peak[0], outcome.shared_peak[0]) == (4 * 5002, 0)
    outcome = run_calls(tmp_path, [Call(loop % 9000)], EPYTHON32)[1]
    assert (outcome.local_peak[0], outcome.shared_peak[0]) == (32768, 4 * 9002)


_RANDOM_USE = r"""
({
    struct ep_array *held[48] = {0};
    uint64_t state = 88172645463325252u;
    int64_t wrong = 0;
    for (int step = 0; step < 200000; step++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        struct ep_array **place = &held[state % 48], *array = *place;
        int64_t size = (int64_t)(state >> 20) % (step % 7 ? 90 : 5000);
        if (array == NULL) {
            array = *place = rt->new_array(core, EP_INT, 1, &size, EP_LIST);
            for (int64_t i = 0; i < size; i++) {
                wrong += ((int32_t *)array->data)[i] != 0;
                ((int32_t *)array->data)[i] = (int32_t)((place - held) * 100000 + i);
            }
            continue;
        }
        for (int64_t i = 0; i < array->length; i++)
            wrong += ((int32_t *)array->data)[i] != (int32_t)((place - held) * 100000 + i);
        if (state >> 60 < 6 && !(array->flags & EP_FREED)) {
            int64_t old = array->length;
            rt->grow_list(core, array, old + size / 4);
            for (int64_t i = old; i < array->length; i++) {
                wrong += ((int32_t *)array->data)[i] != 0;
                ((int32_t *)array->data)[i] = (int32_t)((place - held) * 100000 + i);
            }
        } else if (state >> 60 < 8 && !(array->flags & EP_FREED))
            rt->free(core, array_value(array));
        else {
            rt->release_array(core, array);
            *place = NULL;
        }
    }
    for (int i = 0; i < 48; i++)
        if (held[i] != NULL)
            rt->release_array(core, held[i]);
    int64_t all = 8190, all_shared = (32 << 20) / 4 - 2;
    struct ep_array *local = rt->new_array(core, EP_INT, 1, &all, 0);
    struct ep_array *shared = rt->new_array(core, EP_INT, 1, &all_shared, 0);
    wrong += (local->flags & EP_SHARED) != 0;
    rt->release_array(core, local), rt->release_array(core, shared);
    scalar(EP_INT, wrong);
})
"""


def test_random_use_leaves_nothing_behind(tmp_path: Path) -> None:
    """Elements stay what they are, new ones are 0, and at the end both memories fit whole arrays again."""
    (wrong,), outcome = run_calls(tmp_path, [Call(_RANDOM_USE)], EPYTHON32)
    assert wrong == 0
    assert outcome.local_peak[0] == 32768
