"""The choice of the sampler that draws a model's names.

| model                       | prefix and lengths alone | all other requests |
| --------------------------- | ------------------------ | ------------------ |
| a table, served from it     | ChainSampler             | ChainSampler       |
| a table, on another backend | BatchedSampler           | ChainSampler       |
| without a table             | BatchedSampler           | RejectionSampler   |
"""

from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.batched_sampler import BatchedSampler
from namesmith_server.engine.samplers.chain_sampler import ChainSampler
from namesmith_server.engine.samplers.rejection_sampler import RejectionSampler
from namesmith_server.engine.samplers.routing_sampler import RoutingSampler


def choose_sampler(
    batched: BatchedSampler | None,
    exact: ChainSampler | None,
    compiler: ConstraintCompiler,
    cooperative: CooperativeExecutor,
) -> Sampler:
    """Return the sampler of a model.

    Args:
        batched: sampler on the backend; None where the backend is the table itself.
        exact: sampler on the chain; None for a model without a table.
        compiler: of the model's constraints.
        cooperative: runs long work.

    Raises:
        ValueError: there is neither.
    """
    if batched is not None:
        constrained = exact or RejectionSampler(batched, compiler, cooperative)
        return RoutingSampler(batched, constrained)
    if exact is None:
        raise ValueError("a model needs a chain or a backend to draw names")
    return exact
