#!/bin/sh
# Fails when the committed stubs differ from fresh stubs of the .proto files.
set -eu
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
sh scripts/make_stubs.sh "$fresh"
for stub in "$fresh"/namesmith/v1/*; do
  cmp "$stub" "proto/namesmith/v1/$(basename "$stub")" || { echo "stale stub: run make proto"; exit 1; }
done
