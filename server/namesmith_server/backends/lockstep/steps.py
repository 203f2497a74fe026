"""A few steps of rows that fly together: distributions, draws, and the rows behind them.

Every row takes every step, so that a flight is the same sequence of operations whatever is drawn:
the symbols behind a row's end mean nothing, and are cleared.
"""

from collections.abc import Callable

import torch

from namesmith.vocabulary import END
from namesmith_server.backends.lockstep.lines import Lines
from namesmith_server.backends.lockstep.processors import logits, truncated
from namesmith_server.backends.lockstep.random_numbers import uniforms

ENDED, FITS, UNCERTAIN = 1, 2, 4
"""The bits of a row's flags."""

LogProbsOf = Callable[[torch.Tensor], torch.Tensor]
"""Function from contexts int64 [N, L] to log-probabilities, float64 [N, V]."""


def take_steps(
    log_probs_of: LogProbsOf, lines: Lines, symbols: torch.Tensor, count: int, *, truncates: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Take steps of rows.

    Args:
        log_probs_of: function that computes distributions.
        lines: lines of the rows, [N].
        symbols: symbols that the rows have drawn, int16 [N, width]; at a row's position and behind
            it they mean nothing.
        count: number of steps, k; the width has room for k symbols behind the longest name.
        truncates: whether the settings of a row may truncate a symbol.

    Returns:
        matrix of the lines after the steps; flags int16 [N]; symbols int16 [N, width].
    """
    reals = lines.reals()
    settings = lines.settings(reals)
    steps = torch.arange(count, device=symbols.device)
    positions = lines.integers("position") + steps  # [N, k]
    u, margin = uniforms(lines.integers("key"), positions), reals["margin"]
    around = torch.stack((u - margin, u + margin), 2).transpose(0, 1).contiguous()  # [k, N, 2]
    may_end = (1 - lines.integers("bars_end")).to(torch.float64)
    context, found, unsure = lines.context, [], []
    for step in range(count):
        weights = logits(log_probs_of(context), settings.divisor)
        if truncates:
            weights, is_unsure = truncated(weights, settings)
            unsure.append(is_unsure)
        else:
            weights = weights.exp()
        if step == 0:
            weights[:, END : END + 1] *= may_end
        sums = weights.cumsum(1)
        places = torch.searchsorted(sums / sums[:, -1:], around[step], right=True)  # [N, 2]
        symbol = places[:, :1].clamp_max(weights.shape[1] - 1)
        context = torch.cat((context[:, 1:], symbol), 1)
        found.append(places)
    places = torch.stack(found, 1)  # [N, k, 2]
    wavers = (places[:, :, 0] != places[:, :, 1]) | (places[:, :, 0] == weights.shape[1])
    if truncates:
        wavers |= torch.stack(unsure, 1)
    drawn = places[:, :, 0]
    flags, is_name = _flags(drawn, wavers, positions, lines)
    places = torch.arange(symbols.shape[1], device=symbols.device)
    before = symbols.masked_fill(places >= lines.integers("position"), END)
    shown = before.scatter_(1, positions, (drawn * is_name).to(torch.int16))
    return lines.advanced(count, context), flags, shown


def _flags(
    drawn: torch.Tensor, wavers: torch.Tensor, positions: torch.Tensor, lines: Lines
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the flags int16 [N] of draws [N, k], and whether each draw stands in its name."""
    ends = drawn == END
    is_name = (ends.cumsum(1) - ends.to(torch.int64) == 0) & (
        positions <= lines.integers("max_length")
    )
    ended = ((ends | (positions == lines.integers("max_length"))) & is_name).any(1)
    fits = (ends & is_name & (positions >= lines.integers("min_length"))).any(1)
    uncertain = (wavers & is_name).any(1)
    flags = ended * ENDED + fits * FITS + uncertain * UNCERTAIN
    return flags.to(torch.int16), is_name
