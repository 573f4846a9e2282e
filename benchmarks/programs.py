"""Running ePython programs in this process and taking their time.

Every program reads its number of repeats from standard input and prints one value, on one core.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import eptrans

HERE = Path(__file__).resolve().parent


@cache
def built(path: str, word: int = 32) -> eptrans.Program:
    """The program at a path under this folder, such as "kernels/pi.py"."""
    return eptrans.build(HERE / path, word=word)


def run(path: str, repeats: int, cores: int = 1, *, word: int = 32) -> tuple[str, float]:
    """What a program prints, and the processor seconds of running it on one thread (not of building it).

    Raises RuntimeError where it does not print one value.
    """
    program = built(path, word)
    program.shared_object  # noqa: B018  (made here if this machine has not got it yet)
    start = time.process_time()
    result = program.run(cores, jobs=1, input=f"{repeats}\n")
    seconds = time.process_time() - start
    printed = [line for lines in result.lines.values() for line in lines]
    if len(printed) != 1:
        raise RuntimeError(f"{path} printed {printed} where one value was expected")
    return printed[0], seconds
