"""Draws names in this process, without a server and without gRPC: python examples/in_process.py.

Needs the server's packages: pip install "namesmith[server]"
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from namesmith.bundle import Bundle
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.engine import Constraint, GenerateRequest, Model, Sampling


async def main() -> None:
    """Load the model that ships with the server and ask it for names."""
    # A bundle is a model version on disk; every file is verified before it is parsed.
    bundle = Bundle.open(EMBEDDED / "us-names" / "1")

    # TO BE FINISHED with the engine's face: the one call that makes a model of a bundle.
    with ThreadPoolExecutor(1) as executor:
        model = Model.load(bundle, executor)

        # The request that the server makes of a GenerateNames call: five names of seed 42.
        answer = await model.generate(GenerateRequest(count=5, seed=42))
        print(answer.names)

        # The same, less daring and with a prefix, which is given in symbols.
        prefix = tuple(bundle.vocabulary.encode("ma"))
        request = GenerateRequest(
            count=5, seed=42, sampling=Sampling(top_k=10), constraint=Constraint(prefix=prefix)
        )
        print((await model.generate(request)).names)


if __name__ == "__main__":
    asyncio.run(main())
