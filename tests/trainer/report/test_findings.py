"""Tests of the findings against the numbers of runs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.report import NetworkDiagnostics, comparison_findings, diagnose, findings
from namesmith_trainer.report.sections import inside
from namesmith_trainer.training import Evaluation, train


@pytest.fixture(scope="module")
def baseline() -> NetworkDiagnostics:
    """Provide the numbers of the notebook's first recipe after 20 steps."""
    recipe = replace(RECIPES["baseline"], steps=20)
    data = Names.read("us-names")
    few = replace(data, names=data.names[::10])
    return diagnose(train(few, recipe, 42, "cpu", iter))


def verdicts(diagnostics: NetworkDiagnostics) -> Iterator[tuple[str, bool]]:
    """Yield the title of each section of a run and whether its finding is good."""
    return ((section.title, section.finding.good) for section in inside(diagnostics))


def test_the_faults_of_the_baseline_are_found(
    baseline: NetworkDiagnostics, diagnostics: NetworkDiagnostics
) -> None:
    """Every finding of ``baseline`` is a warning, and every finding of ``batchnorm`` is good.

    The loss on val, which falls under any recipe, says nothing about how a network begins.
    """
    assert not any(good for title, good in verdicts(baseline) if title != "Loss on val")
    assert all(good for _, good in verdicts(diagnostics))


def test_a_hockey_stick_is_measured(baseline: NetworkDiagnostics) -> None:
    """The sentence holds the loss at step 0, the expected loss and the difference."""
    curve, expected = baseline.curve, baseline.expected_loss
    shows = findings.loss_curve(curve, expected).shows
    for value in (curve.first, expected, curve.first - expected, curve.last):
        assert f"{value:.4f}" in shows


def test_saturation_is_measured(baseline: NetworkDiagnostics) -> None:
    """The sentence holds the shares and the dead units at step 0 and at the end."""
    start, end = baseline.start.layers[0], baseline.end.layers[0]
    shows = findings.saturation(start, end).shows
    assert f"{start.saturation.share:.1%}" in shows
    assert f"{end.saturation.share:.1%}" in shows
    dead = replace(start, saturation=replace(start.saturation, dead_units=3))
    assert "units 3 are dead at step 0" in findings.saturation(dead, end).shows


def test_runs_are_compared_by_their_numbers(
    baseline: NetworkDiagnostics, diagnostics: NetworkDiagnostics
) -> None:
    """The sentence names the runs with a hockey stick, and the best run."""
    shows = comparison_findings.losses([baseline, diagnostics]).shows
    assert "With a hockey stick: baseline." in shows
    assert f"{diagnostics.losses['val']:.4f} (batchnorm)" in shows
    assert "None has a hockey stick" in comparison_findings.losses([diagnostics]).shows


def evaluated(diagnostics: NetworkDiagnostics, *losses: float) -> NetworkDiagnostics:
    """Return a run of 100 steps between each two of the given losses on val."""
    evaluations = tuple(Evaluation(100 * i, loss) for i, loss in enumerate(losses, start=1))
    return replace(diagnostics, evaluations=evaluations)


def test_a_rise_of_the_loss_on_val_is_found(diagnostics: NetworkDiagnostics) -> None:
    """A run that ends above its lowest is warned of, unless the bundle holds the lowest."""
    risen = evaluated(diagnostics, 2.5, 2.2, 2.9)
    finding = findings.validation(risen)
    assert not finding.good
    assert "lowest after step 200, 2.2000, and 2.9000 after step 300." in finding.shows
    kept = findings.validation(replace(risen, published_step=200))
    assert kept.good
    assert "kept is the network of step 200" in kept.shows
    assert findings.validation(evaluated(diagnostics, 2.5, 2.3)).good


def test_runs_that_learn_by_heart_are_named(diagnostics: NetworkDiagnostics) -> None:
    """Among compared runs, the ones whose loss on val turns up are named with their rise."""
    good = evaluated(diagnostics, 2.5, 2.3)
    bad = replace(evaluated(diagnostics, 2.4, 2.5), recipe="big")
    finding = comparison_findings.validations([good, bad])
    assert not finding.good
    assert "Above their lowest end big (by 0.1000)" in finding.shows
    assert "2.3000 (batchnorm)" in finding.shows
    assert comparison_findings.validations([good]).good


def test_smaller_output_weights_are_tried_where_logits_are_too_wide(
    baseline: NetworkDiagnostics, diagnostics: NetworkDiagnostics
) -> None:
    """The notebook's W2 x 0.01 is pictured for ``baseline``, with a loss near -ln(1/V)."""
    title = "W2 \N{MULTIPLICATION SIGN} 0.01 at step 0"
    assert title in dict(verdicts(baseline))
    assert title not in dict(verdicts(diagnostics))
    assert baseline.scaled.loss == pytest.approx(baseline.expected_loss, abs=0.05)
    assert baseline.scaled.W2.std == pytest.approx(baseline.start.W2.std / 100)
    assert f"{baseline.scaled.loss:.4f}" in findings.scaled(baseline).shows
