"""The small model of ``enumeration``, as the engine's samplers and its inference see it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from enumeration import COMPILER, table
from namesmith_server.engine import Chain
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.model import ExactInference
from namesmith_server.engine.model.numberings import Numberings
from namesmith_server.engine.samplers import ChainSampler, ConditionedChains


@pytest.fixture(scope="module")
def cooperative() -> Iterator[CooperativeExecutor]:
    """Threads in which long work takes turns."""
    cooperative = CooperativeExecutor()
    yield cooperative
    cooperative.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def small_chains(
    executor: ThreadPoolExecutor, cooperative: CooperativeExecutor
) -> ConditionedChains:
    """Provide the conditioned chains of the small model, whose table has seed 3."""
    return ConditionedChains(Chain.from_table(table(3)), COMPILER, executor, cooperative)


@pytest.fixture(scope="module")
def small_sampler(
    small_chains: ConditionedChains, executor: ThreadPoolExecutor, cooperative: CooperativeExecutor
) -> ChainSampler:
    """Draw names of the small model."""
    return ChainSampler(small_chains, executor, cooperative)


@pytest.fixture(scope="module")
def small_inference(
    small_chains: ConditionedChains, cooperative: CooperativeExecutor
) -> ExactInference:
    """Answer questions about the small model."""
    numberings = Numberings(small_chains.chain, COMPILER, cooperative, Ledger())
    return ExactInference(small_chains, numberings, cooperative)
