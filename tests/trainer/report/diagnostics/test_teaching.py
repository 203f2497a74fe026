"""Tests of the numbers about a chain and its teachers."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.publish.bundle_builder import describe
from namesmith_trainer.report import ChainDiagnostics, diagnose, dumps
from namesmith_trainer.report.diagnostics import Teaching
from namesmith_trainer.training import ChainRun


@pytest.fixture(scope="module")
def teaching(distilled_run: ChainRun) -> Teaching:
    """Provide the numbers of a distilled chain about its teachers."""
    found = diagnose(distilled_run)
    assert isinstance(found, ChainDiagnostics)
    assert found.teaching
    return found.teaching


def test_the_numbers_are_those_of_the_manifest(distilled_run: ChainRun) -> None:
    """Teachers, losses and divergences of ``diagnostics.json`` are the manifest's, at 7 digits."""
    manifest = describe(distilled_run, "m")
    found = json.loads(dumps(diagnose(distilled_run)))["teaching"]
    for split in manifest.splits:
        assert found["kl"][split.name] == pytest.approx(split.teacher_kl, rel=1e-6)
        assert found["losses"][split.name]["loss"] == pytest.approx(split.teacher_loss, rel=1e-6)
    assert len(found["teachers"]) == len(manifest.chain.teachers) == 3
    for told, teacher in zip(found["teachers"], manifest.chain.teachers, strict=True):
        assert (told["recipe"], told["batch_seed"]) == (teacher.recipe, teacher.batch_seed)
        assert told["settings"] == dict(teacher.settings)
        assert told["weight"] == pytest.approx(teacher.weight, rel=1e-6)
        for each in teacher.losses:
            assert told["losses"][each.split] == pytest.approx(each.loss, rel=1e-6)


def test_a_divergence_is_the_sum_over_its_states(
    distilled_run: ChainRun, teaching: Teaching
) -> None:
    """Both divisions of the states hold all symbols, all of the divergence, and the same states."""
    passed = int((distilled_run.fits["val"].visits > 0).sum())
    for parts in (teaching.by_length, teaching.by_size):
        assert sum(part.states for part in parts) == passed
        assert sum(part.mass for part in parts) == pytest.approx(1)
        assert sum(part.share for part in parts) == pytest.approx(1)
        mean = sum(part.mass * part.kl for part in parts)
        assert mean == pytest.approx(teaching.kl["val"], rel=1e-6)
    bounds = [0.0, *teaching.edges, math.inf]
    for low, high, part in zip(bounds[:-1], bounds[1:], teaching.by_size, strict=True):
        assert not part.states or low - 1e-6 <= part.kl < high


def test_the_mixture_is_measured_name_by_name(distilled_run: ChainRun, teaching: Teaching) -> None:
    """Its probability of a training name is the sum over distinct names; KL is by definition."""
    mixture = distilled_run.mixture
    assert mixture
    total = 0.0
    for name in set(distilled_run.splits["train"]):
        histories, targets = contexts_and_targets([name], distilled_run.vocabulary, 8)
        taught = mixture.probabilities(histories.numpy())
        total += float(np.prod(taught[np.arange(len(targets)), targets.numpy()], dtype=float))
    assert teaching.losses["train"].probability == pytest.approx(total, rel=1e-4)
    pairs = contexts_and_targets(distilled_run.splits["val"], distilled_run.vocabulary, 8)
    taught = mixture.probabilities(pairs[0].numpy()).astype(float)
    chain = distilled_run.chain
    logs = np.log(taught) - chain.log_probs[chain.states_of(pairs[0].numpy())]
    assert teaching.kl["val"] == pytest.approx((taught * logs).sum(1).mean(), rel=1e-4)


def test_given_novel_is_there_for_teachers_too(teaching: Teaching) -> None:
    """Where no name repeats, the mixture's loss given novel is below its loss, as a chain's is."""
    for split in ("val", "test"):
        novel = teaching.losses[split].novel
        assert novel is not None
        assert novel < teaching.losses[split].loss


def test_teachers_that_are_the_chain_draw_its_names(distilled_run: ChainRun) -> None:
    """Equal distributions give equal names from the same numbers; other distributions do not."""

    class Same:
        length = distilled_run.chain.order

        def probabilities(self, histories: np.ndarray) -> np.ndarray:
            chain = distilled_run.chain
            return np.exp(chain.log_probs[chain.states_of(histories)])

    found = diagnose(replace(distilled_run, mixture=Same()))
    own = diagnose(distilled_run)
    assert isinstance(found, ChainDiagnostics)
    assert isinstance(own, ChainDiagnostics)
    assert found.teaching
    assert own.teaching
    assert found.teaching.pairs.same >= 0.99 * found.teaching.pairs.count  # exp(log(p)) rounds
    assert own.teaching.pairs.same < 0.99 * own.teaching.pairs.count


def test_a_counted_chain_has_no_teachers(counted_run: ChainRun) -> None:
    """The JSON says so by null."""
    assert json.loads(dumps(diagnose(counted_run)))["teaching"] is None
