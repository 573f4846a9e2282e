"""The surface of the language: rewriting, positions, syntax errors, limits; cases in tests/data/dialect/."""

from __future__ import annotations

import ast
import errno
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eptrans.diagnostics import CompileError, Diagnostic, Location, Severity, suggest
from eptrans.frontend.dialect import MAX_TREE_DEPTH, ParsedModule, parse
from eptrans.frontend.nesting import MAX_BLOCKS, MAX_BRACKETS, MAX_ELIF, MAX_EXPRESSION
from eptrans.frontend.positions import LineStarts, apply_edits
from eptrans.frontend.rewrite import rewrite
from eptrans.frontend.source import SourceFile, read_source
from eptrans.frontend.syntax_errors import MAX_ERRORS
from eptrans.frontend.tokens import scan
from eptrans.options import Standard

CASES = Path(__file__).parent / "data" / "dialect"


def source_of(text: str) -> SourceFile:
    return SourceFile.from_text("prog.py", text)


def parsed(text: str, standard: Standard = Standard.EPYTHON) -> ParsedModule:
    return parse(source_of(text), standard)


def refused(text: str, standard: Standard = Standard.EPYTHON) -> CompileError:
    with pytest.raises(CompileError) as caught:
        parsed(text, standard)
    return caught.value


def rewritten(text: str) -> str:
    source = source_of(text)
    starts = LineStarts(source.text)
    return apply_edits(source, starts, rewrite(source.text, scan(source.text, True), starts).edits)[0]


def cases(name: str) -> list[tuple[str, str, str]]:
    """The heading, the program and the expected text of each case in a file."""
    text = (CASES / name).read_bytes().decode()
    return re.findall(r"^== (.*?)\n(.*?)\n->\n(.*?)\n(?===|\Z)", text, re.M | re.S)


@pytest.mark.parametrize(
    ("name", "program", "result"), cases("rewriting.cases"), ids=lambda value: value[:40]
)
def test_rewriting(name: str, program: str, result: str) -> None:
    assert rewritten(program) == result
    assert program.count("\n") == result.count("\n")
    ast.parse(result)


@pytest.mark.parametrize(
    ("standard", "program", "messages"), cases("errors.cases"), ids=lambda value: value[:40]
)
def test_errors(standard: str, program: str, messages: str) -> None:
    assert str(refused(program, Standard(standard))) == messages


# -- positions


def shown(module: ParsedModule, node: ast.AST) -> str:
    place = module.positions.location(node)
    end = place.end_column or place.column + 1
    return module.source.lines[place.line - 1][place.column - 1 : end - 1]


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("print a, b", ["print", "a", "b"]),
        ("if x:\n\tprint 'é' + y, !z", ["x", "print", "y", "z"]),
        ("/* é */ a = /* b */ c ^ d", ["a", "c", "d"]),
        ("a = 1 /* x\n   y */ + b", ["a", "b"]),
        ("/* x\n é */ print b ^ c", ["print", "b", "c"]),
        ("native f(a ^ b, c)", ["native", "f", "a", "b", "c"]),
        ("s = 'ünïcödé' ; t = s ^ u", ["s", "t", "s", "u"]),
    ],
)
def test_names_keep_their_places(program: str, names: list[str]) -> None:
    module = parsed(program)
    found = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    assert [shown(module, node) for node in found] == names


def test_expressions_keep_their_extent() -> None:
    module = parsed("\tx = 1\n".lstrip() + "print !a == b, 2 ^ 3 /* c */")
    call = module.tree.body[1].value  # type: ignore[attr-defined]
    assert [shown(module, node) for node in call.args] == ["!a == b", "2 ^ 3"]
    assert shown(module, call) == "print !a == b, 2 ^ 3"


def test_nodes_without_a_place_take_their_first_child() -> None:
    module = parsed("x = 1\ndef f(\n  a): pass")
    arguments = module.tree.body[1].args  # type: ignore[attr-defined]
    assert shown(module, arguments) == "a"
    assert module.positions.location(ast.Load()).line == 1


# -- whole files


def test_text_forms() -> None:
    program = "if x:\r\n\tprint 1\r\n\ty = 2"
    module = parse(SourceFile.from_text("p", "\ufeff" + program), Standard.EPYTHON)
    assert ast.dump(module.tree) == ast.dump(ast.parse("if x:\n  print(1)\n  y = 2"))
    assert module.source.lines == ("if x:", "\tprint 1", "\ty = 2")


