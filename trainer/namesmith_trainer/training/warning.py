"""The warning about a network that is worse than it could be."""

import math

import numpy as np

from namesmith_trainer.chains import KneserNey
from namesmith_trainer.data import contexts_and_targets, mean_loss, symbol_counts
from namesmith_trainer.models import KneserNeyRecipe
from namesmith_trainer.training.losses import TRAIN, VAL
from namesmith_trainer.training.run import NetworkRun, Run

WORSE = 0.02
"""Loss on val above the best one of the run, in nats, at which a network has learnt by heart."""

ROWS = 1_024
"""Number of distributions that are computed at once: a few megabytes with thousands of symbols."""


def warning_of(run: Run) -> str | None:
    """Return the line that says why a network is worth little and how to do better, or None.

    A network is worth little if its loss on val is above a uniform guess's, above the best one of
    its run by more than ``WORSE``, or above the loss of counting, which takes a second.
    """
    if not isinstance(run, NetworkRun):
        return None
    loss, size, own = run.losses[VAL], len(run.vocabulary), run.network_losses[VAL]
    best = min(run.evaluations, key=lambda one: one.loss, default=None)
    by_heart = ""
    # A chain in the network's place has a loss of its own; evaluations are the network's.
    is_kept = run.recipe.keeps_best
    if best and not is_kept and best.loss < min(own, run.evaluations[-1].loss) - WORSE:
        by_heart = f"{best.loss:.4f} after step {best.step:,}: --keep-best publishes that network"
    if loss > math.log(size):
        rest = by_heart or "train longer, at another rate, or use --recipe kneser-ney"
        return f"warning: val {loss:.4f} is worse than guessing, {math.log(size):.4f}; {rest}"
    if by_heart:
        return f"warning: names are learnt by heart: val {own:.4f}, and {by_heart}"
    counted = counted_val_loss(run)
    if loss > counted:
        return (
            f"warning: counting is better: val {loss:.4f}, and {counted:.4f} with --recipe"
            " kneser-ney; --recipe distilled mixes both"
        )
    return None


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
