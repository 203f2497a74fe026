"""Whole candidates from the canonical form alone: for sequences that a device cannot decide."""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import check_numbers
from namesmith_server.engine.batching.exact_fallback import CanonicalLogProbs
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.distributions import (
    apply_sampling,
    choose,
    cumulated,
    draws,
    uniforms,
)
from namesmith_server.engine.request import GenerateRequest


def draw_exactly(
    request: GenerateRequest,
    keys: NDArray[np.uint64],
    context: NDArray[np.int64],
    canonical: CanonicalLogProbs,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Draw candidates of a request from the canonical form.

    Args:
        request: the request.
        keys: key of each candidate's random numbers, uint64 [N].
        context: context behind the request's prefix, int64 [L].
        canonical: canonical form.

    Returns:
        symbols int64 [N, max_length + 1], END behind each candidate; whether the length of each
        candidate is allowed, bool [N].

    Raises:
        BackendError: the canonical form answers not-a-number.
    """
    prefix, min_length, max_length, _ = request.constraint
    symbols = np.full((len(keys), max_length + 1), END)
    symbols[:, : len(prefix)] = prefix
    fits = np.zeros(len(keys), dtype=bool)
    contexts, alive = np.tile(context, (len(keys), 1)), np.arange(len(keys))
    for position in range(len(prefix), max_length + 1):
        log_probs = canonical(contexts)
        check_numbers(log_probs)
        weights = apply_sampling(log_probs, request.sampling)
        if position == len(prefix) < min_length:
            weights[:, END] = 0
        drawn = choose(cumulated(weights), uniforms(draws(keys[alive], position)))
        work_counts.exact_draws += len(drawn)
        symbols[alive, position] = drawn
        goes_on = drawn != END
        fits[alive[~goes_on]] = position >= min_length
        contexts = np.column_stack((contexts[:, 1:], drawn))[goes_on]
        alive = alive[goes_on]
        if not alive.size:
            break
    return symbols, fits
