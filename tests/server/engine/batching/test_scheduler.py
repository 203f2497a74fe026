"""Continuous batching: neither its neighbours nor its time of arrival change a sequence."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from drawing import Load, drawn
from namesmith.vocabulary import END
from namesmith_server.app.settings import BackendName
from namesmith_server.backends import Backend, BackendConfig, BackendError, Contexts, LogProbs
from namesmith_server.engine import (
    BatchFailedError,
    Constraint,
    GaveUpError,
    GenerateRequest,
    Sampling,
)
from namesmith_server.engine.batching import BatchScheduler, ConsistentSampler, HostRunner
from namesmith_server.engine.batching.buckets import LARGEST
from namesmith_server.engine.batching.host_runner import ALONE, SHARE
from namesmith_server.engine.samplers import rejection_search

REQUESTS = [
    GenerateRequest(
        1 + 13 * i % 40,
        seed=i,
        sampling=Sampling(
            temperature=(1.0, 0.6, 0.0, 1.7)[i % 4],
            top_k=(0, 5)[i % 2],
            top_p=(1.0, 0.9, 0.7)[i % 3],
            min_p=(0.0, 0.0, 0.02)[i % 3],
        ),
        constraint=Constraint(prefix=((), (1,), (11, 1))[i % 3], max_length=8 + i % 20),
    )
    for i in range(32)
]
"""Thirty-two requests that differ in all that a request can differ in."""

DIFFERENCE = 2e-4
"""Largest difference of two exported forms, in nats, that the samplers under test allow for."""


@pytest.mark.parametrize("backend", ["onnx", pytest.param("torchscript", marks=pytest.mark.slow)])
async def test_names_are_the_same_alone_and_beside_31_other_requests(
    deep: Load, backend: BackendName
) -> None:
    """Each of 32 different requests gives the names that it gives when it runs by itself."""
    model = deep(backend)
    together = await asyncio.gather(*(drawn(model, request) for request in REQUESTS))
    for request, names in zip(REQUESTS, together, strict=True):
        assert await drawn(model, request) == names


async def test_a_request_that_gives_up_leaves_its_neighbours_alone(
    deep: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request without a likely name fails by itself; the one beside it is answered in full."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 100)
    model = deep("onnx")
    constraint = Constraint(min_length=60, max_length=64)
    hopeless = GenerateRequest(1, 1, Sampling(temperature=0), constraint)
    beside = GenerateRequest(300, 2)
    lost, names = await asyncio.gather(
        drawn(model, hopeless), drawn(model, beside), return_exceptions=True
    )
    assert isinstance(lost, GaveUpError)
    assert str(lost).startswith("100 candidates in a row did not satisfy the constraint")
    assert names == await drawn(model, beside)


class CoinBackend(Backend):
    """A backend of two symbols, "." and one more, equally likely; fails on demand.

    Attributes:
        sizes: number of contexts of each batch so far.
        fail: whether the next batch raises.
    """

    name = "coin"
    file = "none"

    def __init__(self) -> None:
        super().__init__(b"", BackendConfig(vocab_size=2, block_size=2))
        self.sizes: list[int] = []
        self.fail = False

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log 1/2 for each symbol of each context."""
        if self.fail:
            raise RuntimeError("the runtime failed")
        self.sizes.append(len(contexts))
        return np.full((len(contexts), 2), np.log(0.5), dtype=np.float32)


def scheduler_on(coin: CoinBackend) -> BatchScheduler:
    """Return a scheduler on the backend."""
    consistent = ConsistentSampler(coin.log_probs, DIFFERENCE)
    return BatchScheduler(HostRunner(coin, consistent, block_size=2, vocab_size=2))


@pytest.fixture
def coin() -> CoinBackend:
    """Provide the backend of a scheduler."""
    return CoinBackend()


@pytest.fixture
def scheduler(coin: CoinBackend) -> Iterator[BatchScheduler]:
    """Provide a scheduler on the coin."""
    scheduler = scheduler_on(coin)
    yield scheduler
    scheduler.close()


