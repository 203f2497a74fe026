"""Temperature, top-k, top-p and min-p: from log-probabilities to the distributions drawn from.

The processors apply in this order, each to the distribution that the previous processor left.
vLLM's V1 sampler differs: it applies min_p before top_k and top_p. A ``Sampling`` holds one value
of each setting for all distributions, a ``SamplingBatch`` an array [B] with a value for each
distribution; both give the same bits for the same settings.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Floats
from namesmith_server.engine.distributions.sampling import Sampling, SamplingBatch

Flags = NDArray[np.bool_]

LOWEST = -1e200
"""The least logit, of symbols without probability, so that differences stay finite: the logits of
other symbols, differences of float32 numbers divided by ``COLDEST`` at least, are higher."""

COLDEST = 2.0**-500
"""The least temperature: lower ones count as this one.

Two different float32 numbers, divided by a temperature of at most ``COLDEST``, differ by more than
1e100, so that all such temperatures give the same order of names and the same probabilities to the
last bit; a power of two divides without rounding."""


def apply_sampling(log_probs: NDArray[np.floating], sampling: Sampling | SamplingBatch) -> Floats:
    """Return the transformed distributions.

    Args:
        log_probs: log-probabilities of the next symbol, [B, V].
        sampling: settings for all distributions, or a batch with an array [B] of each setting.

    Returns:
        probabilities, float64 [B, V]; each distribution sums to 1, a truncated symbol has 0.
    """
    logits = _logits(log_probs, sampling)
    weights = np.exp(logits)
    if truncates(sampling):
        weights[~_support_mask(logits, sampling)] = 0
    weights /= weights.sum(1, keepdims=True)
    return weights


def log_apply_sampling(log_probs: NDArray[np.floating], sampling: Sampling) -> Floats:
    """Return the natural logs [B, V] of the transformed distributions.

    A symbol that is truncated, or has no probability before the transformation, has -inf; a symbol
    whose probability underflows float64 has a finite log.
    """
    logits = _logits(log_probs, sampling)
    if truncates(sampling):
        logits[~_support_mask(logits, sampling)] = -np.inf
    logits[np.isneginf(log_probs)] = -np.inf
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    return logits


def near_truncation_boundary(
    log_probs: NDArray[np.floating], sampling: Sampling | SamplingBatch, difference: float
) -> Flags:
    """Return whether a small error of its log-probabilities could change each support, bool [B].

    Args:
        log_probs: log-probabilities of the next symbol, [B, V].
        sampling: settings for all distributions, or a batch with an array [B] of each setting.
        difference: bound on the error of each log-probability, nats.
    """
    if not truncates(sampling):
        return np.zeros(len(log_probs), dtype=bool)
    logits = -np.sort(-_logits(log_probs, sampling), axis=1)  # most probable first
    ranked = np.exp(logits, out=logits)
    temperature, top_k, top_p, min_p = _columns(sampling, ranked.shape[1])
    # Two weights whose ratio is between ``less`` and ``more`` may change places.
    moved = difference / np.where(temperature == 0, 1, temperature)
    less, more = np.exp(-2 * moved), np.exp(np.minimum(2 * moved, 700))
    touching = np.ones_like(ranked, dtype=bool)  # whether the next rank could come first
    touching[:, :-1] = ranked[:, 1:] >= ranked[:, :-1] * less

    near = np.take_along_axis(touching, top_k - 1, 1) & (top_k < ranked.shape[1])
    near |= touching[:, :1] & (temperature == 0)
    ranked = np.where(np.arange(ranked.shape[1]) < top_k, ranked, 0)
    sums = ranked.cumsum(1)
    sums /= sums[:, -1:]
    last = np.minimum((sums < top_p).sum(1, keepdims=True), top_k - 1)
    at_p = (np.abs(sums - top_p) <= more - 1).any(1, keepdims=True)
    at_p |= np.take_along_axis(touching, last, 1) & (last < top_k - 1)
    near |= at_p & (top_p < 1)
    floor = min_p * ranked[:, :1]
    at_floor = (ranked >= floor * less) & (ranked <= floor * more) & (floor > 0)
    near |= at_floor.any(1, keepdims=True)
    flags: Flags = near.ravel()
    return flags


def truncates(sampling: Sampling | SamplingBatch) -> bool:
    """Tell whether any setting may truncate a symbol."""
    if isinstance(sampling, Sampling):
        temperature, top_k, top_p, min_p = sampling
        return temperature == 0 or top_k > 0 or top_p < 1 or min_p > 0
    temperatures, top_ks, top_ps, min_ps = sampling
    return bool((temperatures == 0).any() or top_ks.any() or (top_ps < 1).any() or min_ps.any())


def _logits(log_probs: NDArray[np.floating], sampling: Sampling | SamplingBatch) -> Floats:
    """Return logits >= LOWEST whose greatest is 0; a temperature of 0 counts as 1 here."""
    temperature = _columns(sampling, log_probs.shape[1])[0]
    logits = log_probs.astype(np.float64)
    logits -= logits.max(1, keepdims=True)
    logits /= np.where(temperature == 0, 1, np.maximum(temperature, COLDEST))
    return np.maximum(logits, LOWEST, out=logits)


def _support_mask(logits: Floats, sampling: Sampling | SamplingBatch) -> Flags:
    """Return whether each symbol is in the support, bool [B, V]."""
    temperature, top_k, top_p, min_p = _columns(sampling, logits.shape[1])
    order = np.argsort(-logits, axis=1, kind="stable")
    ranked = np.take_along_axis(logits, order, 1)
    kept = ranked >= np.take_along_axis(ranked, top_k - 1, 1)  # a tie with the k-th stays
    ranked = np.where(kept, np.exp(ranked), 0)
    sums = ranked.cumsum(1)
    kept &= (sums - ranked < top_p * sums[:, -1:]) | (top_p >= 1)
    kept &= ranked >= min_p * ranked[:, :1]
    kept[:, 1:] &= temperature != 0
    flags = np.empty_like(kept)
    np.put_along_axis(flags, order, kept, 1)
    return flags


def _columns(sampling: Sampling | SamplingBatch, size: int) -> list[NDArray[Any]]:
    """Return each setting as a column [B or 1, 1]; a top_k of 0 becomes V."""
    columns = [np.reshape(setting, (-1, 1)) for setting in sampling]
    columns[1] = np.where(columns[1] == 0, size, columns[1])
    return columns