@pytest.mark.parametrize("text", ["", "\n", "  \n\t\n", "# c", "/* c */", "\f", "x=1\n   "])
@pytest.mark.parametrize("standard", Standard)
def test_programs_of_almost_nothing(text: str, standard: Standard) -> None:
    if standard is Standard.EPYTHON or "/*" not in text:
        assert len(parsed(text, standard).tree.body) <= 1


def test_python3_stays_as_it_is() -> None:
    text = "x = 2 ^ 3\nnone = true\nprint(none)\nf'{x!r:>{3}}'\n"
    assert ast.dump(parsed(text, Standard.PYTHON3).tree) == ast.dump(ast.parse(text))


def test_large_programs_are_scanned_fast() -> None:
    text = "if coreid()==1:\n\tx = a[1]^2 + f(x, !y)\n\tprint 'core '+x /* c */\n" * 5000
    start = time.process_time()
    scan(text, True)
    assert time.process_time() - start < 2  # about 0.2 s on an idle machine


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2")
    assert read_source(path) == SourceFile.from_text(str(path), "x = 1\ny = 2")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"x = 1\ny = '\xc3\xa9\xe9'\n", "prog.py:2:7: error: the byte 0xe9 is not UTF-8 text"),
        (b"\xe9", "prog.py:1:1: error: the byte 0xe9"),
        ("x".encode("utf-16"), "is in UTF-16"),
        (None, "there is no such file"),
    ],
)
def test_unreadable_files(tmp_path: Path, content: bytes | None, expected: str) -> None:
    path = tmp_path / "prog.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CompileError, match=re.escape(expected)):
        read_source(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "heat.py").touch()
    with pytest.raises(CompileError, match=r"did you mean '.*heat\.py'"):
        read_source(tmp_path / "haet.py")
    with pytest.raises(CompileError, match="it is a folder"):
        read_source(tmp_path)
    with pytest.raises(CompileError, match="there is no folder"):
        read_source(tmp_path / "none" / "prog.py")
    with pytest.raises(CompileError, match="cannot read"):
        read_source("a\0b")


def test_forbidden_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the system says to a user without permission; test_cli.py has such a user.
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    path = tmp_path / "prog.py"
    path.touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CompileError, match="permission denied"):
        read_source(path)


# -- messages


def test_rendering_lines_up_under_tabs_and_wide_characters() -> None:
    source = source_of("\tx = '日本' + y\n")
    location = Location(source, 1, 13, 14)
    assert Diagnostic(Severity.WARNING, "what", location, "way").render().split("\n") == [
        "prog.py:1:13: warning: what",
        "        x = '日本' + y",
        "    " + " " * 17 + "^",
        "  hint: way",
    ]


def test_rendering_of_long_and_strange_lines() -> None:
    source = source_of("x = " + "1 + " * 500 + "y\x1b[0m")
    lines = Diagnostic(Severity.ERROR, "a\x1bb", Location(source, 1, 2005, 2006)).render().split("\n")
    assert len(lines[1]) < 140 and "\x1b" not in "".join(lines)
    assert lines[1][lines[2].index("^")] == "y"


def test_suggestions() -> None:
    assert suggest("colour", ["color", "count", "x"]) == "color"
    assert suggest("Coreid", ["coreid"]) == "coreid"
    assert suggest("zebra", ["color"]) is None


def test_errors_are_found_together_and_bounded() -> None:
    assert len(refused("x = 3 3\n\n\n" * 30).diagnostics) == MAX_ERRORS
    lines = [
        d.location and d.location.line
        for d in refused("x = (\ndef f(): pass\ny = `a`\n\nz = 1 1").diagnostics
    ]
    assert lines == [1, 3, 5]


# -- limits


def depth(tree: ast.AST) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(child, level + 1) for child in ast.iter_child_nodes(node)]
    return deepest


