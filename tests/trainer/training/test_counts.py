"""Tests of counts: a list with counts is the list with its names repeated."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from chi_square import assert_follows
from namesmith_trainer.data import Names, Split, contexts_and_targets, symbol_counts
from namesmith_trainer.models.mlp import BATCHNORM
from namesmith_trainer.models.wavenet import WAVENET
from namesmith_trainer.training import NetworkRun, SplitLoss, Training, split_losses

NAMES = ("ana", "bo", "cleo", "dan", "eva")
COUNTS = (3, 1, 7, 2, 1)


@pytest.fixture(scope="module")
def splits(small_run: NetworkRun) -> dict[str, Split]:
    """Provide splits with counts, of names of us-names; two names of test stand in train."""
    train, val = (small_run.splits[split][:300] for split in ("train", "val"))
    rng = np.random.default_rng(5)
    parts = {"train": train, "val": val[:200], "test": [*val[200:], *train[:2]]}
    return {split: Split(names, rng.integers(1, 40, len(names))) for split, names in parts.items()}


def repeated(names: Split) -> Split:
    """Return names each of which stands as often as it counts."""
    assert names.counts is not None
    return Split(np.repeat(names, names.counts).tolist())


def losses(run: NetworkRun, splits: dict[str, Split]) -> dict[str, SplitLoss]:
    """Return the losses of a run's network on splits."""
    log_probs = {
        split: run.network.target_log_probs(*contexts_and_targets(names, run.vocabulary, 3))
        for split, names in splits.items()
    }
    return split_losses(splits, log_probs, is_chain=True)


def test_losses_are_those_of_the_names_repeated(
    small_run: NetworkRun, splits: dict[str, Split]
) -> None:
    """Every loss agrees within rounding, seen, unseen and given novel; the sizes count once."""
    counted = losses(small_run, splits)
    expected = losses(small_run, {split: repeated(names) for split, names in splits.items()})
    for split, loss in counted.items():
        names = splits[split]
        assert (loss.names, loss.symbols) == (len(names), sum(map(len, names)) + len(names))
        assert loss.loss == pytest.approx(expected[split].loss, rel=1e-12)
        assert loss.seen.loss == pytest.approx(expected[split].seen.loss, rel=1e-12)
        assert loss.unseen.loss == pytest.approx(expected[split].unseen.loss, rel=1e-12)
        assert (loss.novel is None) == (expected[split].novel is None)
        assert (loss.novel or 0) == pytest.approx(expected[split].novel or 0, rel=1e-12)
        assert loss.probability == pytest.approx(expected[split].probability, rel=1e-12)
    assert counted["test"].seen.names == 2
    assert counted["val"].novel is not None


def test_minibatches_draw_contexts_in_proportion_to_their_counts() -> None:
    """640,000 rows follow the counts of their names, up to a false alarm in 10^6 tests."""
    data = Names("list", "list", "", NAMES, distinct=True, counts=COUNTS)
    whole = data.whole
    contexts, targets = contexts_and_targets(whole, data.vocabulary(), 3)
    rows = torch.arange(len(targets))  # each target is its row
    recipe = replace(BATCHNORM, steps=20_000)
    network = recipe.network(len(data.vocabulary()))
    training = Training(network, contexts, rows, recipe, 7, counts=symbol_counts(whole))
    drawn = Counter(training.draw(recipe.steps)[1].view(-1).tolist())
    weights = np.repeat(COUNTS, [len(name) + 1 for name in NAMES]).tolist()
    assert_follows(drawn, dict(enumerate(weights)))


def test_minibatches_without_counts_are_the_notebooks() -> None:
    """The rows are those of torch.randint from the seed; with counts they depend on it alone."""
    data = Names("list", "list", "", NAMES, distinct=True, counts=COUNTS)
    contexts, targets = contexts_and_targets(NAMES, data.vocabulary(), 3)
    rows = torch.arange(len(targets))
    network = BATCHNORM.network(len(data.vocabulary()))
    drawn = Training(network, contexts, rows, BATCHNORM, 7).draw(100)[1]
    generator = torch.Generator().manual_seed(7)
    assert torch.equal(drawn, torch.randint(0, len(rows), (100, 32), generator=generator))
    counts = symbol_counts(data.whole)
    first, second = (
        Training(network, contexts, rows, BATCHNORM, 7, counts=counts).draw(100)[1]
        for _ in range(2)
    )
    assert torch.equal(first, second)


def test_the_largest_counts_are_drawn_from() -> None:
    """Counts of 2^40 beside counts of 1: every row is a row, and the rare one is hardly drawn."""
    contexts, rows = torch.zeros((3, 3), dtype=torch.int64), torch.arange(3)
    counts = np.array([1 << 40, 1, 1 << 40])
    training = Training(BATCHNORM.network(27), contexts, rows, BATCHNORM, 7, counts=counts)
    drawn = Counter(training.draw(1_000)[1].view(-1).tolist())
    assert set(drawn) == {0, 2}
    assert_follows(drawn, {0: 1.0, 2: 1.0})


def test_calibration_is_that_of_the_contexts_repeated(small_run: NetworkRun) -> None:
    """BatchNorm's statistics are the same within rounding, at every level."""
    names = Split(small_run.splits["train"][:100], np.arange(1, 101) % 9 + 1)
    tensors = [
        contexts_and_targets(each, small_run.vocabulary, 8)[0] for each in (names, repeated(names))
    ]
    counted, expected = (replace(WAVENET, hidden=8).network(27) for _ in tensors)
    counts = symbol_counts(names)
    assert counts is not None
    counted.calibrate(tensors[0], 64, torch.from_numpy(counts).double())
    expected.calibrate(tensors[1], 64)
    for name, statistic in counted.statistics.items():
        torch.testing.assert_close(statistic, expected.statistics[name], rtol=1e-5, atol=1e-7)
