"""Tests of the losses apart for names seen and unseen in training, and given novel."""

import math

import numpy as np
import pytest

from namesmith_trainer.training import DivergedError, NetworkRun, split_losses

PROBABILITIES = {"a": 0.25, "b": 0.125, "ab": 0.0625, "ba": 0.03125, "c": 0.5}
"""Probability of each name, which its last symbol has alone."""


def log_probs(names: list[str]) -> np.ndarray:
    """Return the log-probabilities of the symbols of names, float64."""
    return np.array(
        [value for name in names for value in (*[0.0] * len(name), math.log(PROBABILITIES[name]))]
    )


def losses(splits: dict[str, list[str]], *, is_chain: bool = True) -> dict:
    """Return the losses of splits whose names have ``PROBABILITIES``."""
    scores = {split: log_probs(names) for split, names in splits.items()}
    return split_losses(splits, scores, is_chain=is_chain)


def test_a_split_is_the_mean_of_its_parts() -> None:
    """Names that stand in train are seen, once for each time that they stand in the split."""
    found = losses({"train": ["a", "b", "a"], "val": ["a", "a", "ab", "ba"], "test": ["b"]})
    val = found["val"]
    assert (val.names, val.symbols) == (4, 10)
    assert (val.seen.names, val.seen.symbols) == (2, 4)
    assert (val.unseen.names, val.unseen.symbols) == (2, 6)
    assert val.seen.loss == pytest.approx(2 * math.log(4) / 4)
    assert val.unseen.loss == pytest.approx((math.log(16) + math.log(32)) / 6)
    whole = val.seen.loss * val.seen.symbols + val.unseen.loss * val.unseen.symbols
    assert val.loss == pytest.approx(whole / val.symbols)
    assert (found["test"].unseen.names, found["test"].unseen.loss) == (0, 0)
    assert found["train"].unseen.names == 0


def test_the_novel_loss_is_normalised_over_new_names() -> None:
    """The probabilities of all new names are divided by the probability of a new name."""
    splits = {"train": ["a", "b", "a"], "val": ["ab", "ba"], "test": ["c"]}
    found = losses(splits)
    assert found["train"].probability == pytest.approx(0.375)
    expected = -(math.log(0.0625 / 0.625) + math.log(0.03125 / 0.625)) / 6
    assert found["val"].novel == pytest.approx(expected)
    assert found["train"].novel is None
    assert losses(splits, is_chain=False)["val"].novel is None


def test_a_split_with_names_of_train_has_no_novel_loss() -> None:
    """One seen name has no probability given novel; the other split keeps its novel loss."""
    found = losses({"train": ["a"], "val": ["ab", "a"], "test": ["b"]})
    assert found["val"].novel is None
    assert found["test"].novel is not None


def test_a_loss_that_is_no_number_is_told() -> None:
    """The error names the split."""
    with pytest.raises(DivergedError, match="the loss of the val split is not a number"):
        split_losses(
            {"train": ["a"], "val": ["b"]},
            {"train": log_probs(["a"]), "val": np.array([0.0, math.nan])},
            is_chain=True,
        )


def test_a_network_with_a_table_has_a_novel_loss(small_run: NetworkRun) -> None:
    """us-names holds no name twice: nothing is seen, and the novel loss is below the loss."""
    for split in ("val", "test"):
        found = small_run.split_losses[split]
        assert found.seen.names == 0
        assert found.unseen.loss == pytest.approx(found.loss, rel=1e-12)
        assert 0 < found.loss - found.novel < 0.1
