#!/bin/sh
# Generates the Go code of the contract and compiles the example with Debian's packages, offline:
# build.sh FOLDER makes FOLDER/generate. Needs golang-go, golang-google-grpc-dev,
# golang-google-genproto-dev, golang-google-protobuf-dev and protobuf-compiler. With modules instead:
# protoc with --go_opt=module=... and --go-grpc_opt=module=..., and go build.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export GO111MODULE=off GOFLAGS= GOPATH="$folder:/usr/share/gocode" GOCACHE="$folder/cache"
for plugin in google.golang.org/protobuf/cmd/protoc-gen-go \
  google.golang.org/grpc/cmd/protoc-gen-go-grpc; do
  go build -o "$folder/bin/$(basename "$plugin")" "$plugin"
done
mkdir -p "$folder/src/generate"
cp "$here"/*.go "$folder/src/generate/"
PATH="$folder/bin:$PATH" protoc --proto_path="$here/../../proto" \
  --go_out="$folder/src" --go-grpc_out="$folder/src" "$here"/../../proto/namesmith/v1/*.proto
cd "$folder" && go build -o "$folder/generate" generate
