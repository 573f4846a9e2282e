"""The runtime's values: entries called from C programs, answers compared with Python's own."""

from __future__ import annotations

import math
import operator
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
from support.value_program import (
    ALL_MACHINES,
    EPYTHON32,
    PYTHON32,
    PYTHON64,
    Call,
    Function,
    Machine,
    Value,
    check,
    name_of,
    read_answer,
    run_faults,
    run_lines,
)
from support.word_model import Binary, NoResult, any_number, any_real, binary, rounder, same, to_single

from eptrans.format_spec import parse_format

NO_DIGITS = -(2**31)

every_machine = pytest.mark.parametrize("machine", ALL_MACHINES, ids=name_of)


# ---- operators -----------------------------------------------------------------------------------


@every_machine
def test_operators_agree_with_python(machine: Machine, tmp_path: Path) -> None:
    rng = random.Random(1)
    calls, expected = [], []
    while len(calls) < 500:
        op, a, b = Binary(rng.randrange(12)), any_number(rng, machine.word), any_number(rng, machine.word)
        try:
            want = binary(op, a, b, machine.word, machine.python3)
        except NoResult:
            continue
        calls.append(Call(f"rt->binary(core, {int(op)}, v[0], v[1])", (a, b)))
        expected.append(want)
    check(tmp_path, calls, expected, machine)


@every_machine
def test_comparisons_agree_with_python(machine: Machine, tmp_path: Path) -> None:
    rng = random.Random(2)
    real = rounder(machine.word)
    operators = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
    calls, expected = [], []
    for _ in range(400):
        a, b = any_number(rng, machine.word), any_number(rng, machine.word)
        if rng.random() < 0.3:
            a = rng.randint(2 ** (machine.word - 2), 2 ** (machine.word - 1) - 1)
            b = real(a)
        number = rng.randrange(6)
        mixed = isinstance(a, float) != isinstance(b, float)
        want = (
            operators[number](real(a), real(b)) if mixed and not machine.python3 else operators[number](a, b)
        )
        calls.append(Call(f"rt->compare(core, {number}, v[0], v[1])", (a, b), "BOOL"))
        expected.append(want)
    check(tmp_path, calls, expected, machine)


def test_values_of_different_kinds(tmp_path: Path) -> None:
    values: list[Value] = [None, 1, "a", [1], Function(0)]
    calls, expected = [], []
    for a in values:
        for b in values:
            if isinstance(a, list):
                continue  # arrays are equal to themselves only
            calls.append(Call("rt->compare(core, EP_EQUAL, v[0], v[1])", (a, b), "BOOL"))
            expected.append(a == b)
            calls.append(Call("rt->identical(core, v[0], v[1])", (a, b), "BOOL"))
            expected.append(a == b)
    calls += [Call("rt->truth(core, v[0])", (value,), "BOOL") for value in [*values, 0, 0.0, -0.0, "", []]]
    expected += [False, True, True, True, True, False, False, False, False, False]
    calls += [
        Call("rt->compare(core, EP_EQUAL, v[0], v[1])", ([1, 2], [1, 2]), "BOOL"),
        Call("rt->compare(core, EP_EQUAL, v[0], v[0])", ([1, 2],), "BOOL"),
    ]
    check(tmp_path, calls, [*expected, False, True], EPYTHON32)
    check(tmp_path, calls, [*expected, True, True], PYTHON32)


@every_machine
def test_unary_operators(machine: Machine, tmp_path: Path) -> None:
    least = -(2 ** (machine.word - 1))
    cases: list[tuple[str, Value, Value]] = [
        ("NEGATE", 5, -5),
        ("NEGATE", least, least),
        ("NEGATE", True, -1),
        ("NEGATE", 0.0, -0.0),
        ("INVERT", 5, -6),
        ("INVERT", True, -2),
        ("PLUS", True, 1),
        ("PLUS", -2.5, -2.5),
        ("ABSOLUTE", -7, 7),
        ("ABSOLUTE", least, least),
        ("ABSOLUTE", -0.0, 0.0),
        ("ABSOLUTE", -math.inf, math.inf),
    ]
    calls = [Call(f"rt->unary(core, EP_{name}, v[0])", (operand,)) for name, operand, _ in cases]
    check(tmp_path, calls, [want for _, _, want in cases], machine)


