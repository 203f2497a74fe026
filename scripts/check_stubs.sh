#!/bin/sh
# Fails when the committed stubs differ from fresh stubs of the .proto files.
set -eu
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
mkdir "$fresh/proto" "$fresh/server"
sh scripts/make_stubs.sh "$fresh/proto" "$fresh/server"
for stub in $(cd "$fresh" && find . -type f); do
  cmp "$fresh/$stub" "$stub" || { echo "stale stub: run make proto"; exit 1; }
done
