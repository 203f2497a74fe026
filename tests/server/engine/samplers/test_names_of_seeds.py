"""Names of many seeds: each is the first name of its seed, whatever sampler draws it."""

from itertools import chain

import numpy as np
import pytest

from drawing import SAMPLINGS, Load, drawn
from enumeration import COMPILER, SIZE
from namesmith_server.engine import Constraint, GaveUpError, GenerateRequest, Sampling, kinds
from namesmith_server.engine.batching import BatchScheduler, ConsistentSampler, HostRunner
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.samplers import RejectionSampler, seed_search
from small_network import SmallNetwork

SEEDS = np.random.default_rng(3).integers(0, 2**64, 40, dtype=np.uint64)

CONSTRAINTS = (Constraint(), Constraint((1,), 3, 7), Constraint((), 1, 9, (kinds.Suffix((1,)),)))


def request_of(seeds: np.ndarray, sampling: Sampling, constraint: Constraint) -> GenerateRequest:
    """Return the request for the names of seeds."""
    return GenerateRequest(len(seeds), 0, sampling, constraint, seeds=seeds)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
@pytest.mark.parametrize("kind", ["table", "onnx", "network"])
async def test_the_name_of_a_seed_is_its_first(
    small: Load, deep: Load, kind: str, constraint: Constraint
) -> None:
    """On a chain, on a backend that a chain weighs, and on a network that rejects."""
    model = deep("onnx") if kind == "network" else small(kind)
    for sampling in SAMPLINGS[:2]:
        request = request_of(SEEDS, sampling, constraint)
        names = await drawn(model, request)
        assert len(names) == len(SEEDS)
        for place in (0, 7, 39):
            alone = GenerateRequest(1, int(SEEDS[place]), sampling, constraint)
            assert await drawn(model, alone) == [names[place]]


@pytest.mark.parametrize("kind", ["table", "onnx", "network"])
async def test_order_duplicates_and_batches_change_no_name(
    small: Load, deep: Load, kind: str
) -> None:
    """Seeds in another order, twice, and in parts have the names that they have together."""
    model, constraint = deep("onnx") if kind == "network" else small(kind), CONSTRAINTS[2]
    names = await drawn(model, request_of(SEEDS, Sampling(), constraint))
    twice = np.concatenate((SEEDS[::-1], SEEDS))
    assert await drawn(model, request_of(twice, Sampling(), constraint)) == names[::-1] + names
    parts = [request_of(part, Sampling(), constraint) for part in np.array_split(SEEDS, 7)]
    assert list(chain.from_iterable([await drawn(model, part) for part in parts])) == names


async def test_a_large_request_is_drawn_in_chunks(small: Load) -> None:
    """The threads that draw chunks take the seeds of their own names."""
    model = small("table")
    seeds = np.arange(20_000, dtype=np.uint64)
    names = await drawn(model, request_of(seeds, Sampling(), Constraint()))
    for at in (0, 4_096, 9_999, 19_999):
        assert await drawn(model, GenerateRequest(1, at)) == [names[at]]


async def test_the_search_gives_up_where_a_seed_has_no_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tries as many candidates of each seed as a request for one name would."""
    monkeypatch.setattr(seed_search, "MAX_REJECTED_IN_A_ROW", 40)
    network = SmallNetwork()
    runner = HostRunner(network, ConsistentSampler(network.log_probs, 2e-4), 2, SIZE)
    cooperative = CooperativeExecutor()
    sampler = RejectionSampler(BatchScheduler(runner), COMPILER, cooperative)
    hopeless = request_of(SEEDS[:3], Sampling(temperature=0), Constraint((), 3, 3))
    try:
        with pytest.raises(GaveUpError):
            await sampler.sample(hopeless)
    finally:
        sampler.close()
        cooperative.shutdown()
