"""Random programs of the arithmetic, control-flow and function subset of `--std python3`.

A program is built from a stream of choices (a function that gives a number from 0 to
n-1), so that hypothesis may drive and shrink it: choice 0 is always the simplest.
Programs end: loops are counted, calls go to earlier functions only or recurse by a
counter, and an estimate of the steps bounds what is called inside loops. Divisors
and indices are made safe by their form (`x | 1`, `i % len(a)`). One known difference
is avoided: the sum of no reals is 0.0, where CPython gives the int 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from support.expression_forms import (
    CHOICES,
    ELEMENT,
    FORMS,
    HOLE,
    INT_LITERALS,
    REAL_LITERALS,
    SCALARS,
    TEXT_LITERALS,
    Kind,
)

Choose = Callable[[int], int]


LOOP_LIMIT = 6
STEP_LIMIT = 3000


@dataclass(frozen=True)
class Function:
    name: str
    parameters: tuple[Kind, ...]
    required: int
    result: Kind
    steps: int


@dataclass
class Generator:
    """Writes one program; all its names carry `mark`, so that programs may be joined."""

    choose: Choose
    mark: str
    lines: list[str] = field(default_factory=list)
    names: dict[str, Kind] = field(default_factory=dict)
    read_only: set[str] = field(default_factory=set)
    functions: list[Function] = field(default_factory=list)
    indent: int = 0
    repeats: int = 1     # how often the place being written is run, at most
    steps: int = 0
    loops: int = 0
    made: int = 0
    result: Kind | None = None   # of the function being written

    def program(self) -> str:
        for _ in range(self.choose(3)):
            self.assign_new(self.any_kind())
        for _ in range(self.choose(4)):
            self.function()
        for _ in range(1 + self.choose(4)):
            self.statement(2)
        self.write(f"print({', '.join(sorted(self.names))})")
        return "\n".join(self.lines) + "\n"

    # ---- writing ------------------------------------------------------------

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)
        self.steps += self.repeats

    def name(self, letter: str) -> str:
        self.made += 1
        return f"{letter}{self.mark}_{self.made}"

    def pick(self, options: list[str] | tuple[str, ...]) -> str:
        return options[self.choose(len(options))]

    def any_kind(self) -> Kind:
        kinds = list(Kind)
        return kinds[self.choose(len(kinds))]

    @contextmanager
    def block(self, repeats: int = 1) -> Iterator[None]:
        """An indented block; the names made in it are not used after it."""
        known, before = dict(self.names), self.repeats
        self.indent += 1
        self.repeats *= repeats
        yield
        self.indent -= 1
        self.names, self.repeats = known, before

    def known(self, *kinds: Kind) -> list[str]:
        return [name for name, kind in self.names.items() if kind in kinds]

    # ---- functions ----------------------------------------------------------

    def function(self) -> None:
        count = self.choose(4)
        kinds = tuple(self.any_kind() for _ in range(count))
        names = [self.name("p") for _ in kinds]
        scalar = [kind in SCALARS and kind is not Kind.NUMBER for kind in kinds]
        defaults = self.choose(2) if count and scalar[-1] else 0
        required = count - defaults
        result = SCALARS[self.choose(len(SCALARS))]
        name = self.name("f")
        texts = [*names[:required], *(f"{n}={self.literal(k)}" for n, k in
                                      zip(names[required:], kinds[required:]))]
        outer, steps, read_only = self.names, self.steps, self.read_only
        self.write(f"def {name}({', '.join(texts)}):")
        self.steps, self.read_only = 0, set(outer)
        self.names = {**outer, **dict(zip(names, kinds))}
        self.result = result
        self.indent += 1
        self.global_statement(outer)
        recursive = self.choose(4) == 3 and count > 0 and kinds[0] is Kind.INT
        if recursive:
            self.recursion(name, names, kinds, result)
        for _ in range(self.choose(4)):
            self.statement(2)
        self.write(f"return {self.expression(result, 2)}")
        self.indent -= 1
        used = (self.steps + 1) * (9 if recursive else 1)
        self.names, self.steps, self.read_only, self.result = outer, steps, read_only, None
        if recursive:  # called through a name of its own that bounds the depth
            depth = f"({names[0]} & 7)"
            rest = ", ".join([depth, *names[1:]])
            self.write(f"def {name}b({', '.join(texts)}): return {name}({rest})")
            name += "b"
        self.functions.append(Function(name, kinds, required, result, used))

    def global_statement(self, outer: dict[str, Kind]) -> None:
        """Sometimes the function may write one of the program's own names."""
        if outer and self.choose(3) == 2:
            name = self.pick(sorted(outer))
            self.write(f"global {name}")
            self.read_only.discard(name)

    def recursion(self, name: str, names: list[str], kinds: tuple[Kind, ...], result: Kind) -> None:
        self.write(f"if {names[0]} > 0:")
        with self.block():
            arguments = [f"{names[0]} - 1", *(self.expression(kind, 1) for kind in kinds[1:])]
            inner = f"{name}({', '.join(arguments)})"
            joined = {Kind.INT: f"{inner} + {self.expression(Kind.INT, 1)}",
                      Kind.REAL: f"{inner} * 0.5 + {self.expression(Kind.REAL, 1)}"}
            self.write(f"return {joined.get(result, inner)}")
        self.read_only.add(names[0])

    def call(self, kind: Kind, depth: int) -> str | None:
        """A call of a function with that result, where one may be called here."""
        fitting = [f for f in self.functions
                   if f.result is kind and f.steps * self.repeats + self.steps < STEP_LIMIT]
        if not fitting or (self.result is not None and self.loops > 1):
            return None
        f = fitting[self.choose(len(fitting))]
        given = f.required + self.choose(len(f.parameters) - f.required + 1)
        self.steps += f.steps * self.repeats
        return f"{f.name}({', '.join(self.expression(k, depth - 1) for k in f.parameters[:given])})"

    # ---- statements ---------------------------------------------------------

    def statement(self, depth: int) -> None:
        simple = [self.print_statement, self.assign_statement, self.augmented_statement, self.store_statement]
        nested = [self.if_statement, self.for_statement, self.while_statement, self.each_statement]
        options = simple + (nested if depth > 0 else [])
        options[self.choose(len(options))](depth - 1)

    def body(self, depth: int) -> None:
        for _ in range(1 + self.choose(2)):
            self.statement(depth)

    def print_statement(self, depth: int) -> None:
        values = [self.expression(self.any_kind(), 2) for _ in range(1 + self.choose(3))]
        end = self.pick(["", "", "", ", end='; '"])
        self.write(f"print({', '.join(values)}{end})")

    def assign_new(self, kind: Kind) -> None:
        text = self.expression(kind, 2)
        name = self.name("v")
        self.write(f"{name} = {text}")
        self.names[name] = kind

    def assign_statement(self, depth: int) -> None:
        names = [n for n in self.names if n not in self.read_only]
        if not names or self.choose(2) == 0:
            self.assign_new(self.any_kind())
            return
        name = self.pick(names)
        self.write(f"{name} = {self.expression(self.names[name], 2)}")

    def augmented_statement(self, depth: int) -> None:
        kinds = (Kind.INT, Kind.REAL, Kind.NUMBER, Kind.TEXT)
        names = [name for name in self.known(*kinds) if name not in self.read_only]
        if not names:
            self.assign_new(Kind.INT)
            return
        name = self.pick(names)
        kind = self.names[name]
        if kind is Kind.TEXT:
            self.write(f"{name} += {self.pick(TEXT_LITERALS)}")
        elif kind is Kind.INT and self.choose(3) == 2:
            self.write(f"{name} {self.pick(('//=', '%='))} {self.pick(CHOICES['divisor'])}")
        else:
            signs = ("+=", "-=", "*=", "^=", "&=", "|=") if kind is Kind.INT else ("+=", "-=", "*=")
            self.write(f"{name} {self.pick(signs)} {self.expression(kind, 2)}")

    def store_statement(self, depth: int) -> None:
        names = self.known(*ELEMENT)
        if not names:
            self.assign_new(Kind.INTS)
            return
        name = self.pick(names)
        element = ELEMENT[self.names[name]]
        sign = self.pick(["=", "="] if element is Kind.BOOL else ["=", "+="])
        self.write(f"if {name}:")
        with self.block():
            self.write(f"{name}[{self.index(name)}] {sign} {self.expression(element, 2)}")

    def if_statement(self, depth: int) -> None:
        self.write(f"if {self.expression(Kind.BOOL, 2)}:")
        with self.block():
            self.body(depth)
        for _ in range(self.choose(2)):
            self.write(f"elif {self.expression(Kind.BOOL, 2)}:")
            with self.block():
                self.body(depth)
        if self.choose(2):
            self.write("else:")
            with self.block():
                self.body(depth)

    def loop_body(self, depth: int, repeats: int) -> None:
        self.loops += 1
        with self.block(repeats):
            self.body(depth)
            if self.choose(2):
                self.write(f"if {self.expression(Kind.BOOL, 1)}:")
                with self.block():
                    self.write(self.pick(("break", "continue")))
                self.body(depth)
        self.loops -= 1

    def for_statement(self, depth: int) -> None:
        name, count = self.name("i"), self.choose(LOOP_LIMIT)
        start = self.choose(5) - 2
        ranges = [f"range({count})", f"range({start}, {start + count})",
                  f"range({start + count}, {start}, -1)", f"range({start}, {start + 3 * count}, 3)",
                  f"range({self.expression(Kind.INT, 1)} & 3)"]
        self.write(f"for {name} in {self.pick(ranges)}:")
        self.loop(name, Kind.INT, depth)

    def loop(self, name: str, kind: Kind, depth: int) -> None:
        """The body of a loop over `name`, and sometimes its else."""
        known = dict(self.names)
        self.names[name] = kind
        self.loop_body(depth, LOOP_LIMIT)
        self.names = known
        if self.choose(3) == 2:
            self.write("else:")
            with self.block():
                self.body(0)

    def while_statement(self, depth: int) -> None:
        name = self.name("w")
        self.write(f"{name} = {self.choose(LOOP_LIMIT)}")
        condition = f" and {self.expression(Kind.BOOL, 1)}" if self.choose(2) else ""
        self.write(f"while {name} > 0{condition}:")
        self.read_only.add(name)
        self.indent += 1
        self.write(f"{name} -= 1")
        self.indent -= 1
        self.loop(name, Kind.INT, depth)

    def each_statement(self, depth: int) -> None:
        kind = list(ELEMENT)[self.choose(len(ELEMENT))]
        name, over = self.name("e"), self.expression(kind, 1)
        self.write(f"for {name} in {over}:")
        self.loop(name, ELEMENT[kind], depth)

    # ---- expressions --------------------------------------------------------

    def expression(self, kind: Kind, depth: int) -> str:
        if depth <= 0 or self.choose(4) == 0:
            return self.leaf(kind)
        if self.choose(5) == 4:
            called = self.call(kind, depth)
            if called:
                return called
        if self.choose(8) == 7:
            a, b = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
            return f"({a} if {self.expression(Kind.BOOL, depth - 1)} else {b})"
        return self.expand(self.pick(FORMS[kind]), depth - 1)

    def literal(self, kind: Kind) -> str:
        if kind in ELEMENT:
            return "[" + ", ".join(self.literal(ELEMENT[kind]) for _ in range(1 + self.choose(4))) + "]"
        options = {Kind.INT: INT_LITERALS, Kind.REAL: REAL_LITERALS, Kind.BOOL: ("False", "True"),
                   Kind.TEXT: TEXT_LITERALS, Kind.NUMBER: ("1", "0.5", "-3", "2.5")}
        return self.pick(options[kind])

    def leaf(self, kind: Kind) -> str:
        wanted = (kind, Kind.INT, Kind.REAL) if kind is Kind.NUMBER else (kind,)
        names = self.known(*wanted)
        return self.pick(names) if names and self.choose(3) else self.literal(kind)

    def expand(self, form: str, depth: int) -> str:
        """A form with its holes filled; see FORMS."""
        return HOLE.sub(lambda hole: self.fill(hole.group(1), depth), form)

    def fill(self, hole: str, depth: int) -> str:
        if hole in CHOICES:
            return self.pick(CHOICES[hole])
        name, _, leaf = hole.partition("_")
        if name == "element":
            return self.element(Kind(leaf))
        if name == "sized":
            return self.pick([*self.known(*ELEMENT, Kind.TEXT), "'ab'"])
        return self.leaf(Kind(name)) if leaf else self.expression(Kind(name), depth)

    def index(self, name: str) -> str:
        return self.pick((f"{self.leaf(Kind.INT)} % len({name})", "0", "-1"))

    def element(self, kind: Kind) -> str:
        """An element of some array, or a literal where there is none."""
        names = [name for name in self.known(*ELEMENT) if ELEMENT[self.names[name]] is kind]
        if not names:
            return self.literal(kind)
        name = self.pick(names)
        return f"({name}[{self.index(name)}] if {name} else {self.literal(kind)})"
