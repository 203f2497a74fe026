"""The runner on the host: its memo and its walks change no name."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from enumeration import SIZE, table
from namesmith_server.backends import Backend, BackendConfig, Contexts, LogProbs
from namesmith_server.engine import BatchFailedError, Constraint, GenerateRequest, Sampling, native
from namesmith_server.engine.batching import BatchScheduler, ConsistentSampler, HostRunner

SAMPLINGS = Sampling(), Sampling(0.7, top_k=3), Sampling(1.4, top_p=0.9, min_p=0.02), Sampling(0)
"""Samplings that together use every setting; the last sampling is greedy."""

DIFFERENCE = 0.02
"""Difference of forms that leaves a few draws in a hundred to the canonical form."""

REQUESTS = [
    GenerateRequest(50 + i, i, SAMPLINGS[i % 4], Constraint(((), (1,), (2, 1))[i % 3], i % 4, 12))
    for i in range(12)
]
"""Requests of all samplings, with prefixes and lengths."""


class Network(Backend):
    """A small network, near its canonical form; fails on demand.

    Attributes:
        asked: number of contexts that it was asked about.
        poison: context on which it fails, or None.
    """

    name = "network"
    files = ()

    def __init__(self) -> None:
        super().__init__(b"", BackendConfig(vocab_size=SIZE, block_size=2))
        self.exact = table(3)
        noise = np.random.default_rng(1).uniform(-DIFFERENCE, DIFFERENCE, self.exact.shape)
        self._rows = (self.exact + noise / 2).astype(np.float32)
        self.asked = 0
        self.poison: tuple[int, int] | None = None

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the rows of contexts, float32 [B, V]."""
        self.asked += len(contexts)
        if self.poison is not None and (contexts == self.poison).all(1).any():
            raise RuntimeError("the runtime failed")
        return self._rows[contexts[:, 0] * SIZE + contexts[:, 1]]

    def canonical(self, contexts: Contexts) -> LogProbs:
        """Return the rows of the canonical form, float32 [B, V]."""
        return self.exact[contexts[:, 0] * SIZE + contexts[:, 1]]


def scheduler_on(network: Network, memo: int) -> BatchScheduler:
    """Return a scheduler whose runner keeps ``memo`` distributions."""
    sampler = ConsistentSampler(network.canonical, DIFFERENCE)
    return BatchScheduler(HostRunner(network, sampler, 2, SIZE, memo=memo))


async def names_with(memo: int) -> list[list[int]]:
    """Return the symbols of the requests' candidates, all drawn beside each other."""
    network = Network()
    scheduler = scheduler_on(network, memo)
    drawn = await asyncio.gather(*(scheduler.draw(request) for request in REQUESTS))
    await asyncio.to_thread(scheduler.close)
    return [[*candidates.names.tolist(), *candidates.fits.tolist()] for candidates in drawn]


@pytest.mark.parametrize("memo", [1, 5, 1_000])
async def test_a_memo_of_any_size_changes_no_name(memo: int) -> None:
    """Contexts that displace each other in the memo still advance, to the same names."""
    assert await names_with(memo) == await names_with(0)


async def test_walks_draw_the_names_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled walks through the memo, and steps in numpy without any, give the same names."""
    walked = await names_with(1_000)
    monkeypatch.setattr(native, "available", False)
    assert await names_with(1_000) == walked


@pytest.fixture
def network() -> Network:
    """Provide the network of a scheduler."""
    return Network()


@pytest.fixture
def scheduler(network: Network) -> Iterator[BatchScheduler]:
    """Provide a scheduler whose runner keeps all distributions."""
    scheduler = scheduler_on(network, 1_000)
    yield scheduler
    scheduler.close()


async def test_names_that_are_known_ask_the_network_nothing(
    network: Network, scheduler: BatchScheduler
) -> None:
    """The second time that a request comes, its sequences walk to their ends."""
    await scheduler.draw(GenerateRequest(300, 1))
    network.asked = 0
    await scheduler.draw(GenerateRequest(300, 1))
    assert network.asked == 0


async def test_a_failure_is_the_request_s_whose_context_failed(
    network: Network, scheduler: BatchScheduler
) -> None:
    """A request that walks beside one that fails is answered; the failed one works later."""
    network.poison = (4, 4)
    poisoned = GenerateRequest(5, 1, constraint=Constraint((4, 4), 1, 12))
    sound = GenerateRequest(1, 2, SAMPLINGS[3])
    outcomes = await asyncio.gather(
        scheduler.draw(poisoned), scheduler.draw(sound), return_exceptions=True
    )
    assert isinstance(outcomes[0], RuntimeError | BatchFailedError)
    assert not isinstance(outcomes[1], BaseException)
    network.poison = None
    assert len((await scheduler.draw(poisoned)).fits) == 5
