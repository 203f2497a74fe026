"""Reading a chain file: a file that breaks a rule of the format is refused, and says which rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from chain_bundles import MEMORY, definite_chain, wandering_chain
from chain_faults import FAULTS, Tensors, tensors_of
from namesmith.bundle import CHAIN, CHAIN_LIMIT
from namesmith_server.backends import BackendConfig, BackendError, TableBackend
from namesmith_server.engine import Chain

ORDER = 3


def opened(tensors: Tensors, block_size: int = ORDER, vocab_size: int = 6) -> TableBackend:
    """Open the table backend on a chain file of the tensors."""
    config = BackendConfig(vocab_size=vocab_size, block_size=block_size, file=CHAIN)
    return TableBackend(save(tensors), config)


@pytest.fixture
def tensors() -> Tensors:
    """Provide the tensors of a chain of order 3, to be damaged by one test."""
    return tensors_of(definite_chain(2, ORDER, 0.5))


@pytest.mark.parametrize(
    ("chain", "block_size"),
    [
        (definite_chain(2, ORDER, 0.5), ORDER),
        (definite_chain(2, ORDER, 0.5), ORDER + 2),
        (wandering_chain(2, 40), MEMORY),
        (definite_chain(3, 1, 1.0, vocab_size=2), 1),
    ],
)
@pytest.mark.parametrize("left_out", [(), ("rows",)])
def test_a_chain_is_read_as_it_was_written(
    chain: Chain, block_size: int, left_out: tuple[str, ...]
) -> None:
    """The arrays are the chain's own, whether or not the file has rows; without, state s has s."""
    tensors = tensors_of(chain)
    for name in left_out:
        tensors["successors"] = tensors["successors"][tensors.pop(name)]
    read = opened(tensors, block_size, chain.vocab_size).chain
    assert read is not None
    np.testing.assert_array_equal(read.log_probs, chain.log_probs)
    np.testing.assert_array_equal(read.successors[read.rows], chain.successors[chain.rows])
    assert read.start == chain.start
    assert {read.log_probs.dtype} == {np.dtype(np.float32)}
    assert {read.rows.dtype, read.successors.dtype} == {np.dtype(np.int32)}


@pytest.mark.parametrize(("damage", "message"), FAULTS)
def test_a_chain_that_breaks_a_rule_is_refused_by_name(
    tensors: Tensors, damage: Callable[[Tensors], Any], message: str
) -> None:
    """The message names the tensor, the value and the bound."""
    damage(tensors)
    with pytest.raises(BackendError) as caught:
        opened(tensors)
    assert str(caught.value).startswith(f"{CHAIN}: {message}")


def test_more_states_than_the_bound_are_refused() -> None:
    """The bound is on the bytes of the log-probabilities, S x V x 4."""
    states = CHAIN_LIMIT // 8 + 1
    tensors: Tensors = {
        "log_probs": np.broadcast_to(np.float32(np.log(0.5)), (states, 2)).copy(),
        "successors": np.zeros((1, 2), dtype=np.int32),
        "rows": np.zeros(states, dtype=np.int32),
        "start": np.zeros(1, dtype=np.int32),
    }
    allowed = rf"log_probs: the shape is \[{states}, 2\], \[1 to {states - 1}, 2\] is allowed"
    with pytest.raises(BackendError, match=allowed):
        opened(tensors, vocab_size=2)


def test_a_rounded_distribution_is_allowed(tensors: Tensors) -> None:
    """A sum within 1e-4 of 1 is rounding."""
    rounded = tensors["log_probs"] = tensors["log_probs"] - np.float32(9e-5)
    np.testing.assert_array_equal(opened(tensors).table, rounded)
