"""The engine's logits processors in torch, for a batch with settings of its own in each row.

The order of the processors, their ties and their uncertain supports are those of the module
``logits_processors`` of the engine, where the rules stand.
"""

from typing import NamedTuple

import torch

LOWEST = -1e200
"""The least logit, of symbols without probability."""

COLDEST = 2.0**-500
"""The least temperature: lower ones count as this one."""


class Settings(NamedTuple):
    """The settings of each row, as columns [N, 1].

    Attributes:
        divisor: temperature, at least ``COLDEST``; 1 where the row is greedy.
        top_k: number of symbols that top-k keeps, int64 in [1, V].
        top_p: probability that the kept symbols together reach.
        min_p: least share of the greatest probability.
        most: largest number of symbols in the end, int64: 1 where the row is greedy, else V.
        moved: bound on the error of each logit.
    """

    divisor: torch.Tensor
    top_k: torch.Tensor
    top_p: torch.Tensor
    min_p: torch.Tensor
    most: torch.Tensor
    moved: torch.Tensor


def logits(log_probs: torch.Tensor, divisor: torch.Tensor) -> torch.Tensor:
    """Return the logits [N, V] of log-probabilities [N, V]; the greatest of each row is 0."""
    return (log_probs - log_probs.amax(1, keepdim=True)) / divisor


def truncated(logits: torch.Tensor, settings: Settings) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weights [N, V] of the symbols that are kept, and the rows of unsure supports.

    Args:
        logits: logits whose greatest is 0, float64 [N, V].
        settings: settings of each row.

    Returns:
        weights float64 [N, V], 0 for a truncated symbol; whether errors of ``settings.moved`` could
        change which symbols are kept, bool [N].
    """
    ranked, order = torch.sort(logits.clamp_min(LOWEST), dim=1, descending=True, stable=True)
    ranks = torch.arange(ranked.shape[1], device=ranked.device)
    every = ranked.exp()
    kept = ranked >= ranked.gather(1, settings.top_k - 1)  # a tie with the k-th stays
    weights = every * kept
    sums = weights.cumsum(1)
    kept &= (sums - weights < settings.top_p * sums[:, -1:]) | (settings.top_p >= 1)
    kept &= weights >= settings.min_p * weights[:, :1]
    kept &= ranks < settings.most
    chosen = torch.zeros_like(weights).scatter(1, order, weights * kept)
    return chosen, _is_unsure(every, ranks, settings)


def _is_unsure(ranked: torch.Tensor, ranks: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Return whether the support of each row could change, bool [N], of ranked weights [N, V]."""
    size = ranked.shape[1]
    less, more = (-2 * settings.moved).exp(), (2 * settings.moved).clamp_max(700).exp()
    touching = torch.ones_like(ranked, dtype=torch.bool)  # whether the next rank could come first
    touching[:, :-1] = ranked[:, 1:] >= ranked[:, :-1] * less

    unsure = touching.gather(1, settings.top_k - 1) & (settings.top_k < size)
    unsure |= touching[:, :1] & (settings.most == 1)
    sums = (ranked * (ranks < settings.top_k)).cumsum(1)
    sums = sums / sums[:, -1:]
    below = (sums < settings.top_p).sum(1, keepdim=True)
    last = torch.minimum(below, settings.top_k - 1)
    at_p = ((sums - settings.top_p).abs() <= more - 1).any(1, keepdim=True)
    at_p |= touching.gather(1, last) & (last < settings.top_k - 1)
    unsure |= at_p & (settings.top_p < 1)
    floor = settings.min_p * ranked[:, :1]
    at_floor = (ranked >= floor * less) & (ranked <= floor * more) & (floor > 0)
    unsure |= at_floor.any(1, keepdim=True)
    return unsure[:, 0]
