# make demo   sets up .venv, then builds and runs a task farm on 16 cores
# make test   sets up .venv, then runs all tests
# make bench  sets up .venv, then measures (OPTIONS="--quick --only kernels", for instance)
# make gate   counts instructions and compares them with benchmarks/baseline.json (OPTIONS=--record: writes it)
# make lint   style and types
# make clean  removes what building has left

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
LINT_INSTALLED := .venv/installed-lint
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXAMPLE ?= examples/pi_farm.py
# The runtime is compiled: installed again when one of these changes.
RUNTIME := $(wildcard runtime/*.pyx runtime/*.pxd runtime/*.h)

.PHONY: demo test bench gate lint clean setup setup-lint

demo: $(INSTALLED)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp $(EXAMPLE) "$$folder" && cd "$$folder" && \
	PATH="$(CURDIR)/$(BIN):$$PATH" && set -x && eptrans build $(notdir $(EXAMPLE)) && eptrans run -t

test: $(INSTALLED)
	$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(OPTIONS)

gate: $(INSTALLED)
	$(BIN)/python -m benchmarks.instructions $(OPTIONS)

lint: $(LINT_INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy

setup: $(INSTALLED)

setup-lint: $(LINT_INSTALLED)

$(INSTALLED): pyproject.toml setup.py $(RUNTIME)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[test]'
	touch $@

# The package is there: by its name, only what the extra asks for is added, and nothing is built again.
$(LINT_INSTALLED): $(INSTALLED)
	$(INSTALL) 'eptrans[lint]'
	touch $@

clean:
	rm -rf build dist *.egg-info .venv runtime/*.so .mypy_cache .pytest_cache .ruff_cache .hypothesis
