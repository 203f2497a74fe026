"""The sink: a grpc.aio + uvloop server that reads every request and answers with an empty message.

    python bench/sink.py LIMIT

Prints its port. LIMIT is the size in bytes of the largest message that it reads. A flood against
the sink costs what the flood's own process costs, and what gRPC must pay to read the bytes.
"""

import sys
from typing import Any

import grpc
import uvloop


class EveryMethod(grpc.GenericRpcHandler):
    """A handler of every method."""

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Return the handler that reads one message and answers."""
        return grpc.unary_unary_rpc_method_handler(_answer)


async def _answer(_request: bytes, _context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
    return b""


async def serve(limit: int) -> None:
    """Serve until killed."""
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", limit),))
    server.add_generic_rpc_handlers((EveryMethod(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
