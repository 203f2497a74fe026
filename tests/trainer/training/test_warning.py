"""Tests of the warning about a model that is worth little."""

import re
from dataclasses import replace

import numpy as np
import pytest

from namesmith_trainer.chains import Chain
from namesmith_trainer.data import Split
from namesmith_trainer.training import (
    ChainRun,
    Evaluation,
    NetworkRun,
    Run,
    StandIn,
    Teacher,
    TeacherFit,
    warning_of,
)
from namesmith_trainer.training.warning import counted_val_loss


def with_val(run: NetworkRun, loss: float, best: float) -> NetworkRun:
    """Return a run with the val loss of its published network, and its best one at step 1,000."""
    measured = {**run.split_losses, "val": replace(run.split_losses["val"], loss=loss)}
    made = Evaluation(1_000, best), Evaluation(2_000, max(loss, best))
    return replace(run, split_losses=measured, evaluations=made)


@pytest.mark.parametrize(
    ("loss", "best", "text"),
    [
        (2.5, 2.3, "names are learnt by heart: val 2.5000, and 2.3000 after step 1,000"),
        (3.5, 2.3, "worse than guessing, 3.2958; 2.3000 after step 1,000: --keep-best"),
        (3.5, 3.5, "worse than guessing, 3.2958; train longer"),
        (2.3, 2.3, "counting is better: val 2.3000, and 2.0762 with --recipe kneser-ney"),
        (1.9, 1.89, None),
    ],
)
def test_one_line_says_the_worst_and_its_remedy(
    small_run: NetworkRun, loss: float, best: float, text: str | None
) -> None:
    """Worse than a guess, than the run's own best, than counting; nothing where none is so."""
    found = warning_of(with_val(small_run, loss, best))
    assert (text is None) == (found is None)
    assert text is None or (found is not None and text in found and "\n" not in found)


@pytest.mark.parametrize("setting", [{"keep_best": True}, {"patience": 3}])
def test_no_option_is_advised_that_is_on(
    small_run: NetworkRun, setting: dict[str, bool | int]
) -> None:
    """Where the best network is published already, ``--keep-best`` is not named."""
    run = with_val(small_run, 2.5, 2.3)
    assert "keep-best" in (warning_of(run) or "")
    kept = replace(run, recipe=replace(run.recipe, **setting))  # type: ignore[arg-type]
    assert "keep-best" not in (warning_of(kept) or "")


def test_a_chain_in_the_networks_place_is_not_learnt_by_heart(small_run: NetworkRun) -> None:
    """The network's own loss is compared with its evaluations, not the chain's."""
    run = with_val(small_run, 2.5, 2.3)
    losses = replace(run.split_losses["val"], loss=2.3)
    fit = TeacherFit(losses, np.ones(1), np.zeros(1))
    chain = Chain.from_contexts([()], np.full((1, len(run.vocabulary)), 1 / len(run.vocabulary)))
    stand_in = StandIn(chain, (), 0, {"val": fit})
    assert "learnt by heart" not in (warning_of(replace(run, stand_in=stand_in)) or "")


def test_the_count_is_the_recipes(small_run: NetworkRun, counted_run: ChainRun) -> None:
    """The loss of counting is the one that the recipe kneser-ney publishes for these splits."""
    same = replace(small_run, splits=counted_run.splits, vocabulary=counted_run.vocabulary)
    assert counted_val_loss(same) == pytest.approx(counted_run.losses["val"], abs=1e-6)


def test_counting_is_warned_of_guessing_alone(counted_run: ChainRun) -> None:
    """Counting is the remedy where a network or a mixture is worse, and has no other."""
    assert warning_of(counted_run) is None


def distilled(run: ChainRun, loss: float) -> ChainRun:
    """Return a run as if its chain had a teacher, and a loss on val."""
    measured = {**run.split_losses, "val": replace(run.split_losses["val"], loss=loss)}
    teacher = Teacher("batchnorm", {}, 42, 1.0, {})
    return replace(run, teachers=(teacher,), split_losses=measured)


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (1.5, None),
        (2.5, "counting is better: val 2.5000, and 1.6[0-9]{3} with --recipe kneser-ney$"),
        (3.5, "worse than guessing, 3.2958; 1.6[0-9]{3} with --recipe kneser-ney$"),
    ],
)
def test_a_distilled_chain_is_compared_with_counting(
    counted_run: ChainRun, loss: float, text: str | None
) -> None:
    """A mixture that is worse than the counts in it is told, with the remedy."""
    found = warning_of(distilled(counted_run, loss))
    assert (text is None) == (found is None)
    assert text is None or (found is not None and re.search(text, found))


def test_a_chain_has_nothing_by_heart(small_run: NetworkRun, counted_run: ChainRun) -> None:
    """A chain is not its network's last step: a loss on the way is the network's matter."""
    fit = TeacherFit(small_run.split_losses["val"], np.ones(1), np.ones(1))
    stand_in = StandIn(counted_run.chain, (), 0, {"val": fit})
    run = replace(with_val(small_run, 2.5, 2.3), stand_in=stand_in)
    best = replace(run, evaluations=(Evaluation(1_000, small_run.losses["val"]),))
    found = warning_of(best)
    assert found is not None
    assert "counting is better" in found


@pytest.mark.parametrize("kind", ["network", "distilled", "counted"])
def test_a_list_that_says_nothing_is_told(
    small_run: NetworkRun, counted_run: ChainRun, kind: str
) -> None:
    """Where counting too is worse than a guess, no other recipe is named."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = tuple(letters[i:] + letters[:i] for i in range(20))
    split = {"train": Split(names[:16]), "val": Split(tuple(name[::-1] for name in names[16:]))}
    runs: dict[str, Run] = {
        "network": with_val(small_run, 3.5, 3.5),
        "distilled": distilled(counted_run, 3.5),
        "counted": replace(distilled(counted_run, 3.5), teachers=()),
    }
    found = warning_of(replace(runs[kind], splits=split))
    assert found is not None
    assert found.startswith("warning: val 3.5000 is worse than guessing, 3.2958; the list is too s")
