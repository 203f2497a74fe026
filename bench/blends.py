"""Blends of the embedded models: states, bytes, the time of the first call and of later ones."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.app.loading import VersionLoader
from namesmith_server.app.settings import EMBEDDED, Settings
from namesmith_server.engine import Admission, GenerateRequest
from namesmith_server.grpc import Blends, Catalog

MODELS = "us-names", "us-names-distilled", "us-names-wavenet"
REPEATS = 3


async def main() -> None:
    """Print a row for each blend, the best of a few builds."""
    catalog = Catalog()
    with ThreadPoolExecutor(2) as executor:
        loader = VersionLoader(Settings(only=MODELS, models=EMBEDDED), executor)
        loaded, _ = loader.load([(name, 1) for name in MODELS])
        print("| blend | states | MiB | first call, ms | later calls, ms |")
        print("| --- | --- | --- | --- | --- |")
        for names in (*combinations(MODELS, 2), MODELS):
            first, later = [], []
            for _ in range(REPEATS):
                catalog.fill((), "")
                catalog.fill(loaded.values(), MODELS[0])
                blends, asked = Blends(catalog, Admission(10**6)), ModelRef(name="+".join(names))
                for times in (first, later):
                    began = time.perf_counter()
                    blend = await blends.get(asked)
                    await blend.model.generate(GenerateRequest(10, 42))
                    times.append((time.perf_counter() - began) * 1_000)
            chain = blend.model.ingredients.chain
            states = f"{len(chain):,}" if chain is not None else "none"
            print(
                f"| `{asked.name}` | {states} | {blend.size / 2**20:.0f} | {min(first):.0f} |"
                f" {min(later):.1f} |"
            )


asyncio.run(main())
