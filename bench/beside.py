"""The callers beside a flood: a caller, a prober, a guest, each a process of its own.

    python bench/beside.py caller|prober|guest PORT

The plain caller asks for one name after another, the prober every 20 ms for the health, the guest
every 100 ms for 2,000 names, which only admitted calls get.

Calls until standard input ends, then prints every call as JSON: when it began (CLOCK_MONOTONIC, the
same in all processes), how long it took, both in seconds, and its outcome.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable

import grpc
from grpc_health.v1 import health_pb2

from namesmith.v1 import names_pb2

EVERY = {"caller": 0.0, "prober": 0.02, "guest": 0.1}
"""Seconds from one call to the next, or more where an answer takes longer."""

PATIENCE = 60.0
"""Seconds after which a call counts as failed."""

CALLERS = {
    "caller": ("/namesmith.v1.NameService/GenerateNames", names_pb2.GenerateNamesRequest(count=1)),
    "guest": (
        "/namesmith.v1.NameService/GenerateNames",
        names_pb2.GenerateNamesRequest(count=2000),
    ),
    "prober": ("/grpc.health.v1.Health/Check", health_pb2.HealthCheckRequest()),
}
SERVING = health_pb2.HealthCheckResponse(
    status=health_pb2.HealthCheckResponse.SERVING
).SerializeToString()


def main() -> None:
    """Call as the arguments say, on a connection of its own."""
    kind, port = sys.argv[1:]
    if kind == "prober":
        # It measures the server, and not how long it waits for a processor itself.
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, -10)
    method, request = CALLERS[kind]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        grpc.channel_ready_future(channel).result(PATIENCE)
        call = channel.unary_unary(method)  # bytes in, bytes out
        raw = request.SerializeToString()
        print("ready", flush=True)
        calls = list(_calls(lambda: call(raw, timeout=PATIENCE), kind, ended))
    print(json.dumps(calls))


def _calls(call: Callable[[], bytes], kind: str, ended: threading.Event):  # noqa: ANN202
    while not ended.is_set():
        began = time.monotonic()
        try:
            answer = call()
            outcome = "OK" if kind != "prober" or answer == SERVING else "NOT_SERVING"
        except grpc.RpcError as error:
            outcome = error.code().name
        took = time.monotonic() - began
        yield began, took, outcome
        if took < EVERY[kind]:
            ended.wait(EVERY[kind] - took)


if __name__ == "__main__":
    main()