def test_strings_and_arrays_as_operands(tmp_path: Path) -> None:
    add, times = "rt->binary(core, EP_ADD, v[0], v[1])", "rt->binary(core, EP_MULTIPLY, v[0], v[1])"
    both = [
        (add, "ab", "é", "abé"),
        (times, "é", 3, "ééé"),
        (times, 2, "ab", "abab"),
        (times, "a", -1, ""),
        (times, [1, 2], 2, [1, 2, 1, 2]),
        (times, 2, [1.5], [1.5, 1.5]),
        (times, [1], 0, []),
    ]
    loose = [
        (add, "v=", 1, "v=1"),
        (add, 2.5, "!", "2.500000!"),
        (add, "", True, "true"),
        (add, None, "", "NONE"),
        (add, "a", [1, 2], "a[1, 2]"),
        (add, Function(1), "", "<function beta>"),
    ]
    for machine, cases in ((EPYTHON32, both + loose), (PYTHON64, both)):
        check(
            tmp_path,
            [Call(expression, (a, b)) for expression, a, b, _ in cases],
            [want for *_, want in cases],
            machine,
        )


# ---- text ----------------------------------------------------------------------------------------


def shortest_single(number: float) -> str:
    """The decimal of fewest digits, nearest to the number, that reads back as the same float."""
    exact = Decimal(number)
    for precision in range(9):
        nearest = Decimal(f"{number:.{precision}e}")
        last = Decimal(1).scaleb(nearest.adjusted() - precision)
        near = [c for c in (nearest, nearest - last, nearest + last) if to_single(float(c)) == number]
        if near:
            return repr(float(min(near, key=lambda c: abs(c - exact))))
    raise AssertionError(number)


def python_text(number: float, word: int) -> str:
    if word == 64 or number == 0 or not math.isfinite(number):
        return repr(number)
    return shortest_single(number)


@every_machine
def test_reals_as_text(machine: Machine, tmp_path: Path) -> None:
    rng = random.Random(3)
    numbers = [any_real(rng, machine.word) for _ in range(300)]
    numbers += [rounder(machine.word)(math.ldexp(1.0, n)) for n in range(-1074, 1024, 17)]
    if machine.python3:
        expected = [python_text(number, machine.word) for number in numbers]
    else:
        expected = ["nan" if math.isnan(number) else f"{number:f}" for number in numbers]
    check(
        tmp_path, [Call("rt->join(core, 1, v)", (number,), "STRING") for number in numbers], expected, machine
    )


NESTED = "(v[0] = array_value(rt->new_array(core, EP_INT, 2, (int64_t[]){2, 3}, 0)), rt->join(core, 1, v))"

# Each value as text in `epython` and in `python3`.
TEXTS: list[tuple[Value, str, str]] = [
    (0, "0", "0"),
    (-1, "-1", "-1"),
    (2**31 - 1, "2147483647", "2147483647"),
    (-(2**31), "-2147483648", "-2147483648"),
    (True, "true", "True"),
    (False, "false", "False"),
    (None, "NONE", "None"),
    ("as is é", "as is é", "as is é"),
    ([1, 2], "[1, 2]", "[1, 2]"),
    ([], "[]", "[]"),
    ([1.5, -0.0], "[1.500000, -0.000000]", "[1.5, -0.0]"),
    ([True], "[true]", "[True]"),
    (Function(0), "<function alpha>", "<function alpha>"),
    ([Function(1)], "[<function beta>]", "[<function beta>]"),
]


def test_other_kinds_as_text(tmp_path: Path) -> None:
    calls = [Call("rt->join(core, 1, v)", (value,), "STRING") for value, _, _ in TEXTS]
    calls.append(Call(NESTED, (), "STRING"))
    nested = "[[0, 0, 0], [0, 0, 0]]"
    check(tmp_path, calls, [*(text for _, text, _ in TEXTS), nested], EPYTHON32)
    check(tmp_path, calls, [*(text for _, _, text in TEXTS), nested], PYTHON32)


