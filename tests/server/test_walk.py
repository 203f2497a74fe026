"""The compiled walk and the walk in numpy are one."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from namesmith_server.engine.chain import STARTS, Chain
from namesmith_server.engine.compiled import FEW, CompiledWalk, compiled_walk
from namesmith_server.engine.parameters import MAX_LENGTH, Constraint, Order, Sampling
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.tabular import AT_A_TIME, PART, TabularSampler
from namesmith_server.engine.walk import in_lockstep

from namesmith.vocabulary import Vocabulary
from namesmith_server.backends.table import TableBackend
from namesmith_server.engine import frames
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.model import Model

VOCAB_SIZE, BLOCK_SIZE = 5, 2
CODEC = Codec(Vocabulary.of(["abé😀"]))


def chain(seed: int, sampling: Sampling, shortest: int, longest: int) -> Chain:
    """Return a chain of five symbols with two of context, some of its transitions impossible."""
    rng = np.random.default_rng(seed)
    weights = rng.random((VOCAB_SIZE**BLOCK_SIZE, VOCAB_SIZE)) ** 3
    with np.errstate(divide="ignore"):
        log_probs = np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return Chain(log_probs, sampling, shortest, longest)


@pytest.fixture(scope="module")
def compiled() -> Iterator[CompiledWalk]:
    """Provide the compiled walk: there is a compiler wherever the tests run."""
    return compiled_walk(CODEC)


@given(
    table=st.integers(0, 100),
    sampling=st.builds(
        Sampling,
        st.sampled_from([0.0, 0.5, 1.0, 3.0]),
        st.integers(0, VOCAB_SIZE),
        st.sampled_from([0.5, 1.0]),
        st.sampled_from([0.0, 0.1]),
    ),
    lengths=st.tuples(st.integers(0, 6), st.integers(1, 12)).map(sorted),
    prefix=st.lists(st.integers(1, VOCAB_SIZE - 1), max_size=4).map(tuple),
    seed=st.integers(0, 2**64 - 1),
    first=st.integers(0, 2**40),
)
def test_compiled_and_numpy_draw_the_same_names(  # noqa: PLR0917 - an order's fields
    compiled: CompiledWalk,
    table: int,
    sampling: Sampling,
    lengths: list[int],
    prefix: tuple[int, ...],
    seed: int,
    first: int,
) -> None:
    """Symbol for symbol, few or many at a time, or both say that no name satisfies the order."""
    shortest, longest = lengths[0], max(lengths[1], 1, len(prefix))
    walked = chain(table, sampling, shortest, longest)
    order = Order(40, seed, sampling, Constraint(prefix, shortest, longest), first=first)
    try:
        expected = CODEC.frames(in_lockstep(walked, order))
    except UnsatisfiableError:
        with pytest.raises(UnsatisfiableError):
            compiled(walked, order)
        return
    assert compiled(walked, order) == expected


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 5_000])
def test_any_number_of_the_longest_names_is_the_same(compiled: CompiledWalk, count: int) -> None:
    """Few names, or so many that other threads run meanwhile, all of the greatest length."""
    walked = chain(1, Sampling(), MAX_LENGTH, MAX_LENGTH)
    order = Order(count, 1, constraint=Constraint((), MAX_LENGTH, MAX_LENGTH))
    assert compiled(walked, order) == CODEC.frames(in_lockstep(walked, order))


async def test_without_the_library_the_names_are_the_same(
    embedded: Model, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package built without a compiler walks in numpy."""
    monkeypatch.setitem(sys.modules, "namesmith_server.engine._walk", None)
    assert isinstance(embedded.backend, TableBackend)
    codec = Codec(embedded.vocabulary)
    sampler = TabularSampler(embedded.backend.table, codec, executor)
    assert not sampler.compiled
    for count in (1, 20, FEW + 1):
        order = Order(count, 5)
        names = frames.names(await sampler.sample(order))
        assert names == (await embedded.generate(order)).names


async def test_a_small_order_waits_for_few_parts_of_a_bulk_one(embedded: Model) -> None:
    """A bulk order hands its parts out few at a time, and not all before the next order comes."""
    assert isinstance(embedded.backend, TableBackend)
    begun: list[int] = []

    class Noting(ThreadPoolExecutor):
        def submit(self, work: Any, /, *args: Any, **options: Any) -> Any:
            begun.append(args[1].count)
            return super().submit(work, *args, **options)

    with Noting(1) as executor:
        sampler = TabularSampler(embedded.backend.table, Codec(embedded.vocabulary), executor)
        bulk = asyncio.create_task(sampler.sample(Order(20 * PART, 1)))
        await asyncio.sleep(0)  # it has handed out what it does before anything is drawn
        small = await sampler.sample(Order(FEW + 1, 2))
        assert begun.index(FEW + 1) == AT_A_TIME
        assert frames.names(await bulk) == (await embedded.generate(Order(20 * PART, 1))).names
    assert frames.names(small) == (await embedded.generate(Order(FEW + 1, 2))).names


async def test_what_is_slow_to_refuse_is_not_refused_on_the_event_loop(embedded: Model) -> None:
    """Whether no name goes on from a prefix, or only rare ones, takes a pass over the table."""
    sampler = embedded._sampler
    order = Order(1, 1, Sampling(temperature=0), Constraint(max_length=20))
    await sampler.sample(order)  # its chain is kept
    hopeless = order._replace(constraint=Constraint((26,) * 19, 1, 20))
    assert sampler.at_once(order) is not None
    assert sampler.at_once(hopeless) is None
    with pytest.raises(UnsatisfiableError):
        await sampler.sample(hopeless)


def test_compiled_code_keeps_the_lock_for_as_many_names_as_are_walked_on_the_spot() -> None:
    """One number, in two languages."""
    from namesmith_server.engine import _walk  # noqa: PLC0415 - there is a compiler here

    assert _walk.FEW == FEW


@pytest.mark.parametrize("prefixes", [3 * STARTS])
def test_the_contexts_of_prefixes_are_bounded(prefixes: int) -> None:
    """However many prefixes are asked for."""
    walked = chain(1, Sampling(), 1, 12)
    for number in range(prefixes):
        walked.start(tuple(1 + int(digit) for digit in np.base_repr(number, VOCAB_SIZE - 1)))
    assert len(walked._starts) <= STARTS
