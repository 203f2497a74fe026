"""Continuous batching: what stands beside a row, and when it joined, changes nothing."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.vocabulary import Vocabulary
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import load_repository
from namesmith_server.app.settings import BackendName, Settings
from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs
from namesmith_server.engine import frames
from namesmith_server.engine.compiled import CompiledLook
from namesmith_server.engine.decider import OPEN, ROUNDING, SLACK, look
from namesmith_server.engine.errors import GaveUpError
from namesmith_server.engine.model import Model
from namesmith_server.engine.parameters import Constraint, Order, Sampling
from namesmith_server.engine.rows import layout
from namesmith_server.engine.stepwise import CAPACITY, SHARE, StepwiseSampler
from namesmith_server.engine.stream import Codec

Load = Callable[[BackendName], Model]

ORDERS = [
    Order(
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
"""Thirty-two orders that differ in all that an order can differ in."""


@pytest.mark.parametrize("backend", ["onnx", "torchscript"])
async def test_names_are_the_same_alone_and_beside_31_others(
    deep: Load, backend: BackendName
) -> None:
    """Each of 32 different orders gives the names it gives when it runs by itself."""
    model = deep(backend)
    together = await asyncio.gather(*map(model.generate, ORDERS))
    for order, names in zip(ORDERS, together, strict=True):
        assert await model.generate(order) == names


async def test_backends_agree_without_a_table(deep: Load) -> None:
    """2,000 names of a model that has no table are the same on onnx and torchscript."""
    for sampling in (Sampling(), Sampling(temperature=1.3, top_p=0.9), Sampling(top_k=4)):
        order = Order(2_000, 7, sampling, Constraint(max_length=12))
        assert await deep("onnx").generate(order) == await deep("torchscript").generate(order)


async def test_parts_continue_the_sequence(deep: Load) -> None:
    """Rows drawn from the middle on are the rows of the whole."""
    model = deep("onnx")
    whole = (await model.generate(Order(900, 3))).names
    assert (await model.generate(Order(500, 3, first=400))).names == whole[400:]


async def test_lengths_and_prefix_hold_without_a_table(deep: Load) -> None:
    """Names are never cut: each has the prefix and an allowed length."""
    prefix = tuple(deep("onnx").vocabulary.encode("ma"))
    order = Order(500, 1, constraint=Constraint(prefix, min_length=4, max_length=6))
    names = (await deep("onnx").generate(order)).names
    assert all(name.startswith("ma") for name in names)
    assert {len(name) for name in names} == {4, 5, 6}


async def test_giving_up_leaves_the_neighbours_alone(deep: Load) -> None:
    """An order without a likely name fails by itself; the one beside it is answered in full."""
    model = deep("onnx")
    hopeless = Order(1, 1, Sampling(temperature=0), Constraint(min_length=60, max_length=64))
    beside = Order(300, 2)
    lost, names = await asyncio.gather(
        model.generate(hopeless), model.generate(beside), return_exceptions=True
    )
    assert isinstance(lost, GaveUpError)
    assert names == await model.generate(beside)


class Coin(Backend):
    """A backend of two symbols, "." and one more, equally likely; fails and counts on demand."""

    name = "coin"
    device = "cpu"

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.fail = False

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log one half, for each context."""
        if self.fail:
            raise RuntimeError("the runtime failed")
        self.sizes.append(len(contexts))
        return np.full((len(contexts), 2), np.log(0.5), dtype=np.float32)


@pytest.fixture
def coin() -> Coin:
    """The backend of a sampler."""
    return Coin()


@pytest.fixture
def sampler(coin: Coin) -> Iterator[StepwiseSampler]:
    """A sampler on the coin."""
    sampler = StepwiseSampler(coin, coin.log_probs, None, Codec(Vocabulary.of(["a"])), block_size=2)
    yield sampler
    sampler.close()


async def test_every_batch_size_is_run_before_the_first_order(
    coin: Coin, sampler: StepwiseSampler
) -> None:
    """Powers of two, then multiples of 64, up to the capacity; afterwards no other size is seen."""
    warmed = set(coin.sizes)
    assert warmed == {1, 2, 4, 8, 16, 32, *range(64, CAPACITY + 1, 64)}
    await asyncio.gather(*(sampler.sample(Order(i, i)) for i in (1, 3, 30, 500)))
    assert set(coin.sizes) <= warmed


async def test_a_failed_step_fails_its_orders_and_no_later_one(
    coin: Coin, sampler: StepwiseSampler
) -> None:
    """The runtime's error reaches the callers whose rows were in the step; the next call works."""
    coin.fail = True
    for result in await asyncio.gather(
        sampler.sample(Order(5, 1)), sampler.sample(Order(5, 2)), return_exceptions=True
    ):
        assert isinstance(result, RuntimeError)
    coin.fail = False
    assert len(frames.names(await sampler.sample(Order(5, 1)))) == 5


