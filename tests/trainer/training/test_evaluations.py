"""Tests of the losses on val during a run, and of what a run makes of them."""

from dataclasses import replace

import pytest
import torch

from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import FULL, RECIPES, NetworkRecipe, override
from namesmith_trainer.training import Evaluation, NetworkRun, Training, train
from namesmith_trainer.training.evaluations import Evaluations

FEW = replace(Names.read("us-names"), names=Names.read("us-names").names[::100])
"""A few hundred names, which a network soon knows by heart."""

HASTY = override(
    RECIPES["batchnorm"], steps=1_500, embedding=24, hidden=64, learning_rate=0.3, eval_every=100
)
"""Recipe of a run that is best on val long before its end."""


def go(recipe: NetworkRecipe) -> NetworkRun:
    """Train on the few names."""
    return train(FEW, recipe, 42, "cpu", iter)


@pytest.fixture(scope="module")
def hasty() -> NetworkRun:
    """Provide the run of ``HASTY``, which publishes its last network."""
    return go(HASTY)


@pytest.mark.parametrize("name", ["batchnorm", "wavenet"])
def test_a_run_that_is_evaluated_takes_the_same_steps(name: str) -> None:
    """Losses, weights, statistics, moments and random numbers are those of a run without val."""
    recipe = override(RECIPES[name], steps=40, hidden=8, batch_size=16)
    vocabulary, splits = FEW.vocabulary(), FEW.splits()
    pairs, val = (
        contexts_and_targets(splits[split], vocabulary, recipe.block_size)
        for split in ("train", "val")
    )
    states = []
    for measured in (None, val):
        training = Training(recipe.network(len(vocabulary)), *pairs, recipe, 7, val=measured)
        for _ in range(4):
            training.advance(10)
            training.evaluate()
        states.append(training.state())
        assert len(training.evaluations.made) == (4 if measured else 0)
    without, with_val = ({k: v for k, v in s.items() if "evaluations" not in k} for s in states)
    assert without.keys() == with_val.keys()
    assert all(torch.equal(tensor, with_val[key]) for key, tensor in without.items())


def test_the_last_evaluation_is_of_the_network_that_is_published(hasty: NetworkRun) -> None:
    """Where val is no larger than the sample, the last evaluation is the loss of the split."""
    assert hasty.evaluations[-1] == Evaluation(1_500, pytest.approx(hasty.losses["val"], abs=1e-9))
    assert hasty.published_step == 1_500


def test_the_evaluation_of_averaged_weights_is_of_the_average() -> None:
    """A wavenet is evaluated with the average of its weights, which is published."""
    run = go(override(RECIPES["wavenet"], steps=100, hidden=8, batch_size=16))
    assert run.evaluations[-1].loss == pytest.approx(run.losses["val"], abs=1e-6)


def test_keep_best_publishes_the_network_of_the_best_evaluation(hasty: NetworkRun) -> None:
    """The evaluations are the same; the published network is the one with the lowest loss."""
    kept = go(replace(HASTY, keep_best=True))
    best = min(kept.evaluations, key=lambda one: one.loss)
    assert kept.evaluations == hasty.evaluations
    assert kept.published_step == best.step < 1_500
    assert kept.losses["val"] == pytest.approx(best.loss, abs=1e-9)
    assert kept.losses["val"] < hasty.losses["val"]


def test_patience_ends_a_run_at_its_best_network(hasty: NetworkRun) -> None:
    """The run ends at the third evaluation behind the best; its steps are the longer run's."""
    patient = go(replace(HASTY, patience=3))
    steps = len(patient.step_losses)
    assert patient.published_step == steps - 300
    assert patient.evaluations == hasty.evaluations[: steps // 100]
    assert torch.equal(patient.step_losses, hasty.step_losses[:steps])


def test_a_run_is_evaluated_when_a_multiple_of_the_interval_was_passed() -> None:
    """Evaluations come behind blocks, at the end in any case, and never twice for a step."""
    evaluations = Evaluations(replace(HASTY, steps=1_030, eval_every=250))
    seen = []
    for step in (*range(100, 1_001, 100), 1_030, 1_030):
        if evaluations.due(step):
            evaluations.add(Evaluation(step, 1.0))
            seen.append(step)
    assert seen == [300, 500, 800, 1_000, 1_030]
    assert evaluations.best == Evaluation(300, 1.0)


@pytest.mark.parametrize("name", [n for n, r in RECIPES.items() if isinstance(r, NetworkRecipe)])
def test_a_small_list_has_as_many_passes_as_a_large_one(name: str) -> None:
    """From ``FULL`` symbols on a recipe is itself; below, steps shrink and the best is kept."""
    recipe = RECIPES[name]
    assert recipe.for_data(FULL) is recipe
    half, tiny = recipe.for_data(FULL // 2), recipe.for_data(10)
    assert half.steps == recipe.steps // 2
    assert tiny.steps == 1_000
    assert half.keep_best
    assert tiny.keep_best
    assert recipe.for_data(FULL - 1).steps <= recipe.steps


def test_weight_decay_shrinks_matrices_behind_a_block() -> None:
    """W1 is smaller by the decay of the block's rates; what is no matrix is not decayed."""
    vocabulary = FEW.vocabulary()
    pairs = contexts_and_targets(FEW.splits()["train"], vocabulary, 3)
    recipe = override(RECIPES["batchnorm"], steps=100, hidden=8, learning_rate=1.0)
    plain, decayed = (
        Training(each.network(len(vocabulary)), *pairs, each, 7)
        for each in (recipe, replace(recipe, weight_decay=0.5))
    )
    for training in (plain, decayed):
        training.advance(1)
    for key, weight in plain.network.weights.items():
        factor = torch.tensor(-0.5).exp() if key in {"C", "W1", "W2"} else 1.0
        torch.testing.assert_close(decayed.network.weights[key], weight * factor)


def test_the_fewest_names_do_not_lose_their_weights() -> None:
    """Five names that stand many times, whose decay would be strongest, train to numbers."""
    names = replace(FEW, names=("ana", "mia", "zoe", "lea", "mila") * 20)
    recipe = RECIPES["batchnorm"].for_data(names.symbols)
    run = train(names, replace(recipe, hidden=16), 42, "cpu", iter)
    assert run.losses["val"] < 1
