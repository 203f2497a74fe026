#!/bin/sh
# Starts a server on the embedded bundle, generates ten names, evaluates val, stops the server.
set -eu
port=$(python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
export NAMESMITH_ADDRESS="127.0.0.1:$port"
namesmith-server --log-level error &
trap 'kill $!; wait $!' EXIT
namesmith health --wait
namesmith generate --count 10 --seed 42
namesmith evaluate val
echo "make web opens a page with all of this in a browser" >&2
