"""Temperature, top-k, top-p and min-p: from log-probabilities to the distribution drawn from.

In that order, each on what the one before left, as vLLM defines them.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.parameters import Sampling

Floats = NDArray[np.float64]

LOWEST = -1e300
"""Stands for minus infinity where differences must stay numbers."""


def transform(log_probs: NDArray[np.floating], sampling: Sampling) -> Floats:
    """The transformed distributions.

    Args:
        log_probs: [B, V].
        sampling: one for all rows.

    Returns:
        probabilities float64 [B, V]; each row sums to 1, what is cut is 0.
    """
    logits = log_probs.astype(np.float64)
    if sampling.temperature == 0:
        return _one_hot(logits.argmax(1), logits.shape[1])
    logits = _cooled(logits, sampling.temperature)
    if 0 < sampling.top_k < logits.shape[1]:
        kth = -np.partition(-logits, sampling.top_k - 1, axis=1)[:, sampling.top_k - 1, None]
        logits[logits < kth] = -np.inf
    probabilities = _softmax(logits)
    if sampling.top_p < 1:
        probabilities = _renormalised(
            np.where(_nucleus(probabilities, sampling.top_p), probabilities, 0)
        )
    if sampling.min_p > 0:
        floor = sampling.min_p * probabilities.max(1, keepdims=True)
        probabilities = _renormalised(np.where(probabilities >= floor, probabilities, 0))
    return probabilities


def near_a_cut(
    log_probs: NDArray[np.floating], sampling: Sampling, slack: float
) -> NDArray[np.bool_]:
    """Rows [B] whose kept symbols could change if each log-probability moved by ``slack`` nats."""
    rows, size = log_probs.shape
    near = np.zeros(rows, dtype=bool)
    if sampling == Sampling(sampling.temperature) and sampling.temperature > 0:
        return near
    logits = -np.sort(-log_probs.astype(np.float64), axis=1)  # most probable first
    if sampling.temperature == 0:
        return logits[:, 0] - logits[:, 1] <= 2 * slack
    logits, slack = _cooled(logits, sampling.temperature), slack / sampling.temperature
    k = sampling.top_k if 0 < sampling.top_k < size else size
    if k < size:
        near |= logits[:, k - 1] - logits[:, k] <= 2 * slack
        logits = logits[:, :k]
    probabilities = _softmax(logits)
    if sampling.top_p < 1 and k > 1:
        # Sums of probabilities move by at most this much, and so does their order at the cut.
        sums = probabilities.cumsum(1)
        near |= (np.abs(sums - sampling.top_p) <= np.expm1(2 * slack)).any(1)
        cut = (sums < sampling.top_p).sum(1).clip(0, k - 2)[:, None]
        pair = np.take_along_axis(logits, np.hstack([cut, cut + 1]), 1)
        near |= pair[:, 0] - pair[:, 1] <= 2 * slack
    if sampling.min_p > 0:
        distance = logits - logits[:, :1] - np.log(sampling.min_p)
        near |= (np.abs(distance) <= 2 * slack).any(1)
    return near


def _nucleus(probabilities: Floats, top_p: float) -> NDArray[np.bool_]:
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, 1)
    kept = ranked.cumsum(1) - ranked < top_p  # until the sum before it reaches top_p
    mask = np.empty_like(kept)
    np.put_along_axis(mask, order, kept, 1)
    return mask


def _cooled(logits: Floats, temperature: float) -> Floats:
    """Logits over a temperature > 0, the largest of a row shifted to 0: none overflows."""
    with np.errstate(over="ignore"):
        shifted = (logits - logits.max(1, keepdims=True)) / temperature
    cooled: Floats = np.maximum(shifted, LOWEST)
    return cooled


def _one_hot(ids: NDArray[np.int64], size: int) -> Floats:
    return np.eye(size)[ids]


def _softmax(logits: Floats) -> Floats:
    return _renormalised(np.exp(logits - logits.max(1, keepdims=True)))


def _renormalised(weights: Floats) -> Floats:
    normal: Floats = weights / weights.sum(1, keepdims=True)
    return normal
