"""Tests of thinning the losses of a run."""

import math

import pytest
import torch

from namesmith_trainer.report.diagnostics.curve import OPENING, POINTS, LossCurve


@pytest.mark.parametrize("steps", [1, 10, 500, 501, 12_345, 30_000])
def test_buckets_keep_extremes_and_windows_keep_means(steps: int) -> None:
    """Buckets hold extremes and windows hold means; the last bucket and window may be shorter."""
    losses = 3 + torch.rand(steps, generator=torch.Generator().manual_seed(steps))
    curve = LossCurve.of(losses)
    logs = [math.log10(loss) for loss in losses.tolist()]
    assert len(curve.low) == len(curve.high) <= POINTS
    buckets = [logs[at : at + curve.bucket] for at in range(0, steps, curve.bucket)]
    assert curve.low == pytest.approx([min(part) for part in buckets])
    assert curve.high == pytest.approx([max(part) for part in buckets])
    windows = [logs[at : at + curve.window] for at in range(0, steps, curve.window)]
    assert curve.means == pytest.approx([sum(part) / len(part) for part in windows])
    assert curve.opening == pytest.approx(logs[:OPENING])
    assert curve.first == pytest.approx(losses[0].item())
    assert curve.last == pytest.approx(losses[-curve.window :].mean().item())


def test_a_long_run_is_averaged_over_a_thousand_steps() -> None:
    """A window has 1,000 steps as in the lecture; in a short run, a twentieth of the steps."""
    assert LossCurve.of(torch.ones(200_000)).window == 1_000
    assert LossCurve.of(torch.ones(2_000)).window == 100


def test_a_loss_of_zero_has_a_place_on_the_curve() -> None:
    """A loss of zero has no logarithm, and gets a finite place."""
    assert all(map(math.isfinite, LossCurve.of(torch.zeros(3)).low))
