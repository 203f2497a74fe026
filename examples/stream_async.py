"""Reads a long stream of names with asyncio: python examples/stream_async.py [HOST:PORT].

Start a server first: namesmith-server
"""

import asyncio
import sys
from collections import Counter

from namesmith_client import AsyncClient


async def main(address: str) -> None:
    """Call the server at an address."""
    async with AsyncClient(address) as client:
        # Names are made while they are read, so that memory stays flat for any count.
        lengths: Counter[int] = Counter()
        async with client.stream(100_000, seed=7) as stream:
            # Chunks are much faster to read than names one at a time: "async for name in stream".
            async for chunk in stream.chunks():
                lengths.update(map(len, chunk.names))
        print("most frequent lengths:", lengths.most_common(3))

        # Leaving the block ends a stream early, and the server's work with it.
        async with client.stream(1_000_000_000, prefix="ma", max_length=5) as stream:
            async for name in stream:
                if name.endswith("a"):
                    print("first that ends with a:", name, "of seed", stream.seed)
                    break

        # Calls of one client run side by side.
        results = await asyncio.gather(*(client.generate(1, seed=seed) for seed in range(3)))
        print("side by side:", [result.names[0] for result in results])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"))
