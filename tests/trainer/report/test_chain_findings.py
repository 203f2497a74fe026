"""Tests of the findings about chains against their numbers."""

from dataclasses import replace

import pytest

from namesmith_trainer.report import ChainDiagnostics, chain_findings, diagnose
from namesmith_trainer.report.diagnostics import Divergence, Pairs, Teaching
from namesmith_trainer.training import ChainRun


@pytest.fixture(scope="module")
def run(distilled_run: ChainRun) -> ChainDiagnostics:
    """Provide the numbers of a distilled chain."""
    found = diagnose(distilled_run)
    assert isinstance(found, ChainDiagnostics)
    return found


@pytest.fixture(scope="module")
def teaching(run: ChainDiagnostics) -> Teaching:
    """Provide the numbers about its teachers."""
    assert run.teaching
    return run.teaching


def test_a_chain_is_good_while_it_is_close_to_its_teachers(
    run: ChainDiagnostics, teaching: Teaching
) -> None:
    """The verdict follows the divergence, and the sentence holds it."""
    for kl, good in ((0.005, True), (0.5, False)):
        finding = chain_findings.closeness(run, replace(teaching, kl={"val": kl}))
        assert finding.good == good
        assert f"{kl:.4f} nats a symbol" in finding.shows


def test_a_length_that_holds_most_of_the_divergence_is_named(teaching: Teaching) -> None:
    """The sentence names the length of the largest share, its mass and its mean."""
    parts = (Divergence(1, 0.9, 0.2, 0.01), Divergence(8, 0.1, 0.8, 0.36))
    finding = chain_findings.divergence(replace(teaching, by_length=parts))
    assert not finding.good
    assert "80.0% of the divergence arises at contexts of 1 symbol," in finding.shows
    assert "10.0% of the symbols" in finding.shows


def test_states_unlike_the_teachers_are_counted(teaching: Teaching) -> None:
    """States from 0.1 nats on are summed up."""
    near, far = Divergence(10, 0.2, 0.1, 0.01), Divergence(3, 0.01, 0.2, 0.2)
    finding = chain_findings.unlike(replace(teaching, by_size=(*[near] * 5, far, far)))
    assert finding.good
    assert "draw 2.0% of the symbols of val and hold 40.0%" in finding.shows
    assert "6 of 56 states" in finding.shows


def test_pairs_of_the_same_names_are_counted(teaching: Teaching) -> None:
    """The share of equal names is the verdict; no pair at all is a warning."""
    for pairs, good in ((Pairs((), 10, 8), True), (Pairs((), 10, 2), False), (Pairs((), 0, 0), 0)):
        assert chain_findings.pairs(replace(teaching, pairs=pairs)).good == good
