"""The phases in which a chain is distilled, from its teachers' histories to its states."""

import math
from collections.abc import Generator

import numpy as np

from namesmith_trainer.chains import Chain, Integers
from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.histories import HALVES, Histories, sample_names
from namesmith_trainer.distillation.state_choice import (
    ROUNDS,
    Bounds,
    Flags,
    choose_states,
    state_distributions,
)
from namesmith_trainer.models import Recipe
from namesmith_trainer.training import TRAIN, Job, Progress

TRAIN_SHARE = 0.5
"""Weight of the train split in weights of all sampled names: a chain is close to its teachers where
real names go, too. Measured on us-names: from 0.3 to 0.7 the losses are the same to 0.0005."""

SAMPLING = "sampling names"
"""Phase in which names are sampled from the teachers."""

CHOOSING = "choosing states"
"""Phase in which the states are chosen, round by round."""


def meet_names(
    job: Job[Recipe], histories: Histories, length: int, count: int, most_cells: float = math.inf
) -> Generator[Progress, None, int]:
    """Count the histories of train and of names that are sampled; return the number of these names.

    Args:
        job: job with the train split, whose names may have counts.
        histories: histories of ``length`` symbols, which grow.
        length: number of symbols of a history.
        count: largest number of names that are sampled.
        most_cells: number of probabilities behind the histories at which sampling ends.
    """
    _meet_train(job, histories, length, count)
    sampled = 0
    for done in sample_names(histories, count, job.batch_seed):
        sampled = done
        progress = Progress(SAMPLING, done, count)
        yield progress
        job.check(progress)
        if histories.probabilities.size >= most_cells:
            break
    return sampled


def choose_chain(
    job: Job[Recipe], tree: ContextTree, bounds: Bounds
) -> Generator[Progress, None, Chain]:
    """Choose the states round by round, and make their chain."""
    kept: Flags = np.zeros(len(tree), bool)
    for done, chosen in enumerate(choose_states(tree, bounds), start=1):
        kept = chosen
        progress = Progress(CHOOSING, done, ROUNDS)
        yield progress
        job.check(progress)
    contexts = tree.symbols(np.flatnonzero(kept))
    return Chain.from_contexts(contexts, state_distributions(tree, kept))


def split_histories(job: Job[Recipe], split: str, length: int) -> tuple[Integers, Integers]:
    """Return the histories int64 [N, length] and the next symbols [N] of a split."""
    pairs = contexts_and_targets(job.splits[split], job.vocabulary, length)
    return pairs[0].numpy(), pairs[1].numpy()


def _meet_train(job: Job[Recipe], histories: Histories, length: int, sampled_names: int) -> None:
    """Count the histories of train, each occurrence as several of a sampled name."""
    of_train, counts = split_histories(job, TRAIN, length)[0], job.counts(TRAIN)
    times = np.ones(len(of_train)) if counts is None else counts / counts.mean()
    weight = max(1.0, TRAIN_SHARE * sampled_names / len(job.splits[TRAIN]))
    for half in range(HALVES):
        histories.meet(of_train[half::HALVES], half, weight, times[half::HALVES])
