"""Bigrams: P(next symbol | last symbol) by counting pairs, as makemore's first lecture does.

With c(h w) the number of times that w follows h, a the smoothing and V the number of symbols,

    P(w | h) = (c(h w) + a) / (c(h .) + a V)

so that every pair seems to have been seen a times more than it was (Lidstone; a = 1 is Laplace's
rule, and the lecture's).
"""

import numpy as np

from namesmith_trainer.chains.arrays import Integers
from namesmith_trainer.chains.chain import Chain, Context


def bigram_chain(  # noqa: PLR0913 - the pairs, their number, and the sizes
    histories: Integers,
    targets: Integers,
    vocab_size: int,
    occurrences: Integers | None = None,
    *,
    smoothing: float,
    most: int | None = None,
) -> Chain:
    """Return the chain of the bigrams, with a state for each symbol.

    Args:
        histories: symbols before each target, padded with 0 in front, int64 [N, >= 1].
        targets: next symbols, int64 [N].
        vocab_size: number of symbols V.
        occurrences: number of times that each pair stands in the names, int64 [N]; None: once.
        smoothing: number a that is added to every count, > 0.
        most: largest number of states. Where there are more symbols, the most frequent ones have a
            state each, and behind all others the symbols are drawn by their frequency.
    """
    last = histories[:, -1]
    frequency = np.bincount(last, occurrences, minlength=vocab_size)
    room = vocab_size if most is None or vocab_size < most else most - 1
    kept = np.sort(np.argsort(-frequency, kind="stable")[:room])
    place = np.full(vocab_size, len(kept))
    place[kept] = np.arange(len(kept))
    numbers = place[last] * vocab_size + targets
    pairs = np.bincount(numbers, occurrences, minlength=(len(kept) + 1) * vocab_size)
    counts = pairs.reshape(-1, vocab_size)
    counts[-1] = np.bincount(targets, occurrences, minlength=vocab_size)
    smoothed = counts + smoothing
    contexts: list[Context] = [*((symbol,) for symbol in kept.tolist()), ()]
    return Chain.from_contexts(contexts, smoothed / smoothed.sum(1, keepdims=True))
