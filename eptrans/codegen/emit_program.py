"""A typed program to one C file: constants, globals, functions, code table, and the table of entries."""

from __future__ import annotations

from dataclasses import replace

from ..analysis.call_graph import recursive_functions
from ..analysis.effects import ProgramEffects
from ..analysis.known_shapes import KnownShapes
from ..costs import cost_table
from ..diagnostics import Location
from ..format_spec import parse_format
from ..ir import Function, Program
from ..kinds import kind_text
from ..operands import Constant, Global
from ..options import CompileOptions
from ..value_types import Tag, Type
from .c_names import c_function, c_name, c_string, numbered
from .cycle_costs import priced
from .emit_function import FunctionEmitter
from .expressions import Expression, boxed, declaration, literal, unboxed
from .far_use import NOTHING, FarUse
from .hold_globals import hold_globals
from .inline_calls import QuietFunctions
from .pipeline import Timing
from .sizes import data_bytes, native_stack_ratio, stack_words

ENUM_NAME = "EP_CODE_"


class ProgramEmitter:
    """Collects what functions share while they are written, then puts the file together."""

    def __init__(self, program: Program, options: CompileOptions) -> None:
        self.options = options
        self.timing = Timing.of(cost_table(), options.word)
        self.effects = ProgramEffects(program)
        functions = (priced(function, self.timing) for function in program.functions.values())
        self.priced = {one.function.name: hold_globals(one, self.effects) for one in functions}
        held = {name: one.function for name, one in self.priced.items()}
        self.program = program = replace(program, functions=held)
        self.files = [source.path for source in program.sources]
        self.frame_numbers = {name: number for number, name in enumerate(program.functions)}
        self.sites: dict[tuple[int, int, int, int], int] = {(0, 0, 0, 0): 0}
        self.texts: dict[str, str] = {}
        self.formats: dict[str, str] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.counter = 0
        self.code_bytes = 0
        self.recursive = recursive_functions(program)
        self.quiet = QuietFunctions(self.priced, self.recursive)
        self.variants: list[Function] = []  # of functions, with calls inlined, that some C is written from
        self.block_count = 0
        # of a run of a block, by block, file, line
        self.line_cycles: dict[tuple[int, int, int], int] = {}
        self.line_use: dict[tuple[int, int, int], FarUse] = {}
        self.shapes = KnownShapes(program)

    # -- what function emitters ask

    def site(self, function: Function, place: Location) -> int:
        """The number of a place in the table of sites."""
        file = self.files.index(place.file.path)
        key = (self.frame_numbers[function.name], file, place.line, place.column)
        return self.sites.setdefault(key, len(self.sites))

    def fresh(self) -> int:
        """A number that no other name has."""
        self.counter += 1
        return self.counter

    def begin_block(self) -> None:
        """The next block of the program, of all functions; what is counted from now on is of this one."""
        self.block_count += 1

    def count_for_line(self, place: Location, cycles: int, use: FarUse) -> None:
        """One run of the present block takes so many cycles more at a line, and what is paid for `use`."""
        key = (self.block_count - 1, self.files.index(place.file.path), place.line)
        self.line_cycles[key] = self.line_cycles.get(key, 0) + cycles
        self.line_use[key] = self.line_use.get(key, NOTHING).plus(use)

    def text(self, value: str) -> str:
        """A string constant, as a pointer."""
        name = self.texts.setdefault(value, f"text_{len(self.texts)}")
        return f"&{name}"

    def format(self, specification: str) -> str:
        return self.formats.setdefault(specification, f"format_{len(self.formats)}")

    def code_index(self, function: str) -> str:
        """The index of a function in the code table, by name."""
        return ENUM_NAME + c_function(function)[3:]

    def global_name(self, variable: Global) -> str:
        """The member of `struct globals` that holds a variable."""
        found = self.names.get(variable.key)
        if found is None:
            base = c_name(f"{variable.module}_{variable.name}" if variable.module else variable.name)
            found, number = base, 1
            while found in self.names.values():
                number += 1
                found = numbered(base, number)
            self.names[variable.key] = found
        return found

    def ran_flag(self, module: str) -> str:
        return f"ran_{c_name(module)}"

    # -- the file

    def run(self) -> str:
        """The text of the C file."""
        emitters = [FunctionEmitter(self, function) for function in self.priced.values()]
        bodies = [emitter.run() for emitter in emitters]
        self.code_bytes = sum(emitter.costs.code_bytes for emitter in emitters)
        entries = [self._entry(name, entry) for name, entry in self.program.value_instances.items()]
        parts = [
            self._head(),
            self._texts(),
            self._globals(),
            self._code_numbers(),
            "\n".join(emitter.signature() + ";" for emitter in emitters),
            *("\n".join(body) for body in bodies),
            *entries,
            self._tables(),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _head(self) -> str:
        recursive = "#define EP_RECURSIVE 1\n" if self.recursive else ""
        return (
            f"/* Generated by eptrans from {self.files[0].replace('*/', '')}. */\n"
            f"#define EP_WORD {self.options.word}\n"
            f"#define EP_PYTHON3 {int(self.options.python3)}\n"
            f"{recursive}"
            '#include "eptrans_rt.h"'
        )

    def _texts(self) -> str:
        lines = []
        for value, name in self.texts.items():
            size = len(value.encode("utf-8", "surrogatepass"))
            content = f"EP_IMMORTAL, EP_DATA_PLACE, {size}, {len(value)}, {{{c_string(value)}}}"
            lines.append(f"static struct ep_string {name} = {{{content}}};")
        for specification, name in self.formats.items():
            lines.append(f"static const struct ep_format {name} = {_format_initialiser(specification)};")
        return "\n".join(lines)

    def _globals(self) -> str:
        members = []
        for variable in self._used_globals():
            members.append(f"    {declaration(variable.type, self.global_name(variable))};")
            if variable.checked:
                members.append(f"    uint8_t {self.global_name(variable)}_is_set;")
        for source_module in self._imported_modules():
            members.append(f"    uint8_t {self.ran_flag(source_module)};")
        if not members:
            members.append("    char none;")
        members.insert(0, "    EP_BLOCK_RUNS")
        return "/* The variables of the modules, one set for each core. */\nstruct globals {\n" + (
            "\n".join(members) + "\n};"
        )

    def _used_globals(self) -> list[Global]:
        return [self.program.globals[key] for key in self.program.globals if key in self.names]

    def _imported_modules(self) -> list[str]:
        return [f.module for f in self.program.functions.values() if f.name.startswith("<module ")]

    def _code_numbers(self) -> str:
        if not self.program.value_instances:
            return ""
        names = ",\n    ".join(self.code_index(name) for name in self.program.value_instances)
        return f"/* The code table: functions as values. */\nenum {{\n    {names}\n}};"

    def _entry(self, generic: str, name: str) -> str:
        """What the code table calls: unpacks tagged arguments for the instance of the function."""
        head = (
            f"static ep_value entry_{c_function(generic)[3:]}(struct ep_core *core, uint32_t *frame, "
            "const ep_value *arguments)"
        )
        if not name:
            fault = 'ep->fault(core, "this function is never called by its value");'
            return f"{head}\n{{\n    (void)frame;\n    {fault}\n}}"
        function = self.program.functions[name]
        lines = [f"    EP_CHECK_ENTRY({function.frame_words});"]
        arguments = ["core", "frame"]
        for position, parameter in enumerate(function.parameters):
            lines.append(f"    ep_value argument_{position} = arguments[{position}];")
            if parameter.default is not None:
                default = self._default(parameter.default)
                lines.append(f"    if (argument_{position}.tag == EP_UNSET)")
                lines.append(f"        argument_{position} = {default};")
            arguments.append(self._argument(position, parameter.register.type, lines))
        call = f"{c_function(name)}({', '.join(arguments)})"
        lines += self._entry_result(function, call)
        return "\n".join([head, "{", *lines, "}"])

    def _default(self, default: Constant | Global) -> str:
        if isinstance(default, Global):
            variable = self.program.globals[default.key]
            text = f"((struct globals *)core->globals)->{self.global_name(variable)}"
            return boxed(Expression(text), variable.type)
        return boxed(self.constant(default), default.type)

    def constant(self, constant: Constant) -> Expression:
        if constant.value is None:
            return Expression("ep_box_none()")
        if isinstance(constant.value, str):
            return Expression(self.text(constant.value))
        return Expression(literal(constant, self.options.word))

    def _argument(self, position: int, kind: Type, lines: list[str]) -> str:
        if kind.is_dynamic or not kind.tags:
            return f"argument_{position}"
        names = {
            Tag.BOOL: "BOOL",
            Tag.INT: "INT",
            Tag.REAL: "REAL",
            Tag.STRING: "STRING",
            Tag.FUNCTION: "FUNCTION",
            Tag.ARRAY: "ARRAY",
        }
        lines.append(f"    if (EP_UNLIKELY(argument_{position}.tag != EP_{names[kind.tags]}))")
        lines.append(f"        ep->fault_kind(core, argument_{position}, {c_string(kind_text(kind.tags))});")
        return unboxed(f"argument_{position}", kind)

    def _entry_result(self, function: Function, call: str) -> list[str]:
        kind = function.result
        if not kind.tags:
            return [f"    {call};", "    __builtin_unreachable();"]
        if kind.tags == Tag.NONE:
            return [f"    {call};", "    return ep_box_none();"]
        return [f"    return {boxed(Expression(call), kind)};"]

    # -- tables

    def _tables(self) -> str:
        functions = list(self.program.functions.values())
        frames = ",\n    ".join(f"{{{c_string(f.source_name)}, {f.frame_words}}}" for f in functions)
        sites = ",\n    ".join(f"{{{a}, {b}, {c}, {d}}}" for a, b, c, d in self.sites)
        files = ", ".join(c_string(path) for path in self.files)
        lines = ",\n    ".join(
            f"{{{block}, {file}, {line}, {self._line_ticks((block, file, line))}}}"
            for block, file, line in self.line_cycles
        )
        table = self._code_table()
        count = len(self.program.value_instances)
        return "\n".join(
            [
                f"static const struct ep_frame_info frames[] = {{\n    {frames}\n}};",
                f"static const struct ep_site sites[] = {{\n    {sites}\n}};",
                f"static const char *const files[] = {{{files}}};",
                table,
                "#ifdef EP_TRACE",
                f"static const struct ep_block_line block_lines[] = {{\n    {lines}\n}};",
                "#endif",
                "const struct ep_program eptrans_program = {",
                "    .abi = EP_ABI,",
                f"    .word = {self.options.word},",
                f"    .python3 = {int(self.options.python3)},",
                f"    .inclusive_range = {int(self.program.inclusive_range)},",
                f"    .code_bytes = {self.code_bytes},",
                f"    .data_bytes = {self._data_bytes()},",
                "    .far = EP_FAR,",
                "    .globals_bytes = sizeof(struct globals),",
                f"    .stack_words = {stack_words(self.program)},",
                f"    .native_stack_ratio = {native_stack_ratio(self.program, self.variants)},",
                f"    .frame_count = {len(functions)},",
                f"    .site_count = {len(self.sites)},",
                f"    .file_count = {len(self.files)},",
                f"    .function_count = {count},",
                "    .frames = frames,",
                "    .sites = sites,",
                "    .files = files,",
                f"    .functions = {'functions' if count else 'NULL'},",
                "    .runtime = &ep,",
                "    .main = module_main,",
                "#ifdef EP_TRACE",
                f"    .block_count = {self.block_count},",
                f"    .block_line_count = {len(self.line_cycles)},",
                "    .block_lines = block_lines,",
                "#endif",
                "};",
            ]
        )

    def _line_ticks(self, key: tuple[int, int, int]) -> str:
        """The C for what one run of a block takes at a line."""
        use = self.line_use[key]
        return f"EP_LINE_TICKS({self.line_cycles[key]}, {use.words}, {use.reads}, {use.writes})"

    def _code_table(self) -> str:
        rows = []
        for generic, name in self.program.value_instances.items():
            function = self.program.functions[name] if name else self.program_signature(generic)
            file = self.files.index(function.place.file.path)
            names = f"{c_string(function.source_name)}, entry_{c_function(generic)[3:]}"
            counts = f"{len(function.parameters)}, {function.required}"
            rows.append(f"{{{names}, {counts}, {file}, {function.place.line}}}")
        if not rows:
            return ""
        return "static const struct ep_function functions[] = {\n    " + ",\n    ".join(rows) + "\n};"

    def program_signature(self, generic: str) -> Function:
        """The generic function of a name whose value is never called."""
        return self.program.uncalled[generic]

    def _data_bytes(self) -> int:
        return data_bytes(self._used_globals(), self.texts, self.options.word_bytes)


def _format_initialiser(text: str) -> str:
    spec = parse_format(text)

    def character(value: str) -> str:
        return f"'{value}'" if value else "0"

    precision = spec.precision if spec.precision is not None else 0
    return (
        f"{{.type = {character(spec.type)}, .align = {character(spec.align)}, "
        f".sign = {character(spec.sign)}, "
        f".grouping = {character(spec.grouping)}, .alternate = {int(spec.alternate)}, "
        f".precise = {int(spec.precision is not None)}, .precision = {precision}, .width = {spec.width}, "
        f".fill = {c_string(spec.fill)}}}"
    )


def emit_program(program: Program, options: CompileOptions) -> str:
    """The C text of a typed program."""
    return ProgramEmitter(program, options).run()
