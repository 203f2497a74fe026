"""The memo answers what the backend answers, and asks it about unknown contexts alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import pytest

from namesmith_server.backends import Backend, BackendConfig, Contexts, LogProbs
from namesmith_server.engine import native
from namesmith_server.engine.memo import MOST_BYTES, Memo, distinct_contexts

SYMBOLS, LENGTH = 5, 3


class CountingBackend(Backend):
    """A backend with a distribution of its own for each context, which counts the contexts.

    Attributes:
        asked: contexts that the backend was asked about, in order.
    """

    name = "counting"
    files = ()

    def __init__(self, precision: Literal["float32", "float64"] = "float32") -> None:
        super().__init__(b"", BackendConfig(vocab_size=SYMBOLS, block_size=LENGTH))
        self.precision = precision
        self.asked: list[tuple[int, ...]] = []

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return numbers that tell every context apart, [B, V]."""
        self.asked += map(tuple, contexts.tolist())
        return answers(contexts).astype(self.precision)


def answers(contexts: Contexts) -> LogProbs:
    """Return the numbers of the backend, float64 [B, V]."""
    numbers: LogProbs = contexts @ SYMBOLS ** np.arange(LENGTH)[:, None] + np.arange(SYMBOLS) / 7
    return numbers


def random_contexts(seed: int, count: int) -> Contexts:
    """Return contexts, most of which repeat, int64 [B, L]."""
    return np.random.default_rng(seed).integers(0, SYMBOLS, (count, LENGTH))


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("capacity", [1, 7, 64, 1_000])
def test_answers_are_the_backends_whatever_is_held(
    precision: Literal["float32", "float64"], capacity: int
) -> None:
    """A memo that is too small, or just large enough, never mixes contexts up."""
    backend = CountingBackend(precision)
    memo = Memo(backend, LENGTH, SYMBOLS, capacity)
    for seed in range(20):
        contexts = random_contexts(seed, 1 + 13 * seed)
        expected = answers(contexts).astype(precision)
        assert memo.log_probs(contexts).dtype == precision
        assert (memo.log_probs(contexts) == expected).all()
        targets = contexts[:, 0]
        assert (memo.chosen(contexts, targets) == expected[np.arange(len(targets)), targets]).all()


@pytest.mark.skipif(not native.available, reason="nothing is held without compiled code")
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("symbols", [27, 200, 3_000, 30_000])
def test_a_memo_of_a_large_alphabet_is_no_larger(
    precision: Literal["float32", "float64"], symbols: int
) -> None:
    """A distribution of many symbols takes the room of many small ones."""
    memo = Memo(CountingBackend(precision), 8, symbols)
    assert MOST_BYTES // 4 < memo.size <= MOST_BYTES


def test_a_context_is_computed_once_while_there_is_room() -> None:
    """Within one question and in later ones, no context is asked about again."""
    backend = CountingBackend()
    memo = Memo(backend, LENGTH, SYMBOLS, 10_000)
    for seed in range(10):
        memo.log_probs(random_contexts(seed, 300))
        memo.chosen(random_contexts(seed, 300), np.zeros(300, dtype=np.int64))
    assert len(backend.asked) == len(set(backend.asked)) == SYMBOLS**LENGTH


def test_without_compiled_code_every_context_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answers are the same, and nothing is held."""
    monkeypatch.setattr(native, "available", False)
    backend = CountingBackend()
    memo = Memo(backend, LENGTH, SYMBOLS)
    contexts = random_contexts(1, 100)
    assert memo.size == 0
    assert (memo.log_probs(contexts) == answers(contexts).astype(np.float32)).all()
    assert len(backend.asked) == 100


def test_threads_may_ask_at_the_same_time() -> None:
    """Threads that displace each other's distributions get their own answers."""
    memo = Memo(CountingBackend(), LENGTH, SYMBOLS, 32)

    def ask(seed: int) -> bool:
        contexts = random_contexts(seed, 500)
        return bool((memo.log_probs(contexts) == answers(contexts).astype(np.float32)).all())

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(200)))


@pytest.mark.parametrize("largest", [5, 60_000])
def test_distinct_contexts_are_told_apart_as_a_whole(largest: int) -> None:
    """Few symbols and many, of which contexts do not fit in one number."""
    contexts = np.random.default_rng(1).integers(0, 5, (400, 8)) * (largest // 5)
    distinct, inverse = distinct_contexts(contexts)
    assert (distinct[inverse] == contexts).all()
    assert len(set(map(tuple, distinct.tolist()))) == len(distinct)
