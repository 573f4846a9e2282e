"""From a source file to a built program, and from a built program to a shared object that can be loaded.

Both steps look into the cache first. A program is found there when its sources, its options, the
compiler's own code and the target are the same, and then neither the front end nor the C compiler
is even imported. A shared object is found when the C text and the target are the same.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eptrans import __version__
from eptrans.codegen.cache import Cache, Target, code_fingerprint, current_target, digest, object_key
from eptrans.codegen.compiler_driver import (
    PLAIN_OBJECT,
    Compiler,
    CompilerFailedError,
    CompilerNotFoundError,
    ObjectKind,
    compile_c,
    find_compiler,
)
from eptrans.epx import Package, PackageError, StoredSource, decode, encode
from eptrans.memory_layout import NOTHING_FAR
from eptrans.options import CompileOptions


@dataclass(frozen=True)
class LoadableObject:
    """A shared object on disk, current for this machine; `folder` keeps a temporary one alive."""

    path: str
    folder: tempfile.TemporaryDirectory[str] | None = None


def build_package(path: str, options: CompileOptions, cc: str | None = None) -> Package:
    """Build a program, or take it from the cache where nothing has changed.

    Raises CompileError for errors in the program, CompilerNotFoundError and CompilerFailedError.
    """
    compiler = find_compiler(cc)
    target = current_target(compiler)
    cache = Cache()
    key = _package_key(path, options, target)
    package = _cached_package(cache, key)
    if package is None:
        package = _compile(path, options, compiler, target, cache)
        if key is not None and key == _package_key(path, options, target):  # not edited meanwhile
            cache.write(f"{key}.epx", encode(package))
    return package


def _package_key(path: str, options: CompileOptions, target: Target) -> str | None:
    """The key of a program in the cache; None for what is not a plain file that can be read."""
    content = _file_hash(path)
    if content is None:
        return None
    modules = os.environ.get("EPYTHONPATH", "")
    return digest(
        "package",
        path,
        os.path.abspath(path),
        content,
        repr(options),
        modules,
        code_fingerprint(),
        target.text,
    )


def _cached_package(cache: Cache, key: str | None) -> Package | None:
    """A program from the cache, if all that it was made from is still so."""
    data = cache.read(f"{key}.epx") if key is not None else None
    if data is None:
        return None
    try:
        package = decode(data, "cache")
    except PackageError:
        return None
    modules_same = all(_file_hash(source.path) == source.sha256 for source in package.sources)
    return package if modules_same and not any(map(os.path.exists, package.absent)) else None


def _file_hash(path: str) -> str | None:
    """The hash of a plain file's bytes; None if it cannot be read, or only once (a pipe)."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if os.path.isfile(path) else None
    except OSError:
        return None


def _compile(path: str, options: CompileOptions, compiler: Compiler, target: Target, cache: Cache) -> Package:
    """Run the front end and the C compiler."""
    # The whole front end: not needed where the cache has the answer.
    from eptrans.compile import compile_program

    compilation = compile_program(path, options)
    sources = tuple(
        StoredSource(source.path, source.text, _file_hash(source.path) or "")
        for source in compilation.sources
    )
    return Package(
        options=options,
        c_text=compilation.c_text,
        shared_object=_object_bytes(compilation.c_text, compiler, target, cache, path),
        sources=sources,
        target=target,
        eptrans_version=__version__,
        warnings=tuple(warning.render() for warning in compilation.warnings),
        absent=_absent_modules(sources),
    )


def _absent_modules(sources: tuple[StoredSource, ...]) -> tuple[str, ...]:
    """Files that come before a module of the program in the search order, and do not exist."""
    if len(sources) == 1:
        return ()
    from eptrans.frontend.modules import search_folders

    absent: list[str] = []
    for source in sources[1:]:
        file = Path(source.path)
        for folder in search_folders(sources[0].path):
            candidate = folder / file.name
            if candidate.exists():
                break
            absent.append(str(candidate))
    return tuple(absent)


def _object_bytes(
    c_text: str,
    compiler: Compiler,
    target: Target,
    cache: Cache,
    program: str,
    kind: ObjectKind = PLAIN_OBJECT,
) -> bytes:
    """A shared object of a C text, from the cache or from the C compiler."""
    name = f"{object_key(c_text, target, kind)}.so"
    data = cache.read(name)
    if data is None:
        data = compile_c(c_text, compiler, program=program, kind=kind).data
        cache.write(name, data)
    return data


def loadable_object(package: Package, cc: str | None = None) -> LoadableObject:
    """A program's shared object as a file that this machine can load.

    The object in the package is used if it was made for this machine, this runtime and the C compiler
    that would be used now (any, if there is none here). Otherwise the C text is compiled again.
    Raises CompilerNotFoundError, CompilerFailedError and PackageError.
    """
    cache = Cache()
    try:
        compiler = find_compiler(cc)
    except CompilerNotFoundError as error:
        if cc is not None:
            raise
        return _object_without_compiler(package, cache, error)
    target = current_target(compiler)
    if package.target == target:
        return _on_disk(cache, object_key(package.c_text, target), package.shared_object)
    try:
        data = _object_bytes(package.c_text, compiler, target, cache, package.name)
    except CompilerFailedError as error:
        if package.target.runtime == target.runtime:
            raise
        raise PackageError(
            f"{package.name} was built by another version of eptrans ({package.eptrans_version}) and its "
            "C text does not fit this one: build it again from its source"
        ) from error
    return _on_disk(cache, object_key(package.c_text, target), data)


def special_object(package: Package, kind: ObjectKind, cc: str | None = None) -> LoadableObject:
    """Another shared object of a program: for recorded runs, or with parts of it in shared memory.

    Raises CompilerNotFoundError and CompilerFailedError.
    """
    cache = Cache()
    try:
        compiler = find_compiler(cc)
    except CompilerNotFoundError as error:
        if kind.far == NOTHING_FAR:
            raise
        raise CompilerNotFoundError(
            f"the {kind.far} of {package.name} lies in shared memory, which it has to be compiled for, "
            f"but {error}"
        ) from error
    target = current_target(compiler)
    data = _object_bytes(package.c_text, compiler, target, cache, package.name, kind)
    return _on_disk(cache, object_key(package.c_text, target, kind), data)


def _object_without_compiler(package: Package, cache: Cache, error: CompilerNotFoundError) -> LoadableObject:
    """The object of a package where there is no C compiler: it must have been made for such a machine."""
    made_by = package.target.compiler
    here = current_target(Compiler((), ""))
    here = Target(here.system, here.processor, here.runtime, made_by)
    if package.target != here:
        raise CompilerNotFoundError(
            f"{package.name} was built for another machine or another version of eptrans and has to be "
            f"compiled again, but {error}"
        )
    return _on_disk(cache, object_key(package.c_text, here), package.shared_object)


def _on_disk(cache: Cache, key: str, data: bytes) -> LoadableObject:
    """The object as a file: in the cache, or in a temporary folder where there is no cache."""
    name = f"{key}.so"
    if cache.read(name) == data:
        return LoadableObject(str(cache.path(name)))
    path = cache.write(name, data)
    if path is not None:
        return LoadableObject(str(path))
    folder = tempfile.TemporaryDirectory(prefix="eptrans-")
    temporary = Path(folder.name, "program.so")
    temporary.write_bytes(data)
    return LoadableObject(str(temporary), folder)
