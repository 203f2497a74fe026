#!/bin/sh
# Generates the Python stubs of every .proto file: make_stubs.sh FOLDER
set -eu
python -m grpc_tools.protoc -Iproto --python_out="$1" --grpc_python_out="$1" \
  --mypy_out=quiet:"$1" --mypy_grpc_out=quiet:"$1" proto/namesmith/v1/*.proto
# A file without a service needs no service stub.
rm -f "$1"/namesmith/v1/manifest_pb2_grpc.py "$1"/namesmith/v1/manifest_pb2_grpc.pyi
# The Open Inference Protocol, which the server alone speaks: its stubs go to the second folder.
PATH=$PWD/.stubs/bin:$PATH python -m grpc_tools.protoc -Iserver --python_out="$2" \
  --grpc_python_out="$2" --mypy_out=quiet:"$2" --mypy_grpc_out=quiet:"$2" \
  server/namesmith_server/grpc/oip/*.proto
