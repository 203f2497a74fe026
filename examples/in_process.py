"""Draw names in this process, without a server: python examples/in_process.py.

Needs the server's packages: pip install ./client ".[server]"
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from namesmith_server.app.loading import VersionLoader
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Codec, Constraint, GenerateRequest, Sampling


async def main() -> None:
    """Load the model that ships with the server and ask it for names."""
    # The engine computes large requests in threads, so that an event loop goes on beside them.
    with ThreadPoolExecutor(1) as executor:
        # Every file of the bundle is verified before it is parsed.
        loaded, faults = VersionLoader(Settings(), executor).load([("us-names", 1)])
        assert not faults, faults
        model = loaded["us-names", 1].model

        # The engine counts in symbols: names come encoded, and the codec spells them.
        codec = Codec(model.vocabulary)
        chunk = await model.generate(GenerateRequest(count=5, seed=42))
        print(codec.decode(chunk.names))

        # Less daring names with a prefix, which is given in symbols too.
        constraint = Constraint(prefix=tuple(model.vocabulary.encode("ma")), max_length=6)
        request = GenerateRequest(5, 42, Sampling(top_k=5), constraint, with_log_probs=True)
        chunk = await model.generate(request)
        assert chunk.log_probs is not None  # asked for above
        print(dict(zip(codec.decode(chunk.names), chunk.log_probs.tolist(), strict=True)))


if __name__ == "__main__":
    asyncio.run(main())
