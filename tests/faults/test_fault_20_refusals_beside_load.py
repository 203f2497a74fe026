"""Ten times more calls than the server takes: the rest is refused at once, and health answers."""

import time
from statistics import median

import grpc

from flooding import PROMPT, watched
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith.v1.names_pb2_grpc import NameServiceStub
from processes import running

REFUSED_WITHIN = 0.5
"""Seconds within which half of the refusals come: 50 ms on a machine of one's own."""


def test_fault_20_calls_past_capacity_are_refused_at_once() -> None:
    """The admitted calls are answered, the others learn at once when to come again."""
    with running("--max-names", "150000") as server, grpc.insecure_channel(server.address) as one:
        names = NameServiceStub(one)
        names.GenerateNames(GenerateNamesRequest(count=1))
        times: dict[grpc.StatusCode, list[float]] = {}
        with watched(server) as watch:
            began = time.monotonic()
            calls = [
                names.GenerateNames.future(GenerateNamesRequest(count=50_000), timeout=60)
                for _ in range(30)
            ]
            for call in calls:
                call.add_done_callback(
                    lambda done: times.setdefault(done.code(), []).append(time.monotonic() - began)
                )
            for call in calls:
                call.exception()
        assert times.keys() == {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert len(times[grpc.StatusCode.RESOURCE_EXHAUSTED]) >= 20
        assert median(times[grpc.StatusCode.RESOURCE_EXHAUSTED]) < REFUSED_WITHIN
        assert watch.slowest < PROMPT
