"""The compiled passes over a chain's states compute the bits of numpy's."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namesmith_server.engine import Chain, native
from namesmith_server.engine.constraints.dfa import containing
from namesmith_server.engine.core import Reals
from namesmith_server.engine.markov import free_trellis, name_statistics, reachable_trellis
from namesmith_server.engine.markov.backward import backward_message, backward_messages
from namesmith_server.engine.markov.semirings import MAX_PLUS, REAL
from namesmith_server.engine.markov.trellis import Trellis
from random_chains import random_chain

T = TypeVar("T")

CHAINS = st.builds(
    random_chain, st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([2, 3, 4, 5, 8, 9, 27])
)


def without_compiled_code(compute: Callable[[], T]) -> T:
    """Return the result of a computation in numpy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "available", False)
        return compute()


def weights_of(chain: Chain, *, logs: bool, wide: bool) -> Reals:
    """Return the log-probabilities of a chain, or its probabilities, in float32 or float64."""
    numbers = chain.log_probs.astype(np.float64)
    kind = np.float64 if wide else np.float32
    return (numbers if logs else np.exp(numbers)).astype(kind)


@settings(deadline=None)
@given(
    chain=CHAINS,
    is_free=st.booleans(),
    logs=st.booleans(),
    wide=st.booleans(),
    weighed=st.booleans(),
    min_length=st.integers(0, 5),
)
def test_backward_messages_have_the_same_bits(
    *, chain: Chain, is_free: bool, logs: bool, wide: bool, weighed: bool, min_length: int
) -> None:
    """Sums and maxima, of float32 and of float64, equal numpy's on chains of any states."""
    trellis: Trellis = (
        free_trellis(chain, 5)
        if is_free
        else reachable_trellis(chain, containing((1,), chain.vocab_size), (), 5)
    )
    weights, semiring = weights_of(chain, logs=logs, wide=wide), MAX_PLUS if logs else REAL
    ends = np.arange(6.0) if weighed else None

    def compute() -> list[list[float]]:
        messages = backward_messages(trellis, weights, semiring, min_length, ends)
        return [message.tolist() for message in messages]

    compiled = compute()
    assert compiled == without_compiled_code(compute)
    for position, message in enumerate(compiled[:-1]):
        place = position, len(message) - 2
        alone = backward_message(trellis, weights, semiring, min_length, place, ends)
        assert alone == message[-2]


@settings(deadline=None)
@given(CHAINS)
def test_statistics_have_the_same_bits(chain: Chain) -> None:
    """Probability flows forward alike, and the sums of it are equal."""
    probabilities = weights_of(chain, logs=False, wide=True)

    def compute() -> list[object]:
        entropy, length, lengths = name_statistics(chain, probabilities)
        return [entropy, length, lengths.tolist()]

    assert compute() == without_compiled_code(compute)


def test_arrays_that_compiled_code_cannot_read_are_refused() -> None:
    """Weights that are not contiguous, or of another type, are an error and not a wrong number."""
    chain = random_chain(1, 9, 4)
    trellis = free_trellis(chain, 2)
    wide = np.exp(chain.log_probs)
    for weights in (np.asfortranarray(wide), wide.astype(np.float16)):
        with pytest.raises(ValueError, match="contiguous"):
            backward_messages(trellis, weights, REAL, 0)
