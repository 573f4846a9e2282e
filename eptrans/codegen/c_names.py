"""C identifiers for the user's names."""

from __future__ import annotations

import re

_KEYWORDS = frozenset(
    [
        "auto",
        "break",
        "case",
        "char",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extern",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
        "asm",
        "typeof",
        "linux",
        "unix",
        "i386",
        "errno",
        "signgam",
        "math_errhandling",
        "assert",
        "bool",
        "true",
        "false",
        "NULL",
        "main",
        "core",
        "frame",
        "ticks",
        "state",
        "globals",
        "ep",
        "site",
        "arguments",
    ]
)
# What generated code calls its own variables and labels, with one number behind it, such as `bound_3`.
_NUMBERED = frozenset(
    ["access", "all", "argument", "at", "block", "both", "bound", "chosen", "data", "decides", "entry",
     "first", "format", "last", "leave", "left", "listed", "module", "nest", "old", "plain", "poll",
     "price", "ran", "range", "result", "size", "slot", "step", "stored", "text", "trips", "try", "work",
     "write"]
)  # fmt: skip
_ENDS_IN_NUMBER = re.compile(r"\w+_\d+")
_TYPE = re.compile(r"\w+_t")
_MACRO = re.compile(r"(INT|UINT|M_|FP_|HUGE|NAN|INFINITY|MATH|SIZE|PTR|WCHAR|WINT|SIG|EP_|_)\w*|ep_\w*")


def c_name(name: str) -> str:
    """An identifier that is no keyword, macro or name of the runtime's header.

    It does not end in an underscore and a number, as those of generated code and of `numbered` do.
    """
    plain = "".join(ch if ch.isascii() else f"u{ord(ch):x}" for ch in name)
    if plain in _KEYWORDS or any(taken.fullmatch(plain) for taken in (_MACRO, _TYPE, _ENDS_IN_NUMBER)):
        return plain + "_"
    return plain


def numbered(name: str, number: int) -> str:
    """A further identifier for a `c_name` that is taken."""
    return f"{name}__{number}" if name in _NUMBERED else f"{name}_{number}"


def c_function(name: str) -> str:
    """The C function of a typed function: `fn_scale`, `fn_scale_2` for further combinations of types."""
    if name.startswith("<module"):
        module = name[len("<module") : -1].strip()
        return f"module_{c_name(module)}" if module else "module_main"
    return "fn_" + c_name(re.sub(r"[.#]", "_", name))


def c_string(text: str) -> str:
    """A C string literal."""
    out = []
    for byte in text.encode("utf-8", "surrogatepass"):
        if byte in b'"\\?':
            out.append("\\" + chr(byte))
        elif 32 <= byte < 127:
            out.append(chr(byte))
        elif byte == 10:
            out.append("\\n")
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'