async def test_every_batch_size_is_run_before_the_first_request(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """Powers of two, then multiples of 64, are run up to the capacity; no other size follows."""
    warmed = set(coin.sizes)
    assert warmed == {1, 2, 4, 8, 16, 32, *range(64, LARGEST + 1, 64)}
    await asyncio.gather(*(scheduler.draw(GenerateRequest(i, i)) for i in (1, 3, 30, 500)))
    assert set(coin.sizes) <= warmed


async def test_a_failed_step_fails_its_requests_and_no_later_one(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """The callers with sequences in the step are told that it failed; the next call works."""
    coin.fail = True
    for result in await asyncio.gather(
        scheduler.draw(GenerateRequest(5, 1)),
        scheduler.draw(GenerateRequest(5, 2)),
        return_exceptions=True,
    ):
        assert isinstance(result, BatchFailedError)
    coin.fail = False
    assert len((await scheduler.draw(GenerateRequest(5, 1))).fits) == 5


async def test_a_cancelled_request_leaves_the_batch(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """A cancelled request for a million names makes room at once, and takes no further step."""
    bulk = asyncio.create_task(scheduler.draw(GenerateRequest(1_000_000, 1)))
    await scheduler.draw(GenerateRequest(10, 2))  # the bulk request is in the batch by now
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    await scheduler.draw(GenerateRequest(1, 3))
    coin.sizes.clear()
    await scheduler.draw(GenerateRequest(1, 3))
    assert set(coin.sizes) == {1}


async def test_a_bulk_request_leaves_room_for_others(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """A small request beside a bulk one is done while the bulk one still runs."""
    bulk = asyncio.create_task(scheduler.draw(GenerateRequest(100_000, 1)))
    await scheduler.draw(GenerateRequest(1, 2))
    assert not bulk.done()
    coin.sizes.clear()
    assert len((await scheduler.draw(GenerateRequest(20, 2))).fits) == 20
    assert max(coin.sizes) <= LARGEST
    assert not bulk.done()
    bulk.cancel()


async def test_a_caller_that_is_alone_uses_the_whole_batch(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """A single request fills the batch, and holds no more of it than one caller may."""
    coin.sizes.clear()
    await scheduler.draw(GenerateRequest(6_000, 1))
    assert sum(coin.sizes[: -(-ALONE // LARGEST)]) == ALONE  # of the first step


async def test_a_bulk_request_pauses_beyond_its_share_beside_another(
    coin: CoinBackend, scheduler: BatchScheduler
) -> None:
    """While a second caller's names are drawn, steps hold its names and a share of the others."""
    bulk = asyncio.create_task(scheduler.draw(GenerateRequest(1_000_000, 1)))
    beside = asyncio.create_task(scheduler.draw(GenerateRequest(100_000, 3)))
    await asyncio.sleep(0)  # both have arrived
    await scheduler.draw(GenerateRequest(1, 4))
    coin.sizes.clear()
    await scheduler.draw(GenerateRequest(20, 5))
    assert max(coin.sizes) <= 2 * SHARE + 64  # two shares and the small request, padded
    for one in (bulk, beside):
        one.cancel()


async def test_requests_of_one_caller_share(coin: CoinBackend, scheduler: BatchScheduler) -> None:
    """Ten requests of one caller beside another's have one share together."""
    requests = [GenerateRequest(100_000, seed) for seed in range(10)]
    own = [asyncio.create_task(scheduler.draw(one, caller="one")) for one in requests]
    own.append(asyncio.create_task(scheduler.draw(GenerateRequest(100_000, 20))))
    await asyncio.sleep(0)  # all of them have arrived
    await scheduler.draw(GenerateRequest(1, 4))
    coin.sizes.clear()
    await scheduler.draw(GenerateRequest(20, 5))
    assert max(coin.sizes) <= 2 * SHARE + 64
    for one in own:
        one.cancel()


async def test_a_candidate_whose_length_is_not_allowed_leaves_its_place_empty(
    scheduler: BatchScheduler,
) -> None:
    """The candidates that fit are, in their order, the ones that other lengths would give too."""
    free, fits = await scheduler.draw(GenerateRequest(2_000, 1, constraint=Constraint((), 1, 64)))
    assert fits.all()
    lengths = np.diff(np.flatnonzero(free == END), prepend=-1) - 1
    names, fits = await scheduler.draw(GenerateRequest(2_000, 1, constraint=Constraint((), 2, 3)))
    assert fits.tolist() == ((lengths >= 2) & (lengths <= 3)).tolist()
    assert names.tolist() == [symbol for n in lengths[fits] for symbol in [1] * n + [END]]


async def test_closing_cancels_requests_in_flight_and_later_ones(coin: CoinBackend) -> None:
    """A request in flight and one that comes later are cancelled; none waits for ever."""
    scheduler = scheduler_on(coin)
    bulk = asyncio.create_task(scheduler.draw(GenerateRequest(1_000_000, 1)))
    await scheduler.draw(GenerateRequest(1, 2))
    await asyncio.to_thread(scheduler.close)
    for late in (bulk, scheduler.draw(GenerateRequest(1, 3))):
        with pytest.raises(asyncio.CancelledError):
            await late


class MisshapenBackend(CoinBackend):
    """A backend that answers one context right, and more with too few rows."""

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log 1/2 for each symbol of the first context."""
        return super().log_probs(contexts[:1])


def test_a_backend_that_answers_too_few_rows_is_refused() -> None:
    """Compiled code trusts the shape: every batch size is checked before a name is drawn."""
    with pytest.raises(BackendError, match=r"answers float32 \[1, 2\] for 2 contexts"):
        scheduler_on(MisshapenBackend())
