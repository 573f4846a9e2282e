"""Processes that answer questions: a line of words in, a line of words out.

What takes long to start (Numba compiling a kernel, another commit's eptrans) is started once and then asked
for one measurement after the other, in turns with what it is compared with.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType

_SECONDS_TO_END = 5


class PeerError(Exception):
    """What is measured beside ours does not work; the text is the last thing that it said."""


class Server:
    """A process that is asked. It is in a group of its own, so that Ctrl-C reaches only who asks."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115  (closed with the process)
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, text=True, bufsize=1, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def ask(self, *words: object) -> list[str]:
        """The answer to a question, as words. Raises PeerError if the process has ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        answer = ""
        with suppress(BrokenPipeError):
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise PeerError(self._last_words())
        return answer.split()

    def _last_words(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"ended with status {status}"

    def close(self) -> None:
        """End the process: it is told by the end of its input, then by a signal."""
        with suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_END)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()


def serve(answer: Callable[[list[str]], Sequence[object]]) -> None:
    """Answer every line of standard input, until its end. For the process that is asked.

    Only answers go to standard output: what is printed meanwhile goes to standard error.
    """
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(*answer(line.split()), file=answers, flush=True)
