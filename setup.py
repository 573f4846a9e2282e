"""Builds the device runtime: one extension module for each runtime/*.pyx.

Everything else about the package stands in pyproject.toml. The sources are
named by way of the link eptrans/runtime -> ../runtime, so that the modules are
found as eptrans.runtime.* in the source tree, an sdist and a wheel alike.
"""

import os
from glob import glob
from pathlib import PurePath

from Cython.Build import cythonize
from setuptools import Extension, setup

RUNTIME = "eptrans/runtime"

# Results must not depend on the host: no contraction of a*b+c, no undefined overflow.
COMPILE_ARGUMENTS = ["-O3", "-std=gnu11", "-ffp-contract=off", "-fwrapv", "-fno-math-errno", "-pthread"]

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
}


def extensions() -> list[Extension]:
    """One extension for each .pyx of the runtime, made again when any of its headers changes."""
    shared = sorted(glob(f"{RUNTIME}/*.h") + glob(f"{RUNTIME}/*.pxd"))
    return [
        Extension(
            f"eptrans.runtime.{PurePath(source).stem}",
            [source],
            include_dirs=[RUNTIME],
            depends=shared,
            extra_compile_args=COMPILE_ARGUMENTS,
            extra_link_args=["-pthread"],
        )
        for source in sorted(glob(f"{RUNTIME}/*.pyx"))
    ]


setup(
    # The generated C goes to build/, not beside the sources.
    ext_modules=cythonize(extensions(), build_dir="build/cython", compiler_directives=DIRECTIVES),
    options={"build_ext": {"parallel": min(4, os.cpu_count() or 1)}},
)
