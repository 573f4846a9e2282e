"""What of Python is refused: by node type, the message and the nearest supported way."""

from __future__ import annotations

import ast

Refusal = tuple[str, "str | None"]

REFUSED_EXPRESSIONS: dict[type[ast.AST], Refusal] = {
    ast.Lambda: ("'lambda' is not part of the language", "write a def and use its name"),
    ast.Dict: ("dictionaries are not part of the language", "use an array and int indices"),
    ast.Set: ("sets are not part of the language", "use an array"),
    ast.Tuple: ("tuples are not part of the language", "use a list, or several variables"),
    ast.ListComp: ("list comprehensions are not part of the language", "fill a list in a for loop: x=[0]*n"),
    ast.SetComp: ("comprehensions are not part of the language", "use a for loop"),
    ast.DictComp: ("comprehensions are not part of the language", "use a for loop"),
    ast.GeneratorExp: ("generator expressions are not part of the language", "use a for loop"),
    ast.Await: ("'await' is not part of the language", "send and recv wait by themselves"),
    ast.Yield: (
        "generators ('yield') are not part of the language",
        "return an array, or send values to a core",
    ),
    ast.YieldFrom: ("generators ('yield') are not part of the language", "return an array"),
    ast.NamedExpr: ("':=' is not part of the language", "assign on a line of its own"),
    ast.Starred: ("'*' arguments are not part of the language", "write the arguments out"),
    ast.Slice: ("a slice is only possible between the brackets of an array", None),
}

REFUSED_STATEMENTS: dict[type[ast.AST], Refusal] = {
    ast.ClassDef: ("'class' is not part of the language", "use functions and arrays"),
    ast.AsyncFunctionDef: (
        "'async' is not part of the language",
        "cores run side by side: use parallel or taskfarm",
    ),
    ast.AsyncFor: ("'async' is not part of the language", "use a plain for loop"),
    ast.AsyncWith: ("'async' is not part of the language", None),
    ast.With: ("'with' is not part of the language", "call the functions one after the other"),
    ast.Raise: ("exceptions ('raise') are not part of the language", "print a message and call exit()"),
    ast.Try: ("exceptions ('try') are not part of the language", "test for the condition with if"),
    ast.Assert: ("'assert' is not part of the language", "use: if not ...: print('...'); exit()"),
    ast.Delete: (
        "'del' is not part of the language",
        "memory comes back by itself; free(x) gives it back at once",
    ),
    ast.Nonlocal: ("'nonlocal' is not part of the language (there are no nested functions)", "use global"),
}
for _name, _refusal in {
    "Match": ("'match' is not part of the language", "use if and elif"),
    "TryStar": ("exceptions ('try') are not part of the language", "test for the condition with if"),
    "TypeAlias": ("'type' is not part of the language", "leave it out"),
}.items():
    if hasattr(ast, _name):
        REFUSED_STATEMENTS[getattr(ast, _name)] = _refusal

REFUSED_OPERATORS: dict[type[ast.AST], Refusal] = {
    ast.MatMult: ("'@' is not part of the language", "write the matrix product as loops"),
}

# Functions of Python that learners reach for, with the nearest supported way.
KNOWN_ELSEWHERE: dict[str, str] = {
    "enumerate": "count with a variable, or: for i in range(...)",
    "zip": "loop over the indices of both arrays",
    "reversed": "count down, or take a slice: a[::-1]",
    "sorted": "oddSort(a) of the module util sorts in place",
    "list": "an array is a list already; range(n) gives one",
    "tuple": "use a list, or several variables",
    "dict": "use an array and int indices",
    "set": "use an array",
    "isinstance": "kinds are known when the program is built; 'x is none' tells none",
    "type": "kinds are known when the program is built; 'x is none' tells none",
    "divmod": "write a//b and a%b",
    "map": "use a for loop",
    "filter": "use a for loop",
    "any": "use a for loop",
    "all": "use a for loop",
    "open": "a core has no files; input() reads, print writes",
    "raw_input": "it is called input",
    "sleep": "a core's clock runs only while it computes",
    "append": "writing past the end of a list grows it: a[len(a)]=x",
}
METHOD_HINTS: dict[str, str] = {
    "append": "writing past the end of a list grows it: a[len(a)]=x",
    "format": 'use an f-string: f"{x:.3f}"',
    "sort": "oddSort(a) of the module util sorts in place",
    "seed": "the option --seed N starts the random numbers",
    "join": "put strings together with +",
    "copy": "take a slice: a[:]",
}
