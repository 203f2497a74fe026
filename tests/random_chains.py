"""Random chains of any number of states, and the probabilities of all their names."""

from collections.abc import Iterator

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine import Chain, EncodedNames
from namesmith_server.engine.core import Floats, Reals

IMPOSSIBLE = 0.2
"""Share of the characters that have probability 0 in a state."""


Word = tuple[int, ...]
"""Symbols of a name, without the end symbol."""


def random_chain(seed: int, states: int, vocab_size: int) -> Chain:
    """Return a chain whose states share rows of a random successor table.

    Args:
        seed: seed of the random numbers.
        states: number of states S, >= 1.
        vocab_size: number of symbols V, >= 2.
    """
    rng = np.random.default_rng(seed)
    weights = rng.random((states, vocab_size)) ** 3
    weights[rng.random(weights.shape) < IMPOSSIBLE] = 0
    weights[:, END] += 0.05  # names end
    with np.errstate(divide="ignore"):
        log_probs = np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)
    rows = rng.integers(states, size=(rng.integers(1, states + 1), vocab_size), dtype=np.int32)
    successors = rows[rng.integers(len(rows), size=states)]
    return Chain.from_successors(log_probs, successors, int(rng.integers(states)))


def successors_of(chain: Chain) -> np.ndarray:
    """Return the state after each state and symbol, int32 [S, V]."""
    return chain.successors[chain.rows]


def walks(chain: Chain, longest: int) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Yield each name of up to ``longest`` characters with the states that it passes through."""
    successors = successors_of(chain).tolist()
    pending = [((), [chain.start])]
    for word, states in pending:  # the list grows meanwhile
        yield word, states
        if len(word) < longest:
            for symbol in range(END + 1, chain.vocab_size):
                after = successors[states[-1]][symbol]
                pending.append(((*word, symbol), [*states, after]))


def name_probabilities(
    chain: Chain, probabilities: Floats, longest: int
) -> dict[tuple[int, ...], float]:
    """Return the probability of each name with its end symbol, without names of probability 0.

    Args:
        chain: chain whose states and successors are used.
        probabilities: probabilities of the next symbol in each state, [S, V].
        longest: number of characters of the longest names.
    """
    found = {}
    for word, states in walks(chain, longest):
        probability = 1.0
        for state, symbol in zip(states, (*word, END), strict=True):
            probability *= float(probabilities[state, symbol])
        if probability > 0:
            found[word] = probability
    return found


def name_log_probs(chain: Chain, log_probs: Reals, longest: int) -> dict[tuple[int, ...], float]:
    """Return the sum of log-probabilities [S, V] over each name and its end symbol."""
    return {
        word: sum(
            float(log_probs[state, symbol])
            for state, symbol in zip(states, (*word, END), strict=True)
        )
        for word, states in walks(chain, longest)
    }


def words_of(names: EncodedNames) -> list[Word]:
    """Return the symbols of each encoded name."""
    ends = np.flatnonzero(names == END)
    return (
        [tuple(word[:-1].tolist()) for word in np.split(names, ends[:-1] + 1)] if len(ends) else []
    )
