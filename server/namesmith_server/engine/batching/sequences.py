"""The sequences of a batch: each carries all data that its next symbol depends on."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, Symbols
from namesmith_server.engine.distributions import SamplingBatch, draws, uniforms
from namesmith_server.engine.markov import ConditionedChain
from namesmith_server.engine.native.layouts import SEQUENCE

Sequences = NDArray[np.void]
"""Sequences [B], each with the fields of ``sequence_layout``."""

Chains = dict[int, ConditionedChain]
"""The chain of each request that has one, by the request's number in the batch."""

NO_CHAINS: Mapping[int, ConditionedChain] = MappingProxyType({})


def sequence_layout(block_size: int) -> np.dtype[np.void]:
    """Return the fields of a sequence; the first fields are ``native.layouts.SEQUENCE``."""
    fields = [(name, SEQUENCE[name]) for name in SEQUENCE.names or ()]
    return np.dtype(
        [
            *fields,
            ("top_k", np.int64),
            ("top_p", np.float64),
            ("min_p", np.float64),
            ("is_simple", np.bool_),  # no setting truncates, and the request has no chain
            ("state", np.int64),  # state in the chain's layer, where there is a chain
            ("context", np.int64, (block_size,)),
            ("symbols", np.int32, (MAX_LENGTH + 1,)),
        ],
        align=True,
    )


def sampling_batch(sequences: Sequences) -> SamplingBatch:
    """Return the sampling of each sequence: an array [B] of each setting."""
    return SamplingBatch(*(sequences[setting] for setting in SamplingBatch._fields))


def next_uniforms(sequences: Sequences) -> Floats:
    """Return the next draw of each sequence, in [0, 1), float64 [B]."""
    return uniforms(draws(sequences["key"], sequences["position"].astype(np.uint64)))


def conditioning_factors(
    sequences: Sequences, vocab_size: int, chains: Mapping[int, ConditionedChain] = NO_CHAINS
) -> Floats:
    """Return the factors that condition each sequence's next symbols on its constraint, [B, V].

    With a chain, the factors are the completions behind the symbols. Without a chain, they are 1,
    and a name whose length does not fit is rejected; the end symbol has 0 at the first step where
    it would make the name too short: such a name would be rejected at once.
    """
    factors = np.ones((vocab_size, len(sequences))).T  # symbols first in memory: fastest to sum
    long_enough = sequences["prefix_length"] >= sequences["min_length"]
    factors[:, END] = (sequences["position"] > sequences["prefix_length"]) | long_enough
    everywhere = np.arange(len(sequences))
    for chain, position, places in _by_chain(sequences, everywhere, chains):
        factors[places] = chain.factors(position, sequences["state"][places])
    return factors


def advance_states(
    sequences: Sequences,
    places: NDArray[np.int64],
    symbols: Symbols,
    chains: Mapping[int, ConditionedChain],
) -> None:
    """Advance the states of the sequences at some places behind their next symbols, in place.

    A sequence without a chain, or one that ends, has no next state.
    """
    for chain, position, own in _by_chain(sequences, places, chains):
        going = own[symbols[own] != END]
        states = sequences["state"][places[going]]
        sequences["state"][places[going]] = chain.advance(position, states, symbols[going])


def _by_chain(
    sequences: Sequences, places: NDArray[np.int64], chains: Mapping[int, ConditionedChain]
) -> Iterator[tuple[ConditionedChain, int, NDArray[np.int64]]]:
    """Yield the sequences of each chain at each position, as indices into ``places``."""
    if not chains:
        return
    numbers, positions = sequences["request"][places], sequences["position"][places]
    for number, chain in chains.items():
        own = np.flatnonzero(numbers == number)
        for position in np.unique(positions[own]):
            yield chain, int(position), own[positions[own] == position]