def test_print_separates_and_ends(tmp_path: Path) -> None:
    long_text = "ab" * 2000 + "é" * 300
    calls = [
        Call('(rt->print(core, 3, v, ", ", ".\\n"), v[0])', (1, 2.5, "x")),
        Call('(rt->print(core, 2, v, "", "\\n"), v[2])', (long_text[:4000], long_text[4000:], 7)),
    ]
    outcome = run_lines(tmp_path, calls, EPYTHON32)
    assert outcome.output.decode().splitlines() == [
        "[device 0] 1, 2.500000, x.",
        "[device 0] I1",
        f"[device 0] {long_text}",
        "[device 0] I7",
    ]


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("12", 12),
        ("-5 ", -5),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("abc", "abc"),
        ("inf", "inf"),
        ("", ""),
        ("é x", "é x"),
        ("99999999999", 99999997952.0),
        ("0x10", "0x10"),
        (".5", 0.5),
    ],
)
def test_input_by_its_look(line: str, loose: Value, tmp_path: Path) -> None:
    call = Call("rt->input(core, v[0])", ("?",))
    for machine, want in ((EPYTHON32, loose), (PYTHON32, line)):
        outcome = run_lines(tmp_path, [call], machine, input_text=line + "\n")
        shown = outcome.output.decode().splitlines()[-1]
        assert same(read_answer(shown.removeprefix("[device 0] ").removeprefix("?")), want), outcome.output


# ---- formats -------------------------------------------------------------------------------------


def any_format(rng: random.Random) -> tuple[Value, str]:
    value: Value
    choice = rng.randrange(4)
    if choice == 0:
        value = rng.randint(-(2 ** rng.randint(1, 63)), 2 ** rng.randint(1, 63) - 1)
        types = ["", *"dxXobfegGE%"]
    elif choice == 1:
        value, types = any_real(rng, 64), ["", *"fFeEgG%"]
    elif choice == 2:
        value, types = rng.choice(["", "abc", "héé", "日本語"]), ["", "s"]
    else:
        value, types = rng.choice([True, False]), ["", *"dxf"]
    spec = [rng.choice(["", *"*éx0"]) + rng.choice("<>^=") if rng.random() < 0.4 else ""]
    if choice != 2:
        spec += [rng.choice(["", "", *"+- "]), rng.choice(["", "", "", "#"]), rng.choice(["", "", "0"])]
    spec += [str(rng.randint(1, 30)) if rng.random() < 0.6 else ""]
    if choice != 2:
        spec += [rng.choice(["", "", "", *",_"])]
    if choice in (1, 2) and rng.random() < 0.6:
        spec += [f".{rng.choice([0, 1, 2, 3, 6, 17, 20, 40])}"]
    return value, "".join(spec) + rng.choice(types)


def c_format(spec: str) -> str:
    read = parse_format(spec)
    fields = [f"{ord(part)}" if part else "0" for part in (read.type, read.align, read.sign, read.grouping)]
    fill = "".join(f"\\{byte:03o}" for byte in read.fill.encode())
    precision = 0 if read.precision is None else read.precision
    return (
        f"&(struct ep_format){{{', '.join(fields)}, {int(read.alternate)}, "
        f'{int(read.precision is not None)}, {precision}, {read.width}, "{fill}"}}'
    )


def test_formats_agree_with_python(tmp_path: Path) -> None:
    rng = random.Random(4)
    calls, expected = [], []
    while len(calls) < 600:
        value, spec = any_format(rng)
        try:
            want = format(value, spec)
        except ValueError:
            continue
        if isinstance(value, str) and "=" in spec:
            continue
        calls.append(Call(f"rt->format(core, v[0], {c_format(spec)})", (value,), "STRING"))
        expected.append(want)
    for value, spec in ((65, "c"), (0x65E5, "5c"), (0x1F600, "<3c"), (233, "c")):
        calls.append(Call(f"rt->format(core, v[0], {c_format(spec)})", (value,), "STRING"))
        expected.append(format(value, spec))
    check(tmp_path, calls, expected, PYTHON64)


