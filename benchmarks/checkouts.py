"""Commits checked out into temporary folders, built, and ready to be run side by side.

Where a commit's runtime is that of the checkout in use, its built extension modules are copied; else the
commit is installed into a virtual environment of its own, which takes a minute and needs the package index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import HERE
from benchmarks.servers import Server
from eptrans.diagnostics import EptransError

_RUNTIME = ("runtime", "setup.py")
"""What extension modules are made from."""


class CheckoutError(EptransError):
    """A commit cannot be checked out or built; the text tells why."""


@dataclass(frozen=True)
class Checkout:
    """A commit that is built: `python` runs it. `tree` has its eptrans, `site` the benchmarks in use."""

    name: str
    commit: str
    python: str
    tree: Path
    site: Path

    def server(self, folder: Path) -> Server:
        """A process with this commit's eptrans and the benchmarks in use."""
        # The first place on the path that has a package gives it: benchmarks come from `site`.
        own = {"PYTHONPATH": f"{self.site}{os.pathsep}{self.tree}", "EPTRANS_CACHE": str(self.site / "cache")}
        return Server([self.python, "-m", "benchmarks.side"], folder, {**os.environ, **own})


def resolve(name: str, repository: Path = HERE.parent) -> str:
    """The commit that a name (a branch, a tag, a hash) stands for. Raises CheckoutError."""
    try:
        done = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        if not (repository / ".git").exists():
            raise CheckoutError(f"{repository} is not a git checkout: it has no commits") from None
        raise CheckoutError(f"'{name}' is not a commit of {repository}: `git log` lists them") from None
    except FileNotFoundError:
        raise CheckoutError("git is not installed: it is needed to check commits out") from None
    return done.strip()


def _git(repository: Path, *words: str) -> str:
    """What git prints. Raises CalledProcessError."""
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True, text=True,
                          start_new_session=True).stdout


@contextmanager
def checked_out(name: str, folder: Path, repository: Path = HERE.parent) -> Iterator[Checkout]:
    """A commit in `folder`, built; gone again afterwards. Raises CheckoutError."""
    commit = resolve(name, repository)
    tree, site = folder / "tree", folder / "site"
    folder.mkdir(parents=True)
    try:
        try:
            _git(repository, "worktree", "add", "--detach", "--force", str(tree), commit)
        except subprocess.CalledProcessError as error:
            raise CheckoutError(f"{name} cannot be checked out: {error.stderr.strip()}") from None
        python = _build(name, commit, tree, folder / "environment", repository)
        site.mkdir()
        (site / "benchmarks").symlink_to(HERE)
        yield Checkout(name, commit, python, tree, site)
    finally:
        with suppress(subprocess.CalledProcessError):  # it may not have come so far
            _git(repository, "worktree", "remove", "--force", str(tree))
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(subprocess.CalledProcessError):
            _git(repository, "worktree", "prune")


def _build(name: str, commit: str, tree: Path, environment: Path, repository: Path) -> str:
    """Make the extension modules in a tree; the Python that can load them."""
    modules = _ready_modules(commit, repository)
    if modules:
        for module in modules:
            shutil.copy2(module, tree / "runtime")
        return sys.executable
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable")
    command = [python, *install, str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CheckoutError(f"{name} cannot be built:\n" + "\n".join(done.stderr.strip().splitlines()[-15:]))
    return python


def _ready_modules(commit: str, repository: Path) -> list[Path]:
    """The built modules of the checkout in use, if they are those of the commit and up to date; else none."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    folder = repository / "runtime"
    sources = [path for path in folder.iterdir() if path.suffix in (".pyx", ".pxd", ".h")]
    modules = [path.with_suffix(suffix) for path in sources if path.suffix == ".pyx"]
    try:
        _git(repository, "diff", "--quiet", commit, "--", *_RUNTIME)
        newest = max(path.stat().st_mtime for path in sources)
        return modules if min(path.stat().st_mtime for path in modules) >= newest else []
    except (subprocess.CalledProcessError, OSError):
        return []