async def test_cancelled_work_is_dropped(coin: Coin, sampler: StepwiseSampler) -> None:
    """A cancelled order of a million names makes room at once, and takes no further step."""
    bulk = asyncio.create_task(sampler.sample(Order(1_000_000, 1)))
    await sampler.sample(Order(10, 2))  # the bulk order is in the batch by now
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    await sampler.sample(Order(1, 3))
    coin.sizes.clear()
    await sampler.sample(Order(1, 3))
    assert set(coin.sizes) == {1}


async def test_a_bulk_order_leaves_room(coin: Coin, sampler: StepwiseSampler) -> None:
    """A small order beside a bulk one is done while the bulk one still runs."""
    bulk = asyncio.create_task(sampler.sample(Order(100_000, 1)))
    await sampler.sample(Order(1, 2))
    assert not bulk.done()
    coin.sizes.clear()
    assert len(frames.names(await sampler.sample(Order(20, 2)))) == 20
    assert max(coin.sizes) <= CAPACITY
    assert not bulk.done()
    bulk.cancel()


def test_a_failing_warm_up_is_said_when_loading(
    deep_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that cannot be run is not served."""
    from namesmith_server.backends.onnx import OnnxBackend  # noqa: PLC0415 - patched

    def fail(_self: OnnxBackend, contexts: Contexts) -> LogProbs:
        raise RuntimeError(f"no batch of {len(contexts)}")

    monkeypatch.setattr(OnnxBackend, "log_probs", fail)
    with ThreadPoolExecutor(1) as executor, pytest.raises(LoadError, match="does not run"):
        load_repository(Settings(models=deep_repository), executor)


@given(
    temperature=st.sampled_from([0.05, 0.5, 1.0, 3.0]),
    shortest=st.integers(0, 6),
    prefix=st.integers(0, 3),
    seed=st.integers(0, 2**32),
)
def test_compiled_and_numpy_look_alike(
    temperature: float, shortest: int, prefix: int, seed: int
) -> None:
    """Compiled code draws the symbols that numpy draws, and leaves the same ones open."""
    rng = np.random.default_rng(seed)
    count, size = 600, 5
    rows = np.zeros(count, dtype=layout(3))
    rows["job"] = type("Job", (), {"chain": None})  # nothing tells what may follow
    rows["key"] = rng.integers(2**63, size=count)
    rows["attempt"] = rng.integers(3, size=count)
    rows["position"] = prefix + rng.integers(2, size=count)
    rows["prefix"], rows["shortest"], rows["longest"] = prefix, shortest, 12
    rows["temperature"], rows["top_p"], rows["plain"] = temperature, 1, True
    log_probs = np.log(rng.dirichlet([0.3] * size, size=count)).astype(np.float32)
    symbols = CompiledLook(SLACK, ROUNDING)(rows, log_probs)
    assert symbols.tolist() == look(rows, log_probs).tolist()
    assert (symbols != OPEN).sum() > count / 2


async def test_an_order_takes_its_share_of_the_batch_alone(
    coin: Coin, sampler: StepwiseSampler
) -> None:
    """However many names it asks for, no step has more of its rows than its share."""
    coin.sizes.clear()
    await sampler.sample(Order(6_000, 1))
    assert SHARE <= max(coin.sizes) < 2 * SHARE  # padded


async def test_closing_cancels_what_is_in_flight(coin: Coin) -> None:
    """An order in flight and one that comes later are cancelled; none waits for ever."""
    codec = Codec(Vocabulary.of(["a"]))
    sampler = StepwiseSampler(coin, coin.log_probs, None, codec, block_size=2)
    bulk = asyncio.create_task(sampler.sample(Order(1_000_000, 1)))
    await sampler.sample(Order(1, 2))
    await asyncio.to_thread(sampler.close)
    for late in (bulk, sampler.sample(Order(1, 3))):
        with pytest.raises(asyncio.CancelledError):
            await late


class Misshapen(Coin):
    """Answers as a coin does for one context, and too little for more."""

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log one half, for one context."""
        return super().log_probs(contexts[:1])


def test_a_model_that_answers_too_little_is_refused() -> None:
    """Compiled code reads what it is given: every size is looked at before anything is served."""
    coin, codec = Misshapen(), Codec(Vocabulary.of(["a"]))
    with pytest.raises(BackendError, match=r"answers float32 \[1, 2\] for 2 contexts"):
        StepwiseSampler(coin, coin.log_probs, None, codec, block_size=2)
