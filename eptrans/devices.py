"""The device functions: one table that the checker, the code generator and the documentation read.

A function has one form for each number of arguments that changes its meaning (`send(x, p)` and
`send(a, p, n)`). A form tells the kinds of its parameters, how the kind of its result follows, and
the C that performs it: an entry of the runtime (`eptrans_rt.h`) or an inline function
(`eptrans_inline.h`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class Wants(Enum):
    """What a parameter takes; a value of another kind is an error."""

    INT = auto()
    REAL = auto()  # ints and bools are converted
    NUMBER = auto()
    ANY = auto()
    ARRAY = auto()
    FUNCTION = auto()
    REDUCTION = auto()  # one of "sum" "prod" "min" "max"
    REST = auto()  # any number of further values


class Gives(Enum):
    """How the kind of the result follows."""

    NONE = auto()
    NEVER = auto()  # does not return
    BOOL = auto()
    INT = auto()
    REAL = auto()
    STRING = auto()
    WHOLE = auto()  # a whole number: a real in epython, an int in python3
    AS_POWER = auto()  # the kind that `a ** b` has
    AS_NUMBER = auto()  # int for ints and bools, real for reals
    FIRST_ARGUMENT = auto()
    INT_ARRAY = auto()
    ELEMENT = auto()  # an element of the array given
    RECEIVED = auto()  # the join of all that is sent
    RECEIVED_ARRAY = auto()
    BROADCAST = auto()  # the join of all that is broadcast
    REDUCED = auto()
    EXPOSED = auto()  # an array that some core exposes, not a copy
    FARM_RESULT = auto()  # the join of all that farmed functions return, or none
    READ = auto()  # input: an int, a real or a string


class Through(Enum):
    """How generated code performs it."""

    ENTRY = auto()  # a pointer in struct ep_runtime
    INLINE = auto()  # a function of eptrans_inline.h, given the place first
    MATH = auto()  # a function of C's math library on doubles, rounded to the word
    FIELD = auto()  # a field of the core's record
    SPECIAL = auto()  # an operation of the IR: the front end builds it


@dataclass(frozen=True)
class Form:
    """What a call with a certain number of arguments takes, gives and is performed by."""

    parameters: tuple[Wants, ...]
    gives: Gives
    through: Through
    target: str

    @property
    def has_rest(self) -> bool:
        return Wants.REST in self.parameters

    def accepts(self, count: int) -> bool:
        fixed = len(self.parameters) - self.has_rest
        return count >= fixed if self.has_rest else count == fixed


@dataclass(frozen=True)
class DeviceFunction:
    """One name of a device module. `usage` and `help` are what the documentation prints."""

    name: str
    module: str
    usage: str
    help: str
    forms: tuple[Form, ...]

    def form_for(self, count: int) -> int | None:
        """The number of the form that takes `count` arguments."""
        return next((i for i, form in enumerate(self.forms) if form.accepts(count)), None)


@dataclass(frozen=True)
class DeviceConstant:
    """A name of a device module that stands for a number, as a value or called."""

    name: str
    module: str
    value: float
    help: str


def _entry(gives: Gives, target: str, *parameters: Wants) -> Form:
    return Form(parameters, gives, Through.ENTRY, target)


def _inline(gives: Gives, target: str, *parameters: Wants) -> Form:
    return Form(parameters, gives, Through.INLINE, target)


def _math(name: str, help_text: str) -> DeviceFunction:
    form = Form((Wants.REAL,), Gives.REAL, Through.MATH, name)
    return DeviceFunction(name, "math", f"{name}(x)", help_text, (form,))


def _field(name: str, target: str, gives: Gives, help_text: str) -> DeviceFunction:
    form = Form((), gives, Through.FIELD, target)
    return DeviceFunction(name, "parallel", f"{name}()", help_text, (form,))


_INT, _REAL, _NUMBER, _ANY = Wants.INT, Wants.REAL, Wants.NUMBER, Wants.ANY
_ARRAY, _FUNCTION, _REST = Wants.ARRAY, Wants.FUNCTION, Wants.REST

DEVICE_FUNCTIONS: tuple[DeviceFunction, ...] = (
    # -- parallel
    _field("coreid", "id", Gives.INT, "number of this core"),
    _field("numcores", "count", Gives.INT, "how many cores run the program"),
    _field("ishost", "is_host", Gives.BOOL, "true on a host core"),
    DeviceFunction(
        "isdevice",
        "parallel",
        "isdevice()",
        "true on a core of the device",
        (_inline(Gives.BOOL, "ep_is_device"),),
    ),
    DeviceFunction(
        "send",
        "parallel",
        "send(x, p[, n])",
        "send a value, or the first n elements of an array, to core p; returns when it is taken",
        (_entry(Gives.NONE, "send", _ANY, _INT), _entry(Gives.NONE, "send_elements", _ARRAY, _INT, _INT)),
    ),
    DeviceFunction(
        "recv",
        "parallel",
        "recv(p[, n])",
        "take the next value from core p, or its next n values as an array",
        (_entry(Gives.RECEIVED, "recv", _INT), _entry(Gives.RECEIVED_ARRAY, "recv_elements", _INT, _INT)),
    ),
    DeviceFunction(
        "sendrecv",
        "parallel",
        "sendrecv(x, p[, n])",
        "send to core p and receive from it at once",
        (
            _entry(Gives.RECEIVED, "sendrecv", _ANY, _INT),
            _entry(Gives.RECEIVED_ARRAY, "sendrecv_elements", _ARRAY, _INT, _INT),
        ),
    ),
    DeviceFunction(
        "bcast",
        "parallel",
        "bcast(x, root)",
        "the value that core root gives, on every core",
        (_entry(Gives.BROADCAST, "bcast", _ANY, _INT),),
    ),
    DeviceFunction(
        "reduce",
        "parallel",
        'reduce(x, "sum"|"prod"|"min"|"max")',
        "the values of all cores combined in core order, on every core",
        (_entry(Gives.REDUCED, "reduce", _ANY, Wants.REDUCTION),),
    ),
    DeviceFunction(
        "sync", "parallel", "sync()", "wait until all cores are here", (_entry(Gives.NONE, "sync"),)
    ),
    DeviceFunction(
        "nonblocking_send",
        "parallel",
        "nonblocking_send(x, p)",
        "send without waiting; one message may be under way to each core",
        (_entry(Gives.NONE, "nonblocking_send", _ANY, _INT),),
    ),
    DeviceFunction(
        "test_sent",
        "parallel",
        "test_sent(p)",
        "whether the last non-blocking send to core p was taken",
        (_entry(Gives.BOOL, "test_sent", _INT),),
    ),
    DeviceFunction(
        "wait_sent",
        "parallel",
        "wait_sent(p)",
        "wait until the last non-blocking send to core p was taken",
        (_entry(Gives.NONE, "wait_sent", _INT),),
    ),
    DeviceFunction(
        "probe",
        "parallel",
        "probe(p)",
        "whether a message from core p has arrived",
        (_entry(Gives.BOOL, "probe", _INT),),
    ),
    # -- taskfarm
    DeviceFunction(
        "initTaskFarm",
        "taskfarm",
        "initTaskFarm(master)",
        "open the farm, on every core",
        (_entry(Gives.NONE, "farm_init", _INT),),
    ),
    DeviceFunction(
        "execFunction",
        "taskfarm",
        "execFunction(p, f, ...)",
        "give core p a task: call f with these arguments; returns once the task is there",
        (_entry(Gives.NONE, "farm_exec", _INT, _FUNCTION, _REST),),
    ),
    DeviceFunction(
        "testFunctionFinish",
        "taskfarm",
        "testFunctionFinish(p)",
        "whether core p's result is ready",
        (_entry(Gives.BOOL, "farm_test", _INT),),
    ),
    DeviceFunction(
        "waitFunctionFinish",
        "taskfarm",
        "waitFunctionFinish(p)",
        "wait for core p's result and take it; none if there is none",
        (_entry(Gives.FARM_RESULT, "farm_wait", _INT),),
    ),
    DeviceFunction(
        "worker",
        "taskfarm",
        "worker()",
        "run tasks until the farm shuts down",
        (_entry(Gives.NONE, "farm_worker"),),
    ),
    DeviceFunction(
        "shutdownTaskFarm",
        "taskfarm",
        "shutdownTaskFarm()",
        "wait for all tasks and release the workers",
        (_entry(Gives.NONE, "farm_shutdown"),),
    ),
    # -- array
    DeviceFunction(
        "array",
        "array",
        "array(d1, ..., dn)",
        "a new array of n dimensions, filled with 0",
        (Form((_INT, _REST), Gives.FIRST_ARGUMENT, Through.SPECIAL, "array"),),
    ),
    DeviceFunction(
        "shared_mem_array",
        "array",
        "shared_mem_array(d1, ..., dn)",
        "the same in shared memory",
        (Form((_INT, _REST), Gives.FIRST_ARGUMENT, Through.SPECIAL, "shared_mem_array"),),
    ),
    DeviceFunction(
        "len",
        "array",
        "len(x)",
        "elements of an array, characters of a string, else 0",
        (Form((_ANY,), Gives.INT, Through.SPECIAL, "len"),),
    ),
    DeviceFunction(
        "size",
        "array",
        "size(a)",
        "elements of an array, of all dimensions together",
        (Form((_ANY,), Gives.INT, Through.SPECIAL, "len"),),
    ),
    DeviceFunction(
        "shape",
        "array",
        "shape(a)",
        "the size of each dimension, as an array",
        (_entry(Gives.INT_ARRAY, "shape", _ARRAY),),
    ),
    DeviceFunction(
        "ndim", "array", "ndim(a)", "how many dimensions", (_inline(Gives.INT, "ep_dimensions", _ARRAY),)
    ),
    DeviceFunction(
        "nbytes",
        "array",
        "nbytes(a)",
        "bytes that the elements take",
        (_inline(Gives.INT, "ep_bytes", _ARRAY),),
    ),
    DeviceFunction(
        "flatten",
        "array",
        "flatten(a)",
        "make the array one-dimensional, in place, and return it",
        (_inline(Gives.FIRST_ARGUMENT, "ep_flatten", _ARRAY),),
    ),
    DeviceFunction(
        "arraycopy",
        "array",
        "arraycopy(target, source)",
        "copy all elements; both have the same size",
        (_entry(Gives.NONE, "array_copy", _ARRAY, _ARRAY),),
    ),
    DeviceFunction(
        "freearray",
        "array",
        "freearray(a)",
        "give an array's memory back at once",
        (_entry(Gives.NONE, "free", _ANY),),
    ),
    # -- util
    DeviceFunction(
        "range",
        "util",
        "range([from,] to[, step])",
        "the numbers from `from` to `to`, which is included",
        (Form((_INT, _REST), Gives.INT_ARRAY, Through.SPECIAL, "range"),),
    ),
    DeviceFunction(
        "xrange",
        "util",
        "xrange([from,] to[, step])",
        "the same as range",
        (Form((_INT, _REST), Gives.INT_ARRAY, Through.SPECIAL, "range"),),
    ),
    DeviceFunction(
        "oddSort",
        "util",
        "oddSort(a[, n])",
        "sort the first n elements in place",
        (_inline(Gives.NONE, "ep_odd_sort_all", _ARRAY), _entry(Gives.NONE, "odd_sort", _ARRAY, _INT)),
    ),
    # -- math
    DeviceFunction("sqrt", "math", "sqrt(x)", "square root", (_inline(Gives.REAL, "ep_square_root", _REAL),)),
    _math("sin", "sine of an angle in radians"),
    _math("cos", "cosine"),
    _math("tan", "tangent"),
    _math("asin", "arc sine"),
    _math("acos", "arc cosine"),
    _math("atan", "arc tangent"),
    _math("sinh", "hyperbolic sine"),
    _math("cosh", "hyperbolic cosine"),
    _math("tanh", "hyperbolic tangent"),
    DeviceFunction(
        "floor",
        "math",
        "floor(x)",
        "the largest whole number not above x",
        (_inline(Gives.WHOLE, "ep_floor", _REAL),),
    ),
    DeviceFunction(
        "ceil",
        "math",
        "ceil(x)",
        "the smallest whole number not below x",
        (_inline(Gives.WHOLE, "ep_ceil", _REAL),),
    ),
    _math("log", "natural logarithm"),
    _math("log10", "logarithm to base 10"),
    _math("exp", "e to the power x"),
    DeviceFunction(
        "pow",
        "math",
        "pow(a, b)",
        "a to the power b, as `a ** b`",
        (Form((_NUMBER, _NUMBER), Gives.AS_POWER, Through.SPECIAL, "pow"),),
    ),
    # -- random
    DeviceFunction(
        "random",
        "random",
        "random()",
        "a real from 0 up to but not including 1",
        (_inline(Gives.REAL, "ep_random_real"),),
    ),
    DeviceFunction(
        "randrange",
        "random",
        "randrange([a,] b)",
        "an int from a (or 0) up to but not including b",
        (_inline(Gives.INT, "ep_random_below", _INT), _inline(Gives.INT, "ep_random_range", _INT, _INT)),
    ),
    DeviceFunction(
        "randint",
        "random",
        "randint(a, b)",
        "an int from a to b, both included",
        (_inline(Gives.INT, "ep_random_between", _INT, _INT),),
    ),
    # -- concurrency
    DeviceFunction(
        "expose",
        "concurrency",
        "expose(a, p)",
        "let core p use array a where it lies; returns when p has taken the reference",
        (_entry(Gives.NONE, "expose", _ARRAY, _INT),),
    ),
    DeviceFunction(
        "access",
        "concurrency",
        "access(p)",
        "take the array that core p exposes: reading and writing it goes over the mesh",
        (_entry(Gives.EXPOSED, "access", _INT),),
    ),
    # -- memory
    DeviceFunction(
        "free",
        "memory",
        "free(x)",
        "give an array's memory back at once",
        (_entry(Gives.NONE, "free", _ANY),),
    ),
    DeviceFunction(
        "gc",
        "memory",
        "gc()",
        "collect garbage: nothing to do, memory comes back by itself",
        (_entry(Gives.NONE, "collect"),),
    ),
    # -- builtins: no module
    DeviceFunction(
        "input",
        "",
        "input([prompt])",
        "a line of standard input: an int, a real or a string by its look",
        (_inline(Gives.READ, "ep_input_plain"), _entry(Gives.READ, "input", _ANY)),
    ),
    DeviceFunction("exit", "", "exit()", "end this core", (_entry(Gives.NEVER, "exit"),)),
    DeviceFunction("quit", "", "quit()", "the same as exit", (_entry(Gives.NEVER, "exit"),)),
    DeviceFunction(
        "str",
        "",
        "str(x)",
        "the text that print writes",
        (Form((_ANY,), Gives.STRING, Through.SPECIAL, "str"),),
    ),
    DeviceFunction(
        "int",
        "",
        "int(x)",
        "a number or a text as an int, cut off toward zero",
        (_inline(Gives.INT, "ep_to_int", _ANY),),
    ),
    DeviceFunction(
        "float", "", "float(x)", "a number or a text as a real", (_inline(Gives.REAL, "ep_to_real", _ANY),)
    ),
    DeviceFunction(
        "bool", "", "bool(x)", "the truth of a value", (Form((_ANY,), Gives.BOOL, Through.SPECIAL, "bool"),)
    ),
    DeviceFunction(
        "abs",
        "",
        "abs(x)",
        "the value without its sign",
        (Form((_NUMBER,), Gives.AS_NUMBER, Through.SPECIAL, "abs"),),
    ),
    DeviceFunction(
        "round",
        "",
        "round(x[, digits])",
        "the nearest int (ties to even), or to that many digits",
        (_inline(Gives.INT, "ep_round", _NUMBER), _inline(Gives.AS_NUMBER, "ep_round_to", _NUMBER, _INT)),
    ),
    DeviceFunction(
        "min",
        "",
        "min(a, b, ...) or min(array)",
        "the smallest",
        (
            _inline(Gives.ELEMENT, "ep_array_min", _ARRAY),
            Form((_NUMBER, _NUMBER, _REST), Gives.AS_NUMBER, Through.SPECIAL, "min"),
        ),
    ),
    DeviceFunction(
        "max",
        "",
        "max(a, b, ...) or max(array)",
        "the largest",
        (
            _inline(Gives.ELEMENT, "ep_array_max", _ARRAY),
            Form((_NUMBER, _NUMBER, _REST), Gives.AS_NUMBER, Through.SPECIAL, "max"),
        ),
    ),
    DeviceFunction(
        "sum", "", "sum(array)", "the sum of all elements", (_inline(Gives.ELEMENT, "ep_array_sum", _ARRAY),)
    ),
)

DEVICE_CONSTANTS: tuple[DeviceConstant, ...] = (
    DeviceConstant("pi", "math", 3.141592653589793, "3.14159..."),
    DeviceConstant("e", "math", 2.718281828459045, "2.71828..."),
)

# What `import m` makes callable besides m's own names.
MODULES_UNDERNEATH: dict[str, tuple[str, ...]] = {
    "parallel": (),
    "taskfarm": ("parallel", "array"),
    "array": (),
    "util": ("array",),
    "math": (),
    "random": (),
    "memory": (),
    "concurrency": (),
}

# Python's own meaning of names that are always there; `range` is util's only where util is imported.
BUILTIN_RANGE = DeviceFunction(
    "range",
    "",
    "range([from,] to[, step])",
    "the numbers from `from` up to but not including `to`",
    (Form((_INT, _REST), Gives.INT_ARRAY, Through.SPECIAL, "range"),),
)
ALWAYS_THERE: dict[str, str] = {"len": "array", "pow": "math"}


def functions_of(module: str) -> Iterator[DeviceFunction]:
    """The functions of one module ("" for the builtins), in the table's order."""
    return (function for function in DEVICE_FUNCTIONS if function.module == module)


BY_NAME: dict[tuple[str, str], DeviceFunction] = {(f.module, f.name): f for f in DEVICE_FUNCTIONS}
CONSTANTS_BY_NAME: dict[tuple[str, str], DeviceConstant] = {(c.module, c.name): c for c in DEVICE_CONSTANTS}
DEVICE_MODULES: frozenset[str] = frozenset(MODULES_UNDERNEATH)
BY_NAME[("", "range")] = BUILTIN_RANGE