def test_formats_of_epython(tmp_path: Path) -> None:
    cases: list[tuple[Value, str, str]] = [
        (1.5, "", "1.500000"),
        (1.5, "10", "  1.500000"),
        (1.5, ".2", "1.5"),
        (True, "", "true"),
        (None, "6", "NONE  "),
        (1.5, "s", "1.500000"),
        (3, ">4", "   3"),
        ([1, 2], "", "[1, 2]"),
    ]
    calls = [
        Call(f"rt->format(core, v[0], {c_format(spec)})", (value,), "STRING") for value, spec, _ in cases
    ]
    check(tmp_path, calls, [want for *_, want in cases], EPYTHON32)


# ---- conversion ----------------------------------------------------------------------------------


def test_texts_as_numbers(tmp_path: Path) -> None:
    rng = random.Random(5)
    texts = ["".join(rng.choice("0123456789_.eE+- ") for _ in range(rng.randint(1, 7))) for _ in range(1000)]
    texts += [" 12 ", "+7", "1_000", "-9223372036854775808", "inf", "-Infinity", "NaN", "1e400", ".5", "5."]
    calls, expected = [], []
    for reader, entry in ((int, "parse_int"), (float, "parse_real")):
        for text in texts:
            try:
                expected.append(reader(text))
            except ValueError:
                continue
            calls.append(Call(f"rt->{entry}(core, v[0])", (text,)))
    check(tmp_path, calls, expected, PYTHON64)


def test_reals_as_ints(tmp_path: Path) -> None:
    cases = [
        (2.9, 2),
        (-2.9, -2),
        (1e10, 2**31 - 1),
        (-1e10, -(2**31)),
        (math.nan, 0),
        (math.inf, 2**31 - 1),
        (2147483520.0, 2147483520),
    ]
    check(
        tmp_path,
        [Call("rt->parse_int(core, v[0])", (number,)) for number, _ in cases],
        [want for _, want in cases],
        EPYTHON32,
    )


def test_round_agrees_with_python(tmp_path: Path) -> None:
    rng = random.Random(6)
    calls, expected = [], []
    for _ in range(250):
        number = rng.choice(
            [any_real(rng, 64), rng.randint(-99, 99) / 2, rng.randint(-999, 999) / 8, 2.675, 25.0]
        )
        digits = rng.randint(-6, 12)
        if not math.isfinite(number):
            continue
        calls.append(Call(f"rt->round_to(core, v[0], {digits})", (number,)))
        expected.append(round(number, digits))
        if abs(number) < 2**63:
            calls.append(Call(f"rt->round_to(core, v[0], {NO_DIGITS})", (number,)))
            expected.append(round(number))
        whole = rng.randint(-(10**12), 10**12)
        calls.append(Call(f"rt->round_to(core, v[0], {digits})", (whole,)))
        expected.append(round(whole, digits))
    check(tmp_path, calls, expected, PYTHON64)


# ---- faults --------------------------------------------------------------------------------------

