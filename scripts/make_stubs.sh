#!/bin/sh
# Generates the Python stubs of every .proto file: make_stubs.sh FOLDER
#
# The generator is old on purpose: its code runs on protobuf 6.30 and all of 7, with grpcio 1.72.1 and
# later, which are the lower ends of the client's ranges. It has an environment of its own, .stubs.
set -eu
GENERATOR="grpcio-tools==1.72.1 protobuf==6.33.6 mypy-protobuf==5.1.0"
if [ "$(cat .stubs/generator 2>/dev/null)" != "$GENERATOR" ]; then
  for python in python3.11 python3.12 python3.13 none; do # it has no wheel for later ones
    "$python" -c pass 2>/dev/null && break
  done
  [ "$python" != none ] || { echo "the generator of stubs needs Python 3.11, 3.12 or 3.13"; exit 1; }
  "$python" -m venv --clear .stubs
  # shellcheck disable=SC2086 # each word is a requirement
  .stubs/bin/pip install --quiet $GENERATOR
  echo "$GENERATOR" > .stubs/generator
fi
PATH=$PWD/.stubs/bin:$PATH python -m grpc_tools.protoc -Iproto --python_out="$1" \
  --grpc_python_out="$1" --mypy_out=quiet:"$1" --mypy_grpc_out=quiet:"$1" proto/namesmith/v1/*.proto
# A file without a service needs no service stub.
rm -f "$1"/namesmith/v1/manifest_pb2_grpc.py "$1"/namesmith/v1/manifest_pb2_grpc.pyi
# The Open Inference Protocol, which the server alone speaks: its stubs go to the second folder.
PATH=$PWD/.stubs/bin:$PATH python -m grpc_tools.protoc -Iserver --python_out="$2" \
  --grpc_python_out="$2" --mypy_out=quiet:"$2" --mypy_grpc_out=quiet:"$2" \
  server/namesmith_server/grpc/oip/*.proto
