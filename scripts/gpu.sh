#!/bin/sh
# The checks and figures of a machine with an NVIDIA GPU, from a checkout, each part within its time.
#
#     sh scripts/gpu.sh [PART ...]        parts: about tests serve train; by default all
#
# Python is $PYTHON (python3), with torch for CUDA and what the extras server and trainer need; wheels
# in a folder .whl are installed first, beside it. Compiled code is used where it lies in the checkout.
# $SERVE holds options of bench/cuda.py, such as --skip-cpu. Output goes to the terminal and to files of $OUT (the working folder). DEVICE=cpu tries the script
# itself on a machine without a GPU, with small sizes.

PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
OUT=${OUT:-.}
export OUT PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
here=$PWD
PYTHONPATH="$here/proto:$here/client:$here/server:$here/trainer:$here/web${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH

if ls .whl/*.whl >/dev/null 2>&1; then
    wheels=$(mktemp -d)
    $PYTHON -m pip install -q --no-index --no-deps --no-compile --target "$wheels" .whl/*.whl || exit
    PYTHONPATH="$PYTHONPATH:$wheels"
fi
# A checkout that is not installed has no version to publish bundles with.
if ! $PYTHON -c 'import importlib.metadata as m; m.version("namesmith")' 2>/dev/null; then
    site=$(mktemp -d)
    mkdir "$site/namesmith-0.dist-info"
    $PYTHON - >"$site/namesmith-0.dist-info/METADATA" <<'PYTHON'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print("Metadata-Version: 2.4\nName: namesmith\nVersion:", project["version"])
for extra in project["optional-dependencies"]:
    print("Provides-Extra:", extra)
PYTHON
    PYTHONPATH="$PYTHONPATH:$site"
fi

part() { # NAME SECONDS COMMAND...
    name=$1 seconds=$2
    shift 2
    case " $parts " in *" $name "*) ;; *) return ;; esac
    echo "== $name: $*"
    began=$(date +%s)
    { timeout -k 5 "$seconds" "$@" 2>&1; echo "$?" >"$OUT/$name.status"; } | tee "$OUT/$name.txt"
    echo "== $name: exit status $(cat "$OUT/$name.status") after $(($(date +%s) - began)) s"
    rm -f "$OUT/$name.status"
}

about() {
    git rev-parse --short HEAD 2>/dev/null
    nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used --format=csv,noheader
    $PYTHON - <<'PYTHON'
import importlib.metadata as m, os, platform
print("Python", platform.python_version(), "cores", os.cpu_count())
for name in ("torch", "triton", "numpy", "onnxruntime", "grpcio", "protobuf", "uvloop"):
    try:
        print(name, m.version(name))
    except m.PackageNotFoundError:
        print(name, "is missing")
from namesmith_server.engine import native
print("compiled code:", native.available)
PYTHON
}

parts=${*:-about tests serve train}
case " $parts " in *" about "*) about 2>&1 | tee "$OUT/about.txt" ;; esac
if [ "$DEVICE" = cpu ]; then
    part serve 400 "$PYTHON" bench/cuda.py --device cpu --backend torchscript --seconds 0.2
    part train 60 "$PYTHON" bench/train.py --steps 100 --rounds 1
else
    part tests 70 "$PYTHON" -m pytest -q -W default -p no:cacheprovider -m cuda $(grep -rl mark.cuda tests | sed "s|/conftest.py||")
    part serve 120 "$PYTHON" bench/cuda.py --seconds 1 $SERVE
    part train 60 "$PYTHON" bench/train.py --device cuda --steps 500 --rounds 2
fi
