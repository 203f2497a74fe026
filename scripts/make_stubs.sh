#!/bin/sh
# Generates the Python stubs of every .proto file: make_stubs.sh CONTRACT SERVER
# CONTRACT is the folder of the stubs of proto/, SERVER that of the stubs of server/.
set -eu
stubs() {
  python -m grpc_tools.protoc -I"$1" --python_out="$2" --grpc_python_out="$2" \
    --mypy_out=quiet:"$2" --mypy_grpc_out=quiet:"$2" "$3"/*.proto
}
stubs proto "$1" proto/namesmith/v1
# A file without a service needs no service stub.
rm -f "$1"/namesmith/v1/manifest_pb2_grpc.py "$1"/namesmith/v1/manifest_pb2_grpc.pyi
# Protocols of others, which the server alone speaks.
stubs server "$2" server/namesmith_server/grpc/oip
