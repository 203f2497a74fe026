"""Triton's asynchronous client: calls at once, and a stream."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import tritonclient.grpc.aio as grpcclient

MODEL = "us-names"


def asking(count: int) -> dict[str, Any]:
    """Return a request for names."""
    given = grpcclient.InferInput("count", [1, 1], "INT32")
    given.set_data_from_numpy(np.array([[count]], np.int32))
    return {"model_name": MODEL, "inputs": [given], "parameters": {"seed": 1}}


async def requests() -> AsyncIterator[dict[str, Any]]:
    """Yield the requests of a stream."""
    yield asking(20_000)
    yield asking(3)


async def main(address: str) -> None:
    """Call the server."""
    async with grpcclient.InferenceServerClient(address) as client:
        assert await client.is_server_ready()
        assert await client.is_model_ready(MODEL)
        several = await asyncio.gather(*(client.infer(**asking(count)) for count in range(1, 33)))
        assert [len(one.as_numpy("names")) for one in several] == list(range(1, 33))
        names = []
        async for result, error in client.stream_infer(requests()):
            assert error is None
            names.extend(result.as_numpy("names"))
        assert len(names) == 20_003
        assert names[:32] == list(several[-1].as_numpy("names"))


asyncio.run(main(sys.argv[1]))
