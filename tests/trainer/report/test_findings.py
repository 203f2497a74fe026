"""Tests of the findings against the numbers of runs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.report import NetworkDiagnostics, diagnose, findings
from namesmith_trainer.report.sections import inside
from namesmith_trainer.training import train


@pytest.fixture(scope="module")
def baseline() -> NetworkDiagnostics:
    """Provide the numbers of the notebook's first recipe after 20 steps."""
    recipe = replace(RECIPES["baseline"], steps=20)
    return diagnose(train(Names.read("us-names"), recipe, 42, "cpu", iter))


def verdicts(diagnostics: NetworkDiagnostics) -> Iterator[tuple[str, bool]]:
    """Yield the title of each section of a run and whether its finding is good."""
    return ((section.title, section.finding.good) for section in inside(diagnostics))


def test_the_faults_of_the_baseline_are_found(
    baseline: NetworkDiagnostics, diagnostics: NetworkDiagnostics
) -> None:
    """Every finding of ``baseline`` is a warning, and every finding of ``batchnorm`` is good."""
    assert not any(good for _, good in verdicts(baseline))
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
    shows = findings.losses([baseline, diagnostics]).shows
    assert "With a hockey stick: baseline." in shows
    assert f"{diagnostics.losses['val']:.4f} (batchnorm)" in shows
    assert "None has a hockey stick" in findings.losses([diagnostics]).shows
