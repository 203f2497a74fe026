"""The closeness of a chain to the mixture of its teachers: losses of both, and KL by state."""

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.chains import Chain, Integers, Reals
from namesmith_trainer.distillation.histories import Histories
from namesmith_trainer.distillation.phases import split_histories
from namesmith_trainer.models import Recipe
from namesmith_trainer.training import Job, TeacherFit, split_losses

CELLS = 1 << 22
"""Largest number of probabilities that are compared together: 32 MiB in float64."""

LEAST = float(np.finfo(np.float32).tiny)
"""Probability that stands for a smaller one, which float32 may round to 0."""


def teacher_fits(
    job: Job[Recipe], histories: Histories, length: int, chain: Chain
) -> dict[str, TeacherFit]:
    """Return how close the chain is to the mixture on each split.

    Args:
        job: job of the chain.
        histories: histories that the mixture teaches; those of the splits may be new.
        length: number of symbols of a history.
        chain: the chain.

    Raises:
        DivergedError: the mixture gives a symbol no number.
    """
    log_probs: dict[str, Reals] = {}
    visits: dict[str, Reals] = {}
    kls: dict[str, Reals] = {}
    for split in job.splits:
        met, targets = split_histories(job, split, length)
        states = chain.states_of(met)
        log_probs[split], of_symbols = _compared(histories, met, targets, chain, states)
        counts = job.counts(split)
        times = np.ones(len(targets)) if counts is None else counts.astype(np.float64)
        visits[split] = np.bincount(states, times, len(chain.rows)).astype(np.float64)
        kls[split] = np.bincount(states, times * of_symbols, len(chain.rows)).astype(np.float64)
    losses = split_losses(job.splits, log_probs, is_chain=True)
    return {split: TeacherFit(losses[split], visits[split], kls[split]) for split in job.splits}


def _compared(
    histories: Histories, met: Integers, targets: Integers, chain: Chain, states: NDArray[np.int32]
) -> tuple[Reals, Reals]:
    """Return the mixture's log P(target | history) and KL(mixture | chain), float64 [N] each.

    Args:
        histories: histories that the mixture teaches.
        met: history before each target, int64 [N, L].
        targets: next symbol of each history, [N].
        chain: the chain.
        states: state of the chain after each history, [N].
    """
    places = histories.places(met)
    of_targets, kls = np.zeros(len(targets)), np.zeros(len(targets))
    size = max(1, CELLS // chain.vocab_size)
    for at in range(0, len(targets), size):
        part = slice(at, at + size)
        probabilities = histories.probabilities[places[part]].astype(np.float64)
        logs = np.log(np.maximum(probabilities, LEAST))
        of_targets[part] = logs[np.arange(len(logs)), targets[part]]
        kls[part] = (probabilities * (logs - chain.log_probs[states[part]])).sum(1)
    return of_targets, kls
