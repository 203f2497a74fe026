"""Many calls at once on a connection: those beyond the limit wait in the client, and none fails."""

import asyncio

import grpc

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from namesmith_server.app.transport.server import MAX_CONCURRENT_CALLS
from processes import running

CALLS = 8 * MAX_CONCURRENT_CALLS


async def test_every_call_of_a_plain_client_is_answered() -> None:
    """A gRPC client that retries nothing makes eight times as many calls as may be in progress."""
    with running() as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            request = pb.GenerateNamesRequest(count=1)
            calls = [stub.GenerateNames(request, timeout=100) for _ in range(CALLS)]
            answers = await asyncio.gather(*calls)
    assert sum(len(answer.names) for answer in answers) == CALLS
