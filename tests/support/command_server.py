"""A warm `eptrans` command line: the real commands, without a Python start for each.

Started as a script, this file imports the package once and then serves jobs,
one JSON line each. A job is a command line; it runs in a forked child whose
standard streams are files, so that a test sees exactly what a user would (exit
status, standard output, standard error), and so that a crash or an endless loop
ends that child only. `CommandPool` is the tests' side: one server a processor.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """One command line: `command` is `eptrans` or `epython`, `limit` is in seconds."""

    arguments: tuple[str, ...]
    folder: str
    command: str = "eptrans"
    input: str = ""
    limit: float = 30.0
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Completed:
    """How a job ended: `status` is the exit status, or minus the signal's number."""

    status: int
    stdout: str
    stderr: str
    timed_out: bool = False


class CommandPool:
    """Servers started when first needed; each runs one job at a time."""

    def __init__(self, servers: int, environment: dict[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._idle: queue.SimpleQueue[subprocess.Popen[str] | None] = queue.SimpleQueue()
        for _ in range(servers):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(servers)

    def submit(self, job: Job) -> Future[Completed]:
        return self._threads.submit(self._run, job)

    def run(self, job: Job) -> Completed:
        return self.submit(job).result()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            server = self._idle.get()
            if server is not None and server.stdin is not None:
                server.stdin.close()
                server.wait()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, env=self._environment)

    def _run(self, job: Job) -> Completed:
        server = self._idle.get() or self._start()
        assert server.stdin is not None and server.stdout is not None
        try:
            server.stdin.write(json.dumps(asdict(job)) + "\n")
            server.stdin.flush()
            reply = server.stdout.readline()
        except BrokenPipeError:
            reply = ""
        self._idle.put(server if reply else None)
        if not reply:
            return Completed(server.wait(), "", "the command server itself ended")
        return Completed(**json.loads(reply))


def entry_point(command: str) -> object:
    """The function behind a console script."""
    if command == "epython":
        from eptrans import epython_cli
        return epython_cli.main
    from eptrans import cli
    return cli.main


def run_child(job: Job, streams: list[int]) -> None:
    """The whole life of a forked child; does not return."""
    status = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(job.folder)
        os.environ.update(job.environment)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        sys.argv = [job.command, *job.arguments]
        entry = entry_point(job.command)
        assert callable(entry)
        entry()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait_child(child: int, limit: float) -> tuple[int, bool]:
    """The child's status, and whether it had to be killed after `limit` seconds."""
    end, pause = time.monotonic() + limit, 0.0005
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), False
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -signal.SIGKILL, True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.005)


def serve_job(job: Job) -> Completed:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as error:
        given.write(job.input.encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            run_child(job, [given.fileno(), out.fileno(), error.fileno()])
        status, timed_out = wait_child(child, job.limit)
        texts = []
        for stream in (out, error):
            stream.seek(0)
            texts.append(stream.read().decode(errors="backslashreplace"))
    return Completed(status, texts[0], texts[1], timed_out)


def serve() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing a command prints by mistake may look like a reply
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests' own process handles Ctrl-C
    sys.path.insert(0, str(ROOT))
    for name in ("eptrans.cli", "eptrans.epython_cli", "eptrans.program", "eptrans.compile",
                 "eptrans.epx", "eptrans.report", "eptrans.tables", "eptrans.runtime.core"):
        __import__(name)
    signal_default = signal.default_int_handler
    for line in sys.stdin:
        fields = json.loads(line)
        job = Job(**{**fields, "arguments": tuple(fields["arguments"])})
        signal.signal(signal.SIGINT, signal_default)
        done = serve_job(job)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        replies.write(json.dumps(asdict(done)) + "\n")
        replies.flush()


if __name__ == "__main__":
    serve()
