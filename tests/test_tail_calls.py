"""That a blocked send, recv or sync leaves its own frame before it switches to another core.

A compiler drops a tail call without a word (an address of a local that lives too long is enough), and what
is left works as well, at nearly twice the price: so the machine code itself is looked at.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from support.machine_code import instructions

SWITCH = "eptrans_fiber_switch"
JUMPS = ("jmp", "jmpq", "b")
ENTRIES = [("mesh", "send"), ("mesh", "recv"), ("collectives", "sync")]


@pytest.mark.parametrize(("module", "entry"), ENTRIES)
def test_switch_is_the_last_act(module: str, entry: str) -> None:
    found = find_spec(f"eptrans.runtime.{module}")
    assert found is not None and found.origin is not None
    functions = instructions(found.origin)
    name = next((name for name in functions if name.endswith(f"{module}_{entry}")), None)
    if name is None or SWITCH not in functions:
        pytest.skip("the runtime was built without symbols, or with ucontext's switch")
    switches = [step for step in functions[name] if f"<{SWITCH}>" in step]
    assert switches, f"{entry} does not switch at all"
    assert [step for step in switches if step.split()[0] not in JUMPS] == []
