"""The choice of the sampler that draws a model's names.

| model                          | prefix and lengths alone | all other requests |
| ------------------------------ | ------------------------ | ------------------ |
| a chain, served from it        | ChainSampler             | ChainSampler       |
| a chain, on a GPU that draws   | ChainSampler             | ChainSampler       |
| a chain, on another backend    | BatchedSampler           | ChainSampler       |
| without a chain                | RejectionSampler         | RejectionSampler   |

Of a chain, requests that keep a distance from the training names go by a DistantSampler.
"""

from concurrent.futures import Executor

from namesmith_server.engine.batching import BatchScheduler
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.batched_sampler import BatchedSampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains
from namesmith_server.engine.samplers.chain_sampler import ChainSampler
from namesmith_server.engine.samplers.distant_sampler import DistantSampler
from namesmith_server.engine.samplers.rejection_sampler import RejectionSampler
from namesmith_server.engine.samplers.routing_sampler import RoutingSampler


def choose_sampler(  # noqa: PLR0913, PLR0917 - the parts of all samplers
    scheduler: BatchScheduler | None,
    chains: ConditionedChains | None,
    compiler: ConstraintCompiler,
    executor: Executor,
    cooperative: CooperativeExecutor,
    ledger: Ledger,
) -> Sampler:
    """Return the sampler of a model.

    Args:
        scheduler: draws on the backend; None where names are drawn from the chain.
        chains: conditioned chains; None for a model without a chain.
        compiler: of the model's constraints.
        executor: threads that draw names from a chain.
        cooperative: runs long work.
        ledger: counts the bytes of work.

    Raises:
        ValueError: there is neither scheduler nor chain.
    """
    if chains is None:
        if scheduler is None:
            raise ValueError("a model needs a chain or a backend to draw names")
        return RejectionSampler(scheduler, compiler, cooperative, ledger)
    exact = DistantSampler(ChainSampler(chains, executor, cooperative), chains, cooperative)
    return exact if scheduler is None else RoutingSampler(BatchedSampler(scheduler, chains), exact)
