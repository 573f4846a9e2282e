"""Which functions call which, and which may come to call themselves."""

from __future__ import annotations

from ..ir import Call, CallDevice, CallValue, Program, RunModule


def call_graph(program: Program) -> dict[str, set[str]]:
    """For each typed function the functions that it may call itself, by name."""
    by_value = {name for name in program.value_instances.values() if name}
    graph: dict[str, set[str]] = {}
    for name, function in program.functions.items():
        called = graph.setdefault(name, set())
        for block in function.blocks:
            for operation in block.operations:
                if isinstance(operation, Call):
                    called.add(operation.function)
                elif isinstance(operation, RunModule):
                    called.add(f"<module {operation.module}>")
                elif isinstance(operation, CallValue) or (
                    isinstance(operation, CallDevice) and operation.function == "taskfarm.worker"
                ):
                    called |= by_value
    return graph


def recursive_functions(program: Program) -> set[str]:
    """The functions that lie on a cycle of calls: Tarjan's strongly connected components."""
    graph = call_graph(program)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    found: set[str] = set()

    for root in graph:
        if root in order:
            continue
        work = [(root, iter(sorted(graph[root])))]
        order[root] = low[root] = len(order)
        path.append(root)
        on_path.add(root)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == order[name]:
                    members = path[path.index(name) :]
                    del path[len(path) - len(members) :]
                    on_path.difference_update(members)
                    if len(members) > 1 or name in graph[name]:
                        found.update(members)
            elif following not in order:
                order[following] = low[following] = len(order)
                path.append(following)
                on_path.add(following)
                work.append((following, iter(sorted(graph[following]))))
            elif following in on_path:
                low[name] = min(low[name], order[following])
    return found