BINARY = "rt->binary(core, EP_{}, v[0], v[1])"
COMMON_FAULTS: list[tuple[Call, str]] = [
    (Call(BINARY.format("FLOOR_DIVIDE"), (1, 0)), "division by zero"),
    (Call(BINARY.format("MODULO"), (1, 0)), "division by zero"),
    (Call(BINARY.format("SHIFT_LEFT"), (1, 32)), r"shift count 32 is outside the word \(0 to 31\)"),
    (Call(BINARY.format("SHIFT_RIGHT"), (1, -1)), "shift count -1 is outside the word"),
    (Call(BINARY.format("SUBTRACT"), ("a", 1)), "a number .*string"),
    (Call(BINARY.format("BIT_AND"), (1.5, 1)), "an int .*real"),
    (Call(BINARY.format("ADD"), (None, 1)), "a number .*none"),
    (Call("rt->unary(core, EP_NEGATE, v[0])", ([1],)), "a number .*array"),
    (Call("rt->compare(core, EP_LESS, v[0], v[1])", (1, "a"), "BOOL"), "a number .*string"),
    (Call("rt->compare(core, EP_LESS, v[0], v[1])", (None, 1), "BOOL"), "a number or a string .*none"),
    (Call("rt->parse_int(core, v[0])", ("abc",)), r'int\("abc"\): not a number'),
    (Call("rt->parse_int(core, v[0])", ("2.5",)), r'int\("2.5"\): not a whole number'),
    (Call("rt->parse_int(core, v[0])", ("99999999999",)), "does not fit a word of 32 bits"),
    (Call("rt->parse_real(core, v[0])", ("é" * 50,)), r'float\("é{30}\.\.\."\): not a number'),
    (Call("rt->string_index(core, v[0].as.string, 3)", ("abc",), "STRING"), "index 3 is out of range"),
    (Call("array_value(rt->new_array(core, EP_INT, 1, (int64_t[]){-3}, 0))"), "array size -3 is negative"),
    (
        Call("array_value(rt->new_array(core, EP_INT, 1, (int64_t[]){100000000}, 0))"),
        "out of memory: an array of 400000008 bytes does not fit; "
        "local memory has 32768 of 32768 bytes free, this core's share of shared memory 33554432 of 33554432",
    ),
    (
        Call("array_value(rt->new_array(core, EP_INT, 2, (int64_t[]){1LL << 40, 1LL << 40}, 0))"),
        "out of memory",
    ),
    (Call("({ rt->free(core, v[0]); rt->free(core, v[0]); v[0]; })", ([1],)), "freed already"),
    (Call("({ rt->free(core, v[0]); rt->join(core, 1, v); })", ([1],), "STRING"), "the array was freed"),
    (
        Call("({ rt->free(core, v[0]); rt->shape(core, v[0].as.array); })", ([1],), "ARRAY"),
        "the array was freed",
    ),
    (Call("({ rt->free(core, v[0]); v[0]; })", (5,)), "an array .*int"),
    (
        Call("({ rt->odd_sort(core, v[0].as.array, 3); v[0]; })", ([1, 2],)),
        "3 elements of an array of size 2",
    ),
    (
        Call("({ rt->array_copy(core, v[0].as.array, v[1].as.array); v[0]; })", ([1, 2], [1])),
        "target has 2 elements and the source 1",
    ),
    (
        Call("({ rt->convert_array(core, v[0].as.array, EP_REAL); v[0]; })", ([Function(0)],)),
        "an array of numbers",
    ),
    (Call(f"rt->format(core, v[0], {c_format('d')})", (1.5,), "STRING"), "a real cannot be formatted as 'd'"),
    (
        Call(f"rt->format(core, v[0], {c_format('x')})", ("a",), "STRING"),
        "a string cannot be formatted as 'x'",
    ),
    (Call(f"rt->format(core, v[0], {c_format('.2')})", (1,), "STRING"), "precision"),
]
EPYTHON_FAULTS = [
    (Call(BINARY.format("POWER"), (2, -1)), "a negative exponent of an int"),
    (Call(BINARY.format("DIVIDE"), (1, 0)), "division by zero"),
]
PYTHON_FAULTS = [
    (Call(BINARY.format("ADD"), ("a", 1)), "a string .*int"),
    (Call(BINARY.format("DIVIDE"), (1.0, 0.0)), "division by zero"),
    (Call(BINARY.format("MODULO"), (1.0, 0)), "division by zero"),
    (Call(BINARY.format("POWER"), (0, -1)), "0.0 cannot be raised to a negative power"),
    (Call(BINARY.format("POWER"), (-8.0, 0.5)), "no power with a fractional exponent"),
    (Call("rt->parse_int(core, v[0])", (math.nan,)), "nan has no int"),
    (Call("rt->parse_int(core, v[0])", (1e10,)), "too large for an int"),
]


@pytest.mark.parametrize(
    ("machine", "cases"),
    [(EPYTHON32, COMMON_FAULTS + EPYTHON_FAULTS), (PYTHON32, COMMON_FAULTS + PYTHON_FAULTS)],
    ids=["epython", "python3"],
)
def test_faults_say_what_is_wrong(machine: Machine, cases: list[tuple[Call, str]], tmp_path: Path) -> None:
    faults = run_faults(tmp_path, [call for call, _ in cases], machine)
    for (call, pattern), fault in zip(cases, faults, strict=True):
        assert fault is not None, call
        assert re.search(pattern, fault.message), (call, fault.message)