NESTED = {
    "operators": (MAX_EXPRESSION, lambda n: "+".join(["a"] * (n + 1))),
    "signs": (MAX_EXPRESSION, lambda n: "-" * n + "1"),
    "not": (MAX_EXPRESSION, lambda n: "!" * n + "x"),
    "attributes": (MAX_EXPRESSION, lambda n: "a" + ".b" * n),
    "calls": (MAX_EXPRESSION, lambda n: "a" + "()" * n),
    "choices": (MAX_EXPRESSION // 2, lambda n: "1 if x else " * n + "2"),
    "lambdas": (MAX_EXPRESSION // 2, lambda n: "lambda:" * n + "1"),
    "brackets": (MAX_BRACKETS, lambda n: "(" * n + "1" + ")" * n),
    "arguments": (MAX_BRACKETS, lambda n: "f(a=" * n + "1" + ")" * n),
    "natives": (MAX_BRACKETS, lambda n: "native f(" * n + "1" + ")" * n),
    "comprehensions": (MAX_BRACKETS, lambda n: "[x for x in " * n + "1" + "]" * n),
    "elif": (MAX_ELIF, lambda n: "if x: pass\n" + "elif x: pass\n" * n),
    "blocks": (MAX_BLOCKS, lambda n: "".join(" " * i + "if x:\n" for i in range(n)) + " " * n + "pass"),
}


@pytest.mark.parametrize("shape", NESTED)
def test_nesting(shape: str) -> None:
    limit, program = NESTED[shape]
    assert depth(parsed(program(limit)).tree) <= MAX_TREE_DEPTH
    for standard in Standard:
        if standard is Standard.EPYTHON or shape not in ("not", "natives"):
            assert "nested too deeply" in str(refused(program(limit + 1), standard))
            assert "nested too deeply" in str(
                refused(program(limit * 40 if shape != "blocks" else 300), standard)
            )


def test_long_flat_programs_are_not_nested() -> None:
    parsed("x = [" + ", ".join(["1 + a[2]"] * 20000) + "]")
    parsed("if x: pass\nelif y: pass\n" * 2000)


# -- anything at all

#: Pieces of programs and of what no program contains, written with escapes.
FRAGMENTS = st.sampled_from(
    [piece.encode().decode("unicode_escape") for piece in (CASES / "fragments.txt").read_text().split()]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=40).map("".join))


@settings(deadline=None, max_examples=400)
@given(TEXTS, st.sampled_from(Standard))
def test_any_text_is_parsed_or_refused_with_places(text: str, standard: Standard) -> None:
    source = source_of(text)
    try:
        module = parse(source, standard)
        places = [module.positions.location(node) for node in ast.walk(module.tree)]
    except CompileError as error:
        assert str(error)
        assert 1 <= len(error.diagnostics) <= MAX_ERRORS
        places = [d.location for d in error.diagnostics if d.location]
        assert len(places) == len(error.diagnostics)
    for place in places:
        assert 1 <= place.line <= max(len(source.lines), 1)
        width = len(source.lines[place.line - 1]) if source.lines else 0
        assert 1 <= place.column <= width + 1
        assert place.end_column is None or place.column < place.end_column <= width + 2


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.py"
    path.write_bytes(data)
    try:
        parse(read_source(path), Standard.EPYTHON)
    except CompileError as error:
        assert str(error)


NAMES = st.sampled_from(["a", "b", "total", "Value", "_x", "größe"])
ATOMS = st.one_of(
    NAMES,
    st.integers(0, 99).map(str),
    st.sampled_from(["1.5", "'t^!'", '"/* print x */"', "True", "f'{a}!'"]),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "and", "or", "in"]),
            inner,
        ).map(" ".join),
        inner.map("({})".format),
        inner.map("not {}".format).map("({})".format),
        st.tuples(NAMES, inner, inner).map(lambda t: f"{t[0]}({t[1]}, key={t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]},\n\t {t[1]}]"),
        st.tuples(NAMES, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
    ),
    max_leaves=8,
)
SIMPLE = st.one_of(
    st.tuples(NAMES, st.sampled_from(["=", "+=", "//="]), EXPRESSIONS).map(" ".join),
    st.lists(EXPRESSIONS, max_size=3).map(lambda values: f"print({', '.join(values)})"),
    EXPRESSIONS.map("return {}".format),
    st.sampled_from(["pass", "break", "import util", "from math import *", "# print x"]),
)
HEADERS = st.one_of(
    EXPRESSIONS.map("if {}:".format),
    EXPRESSIONS.map("while {}:".format),
    st.tuples(NAMES, EXPRESSIONS).map(lambda t: f"for {t[0]} in {t[1]}:"),
    NAMES.map("def {}(p, q=1):".format),
)


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


BLOCKS = st.recursive(
    SIMPLE.map(lambda statement: [statement]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part]),
        st.tuples(HEADERS, inner).map(lambda t: [t[0], *indented([*t[1], "pass"])]),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200)
@given(BLOCKS)
def test_python3_programs_mean_the_same_in_both_standards(lines: list[str]) -> None:
    text = "\n".join(lines)
    expected = ast.dump(ast.parse(text), include_attributes=True)
    for standard in Standard:
        assert ast.dump(parsed(text, standard).tree, include_attributes=True) == expected
