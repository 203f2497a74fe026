"""The floor: a grpc.aio + uvloop server that returns the same messages and computes no names.

    python bench/floor.py COUNT PORT PROCESSES

Answers GenerateNames with COUNT names made beforehand; prints its port. PORT 0 stands for any free
port. Where PROCESSES is above 1, that many floor servers can share one port.
"""

import sys
from typing import Any

import grpc
import uvloop

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc

LARGEST = 64 << 20
"""Largest size of a response, in bytes."""


class Echo(names_pb2_grpc.NameServiceServicer):
    """A name service that answers every call with the same names."""

    def __init__(self, count: int) -> None:
        names = [f"name{i % 1000}" for i in range(count)]
        self._response = pb.GenerateNamesResponse(names=names, seed=1, model="us-names", version=1)

    async def GenerateNames(  # noqa: N802 - gRPC's name
        self, _request: pb.GenerateNamesRequest, _context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.GenerateNamesResponse:
        """Return the names made beforehand."""
        return self._response


async def serve(count: int, port: int, processes: int) -> None:
    """Serve until killed."""
    server = grpc.aio.server(
        options=(
            ("grpc.so_reuseport", int(processes > 1)),
            ("grpc.max_send_message_length", LARGEST),
        )
    )
    names_pb2_grpc.add_NameServiceServicer_to_server(Echo(count), server)  # type: ignore[arg-type]
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(*map(int, sys.argv[1:])))
