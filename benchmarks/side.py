"""One side of a comparison: `python -m benchmarks.side`, with the eptrans of a commit on the path.

Asked with the path of a program, the number of cores and that of repeats, it answers with what the
program printed and the processor seconds of the run.
"""

from __future__ import annotations

from benchmarks import programs
from benchmarks.servers import serve


def _answer(words: list[str]) -> tuple[str, float]:
    path, cores, repeats = words
    return programs.run(path, int(repeats), int(cores))


if __name__ == "__main__":
    serve(_answer)
