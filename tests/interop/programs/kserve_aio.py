"""KServe's client: health, and inputs as contents and as raw bytes."""

import asyncio
import sys

import numpy as np
from kserve import InferenceGRPCClient, InferInput, InferRequest
from kserve.protocol.infer_type import RequestedOutput

MODEL = "us-names"


async def main(address: str) -> None:
    """Call the server."""
    async with InferenceGRPCClient(address) as client:
        assert await client.is_server_live()
        assert await client.is_server_ready()
        assert await client.is_model_ready(MODEL)
        assert not await client.is_model_ready("none")
        count = InferInput("count", [1], "INT32", data=[4])
        prefix = InferInput("prefix", [1], "BYTES", data=["ka"])
        drawn = await client.infer(
            InferRequest(MODEL, [count, prefix], request_id="7", parameters={"seed": 42})
        )
        names = [bytes(name) for name in drawn.outputs[0].as_numpy()]
        assert drawn.id == "7"
        assert len(names) == 4
        assert all(name.startswith(b"ka") for name in names)
        raw = InferInput("names", [1, 4], "BYTES")
        raw.set_data_from_numpy(np.array([names], object), binary_data=True)
        listed = InferInput("names", [4], "BYTES", data=names)
        outputs = [RequestedOutput("log_probs")]
        scores = [
            await client.infer(InferRequest(f"{MODEL}.score", [one], request_outputs=outputs))
            for one in (raw, listed)
        ]
        np.testing.assert_array_equal(*(one.outputs[0].as_numpy() for one in scores))


asyncio.run(main(sys.argv[1]))
