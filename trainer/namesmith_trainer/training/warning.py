"""The warning about a model that is worth little."""

import math

import numpy as np

from namesmith_trainer.chains import KneserNey
from namesmith_trainer.data import contexts_and_targets, mean_loss, symbol_counts
from namesmith_trainer.models import KneserNeyRecipe
from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.losses import TRAIN, VAL
from namesmith_trainer.training.run import ChainRun, NetworkRun, Run

WORSE = 0.02
"""Loss on val above the best one of the run, in nats, at which a network has learnt by heart."""

ROWS = 1_024
"""Number of distributions that are computed at once: a few megabytes with thousands of symbols."""


def warning_of(run: Run) -> str | None:
    """Return the line that says why a model is worth little and how to do better, or None.

    A model is worth little if its loss on val is above a uniform guess's; if it is a network that
    has learnt by heart; or if its loss is above that of counting, which takes a second.
    """
    loss, guess = run.losses[VAL], math.log(len(run.vocabulary))
    best = _forgotten(run)
    if loss > guess:
        return f"warning: val {loss:.4f} is worse than guessing, {guess:.4f}; {_remedy(run, guess)}"
    if best:
        return f"warning: names are learnt by heart: val {loss:.4f}, and {_told(best)}"
    if isinstance(run, ChainRun) and not run.teachers:
        return None  # it has counted itself
    counted = counted_val_loss(run)
    if loss <= counted:
        return None
    mixed = "; --recipe distilled mixes both" if isinstance(run, NetworkRun) else ""
    return (
        f"warning: counting is better: val {loss:.4f}, and {counted:.4f} with --recipe"
        f" kneser-ney{mixed}"
    )


def _forgotten(run: Run) -> Evaluation | None:
    """Return the best evaluation of a network that got worse by more than ``WORSE``, or None."""
    if not isinstance(run, NetworkRun) or run.recipe.keeps_best or not run.evaluations:
        return None
    best = min(run.evaluations, key=lambda one: one.loss)
    last = min(run.network_losses[VAL], run.evaluations[-1].loss)
    return best if best.loss < last - WORSE else None


def _remedy(run: Run, guess: float) -> str:
    """Return the way to a loss on val below a uniform guess's, or the reason why there is none."""
    best = _forgotten(run)
    if best and best.loss <= guess:
        return _told(best)
    counted = counted_val_loss(run)
    if counted > guess:
        return "the list is too small or too random: its names say little about other names"
    if isinstance(run, NetworkRun):
        return "train longer, at another rate, or use --recipe kneser-ney"
    return f"{counted:.4f} with --recipe kneser-ney"


def _told(best: Evaluation) -> str:
    """Return the words about an evaluation that is better than the published network."""
    return f"{best.loss:.4f} after step {best.step:,}: --keep-best publishes that network"


def counted_val_loss(run: Run) -> float:
    """Return the loss on val of the recipe kneser-ney, trained on the same split, in nats."""
    size, length = len(run.vocabulary), KneserNeyRecipe.block_size
    (histories, targets), val = (
        [part.numpy() for part in contexts_and_targets(run.splits[split], run.vocabulary, length)]
        for split in (TRAIN, VAL)
    )
    counts = symbol_counts(run.splits[TRAIN])
    model = KneserNey.fit(histories, targets, size, length + 1, counts)
    log_probs = []
    for at in range(0, len(val[1]), ROWS):
        some, wanted = (part[at : at + ROWS] for part in val)
        log_probs.append(np.log(model.probabilities(some)[np.arange(len(wanted)), wanted]))
    return mean_loss(np.concatenate(log_probs), symbol_counts(run.splits[VAL]))
