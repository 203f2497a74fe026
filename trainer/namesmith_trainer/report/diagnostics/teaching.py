"""The lesson of a chain from its teachers: losses of both, their differences, names of both."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from namesmith_trainer.chains import Integers
from namesmith_trainer.report.diagnostics.pairs import Pairs, draw_pairs
from namesmith_trainer.report.diagnostics.samples import Model
from namesmith_trainer.training import Asked, ChainRun, SplitLoss, Teacher, TeacherFit

SPLIT = "val"
"""Split on which the divergence is measured state by state."""

EDGES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""Bounds between the classes of states by their mean divergence, in nats."""


@dataclass(frozen=True)
class Divergence:
    """The divergence KL(mixture | chain) of some states, on the val split.

    Attributes:
        states: number of states; states that the split does not pass count nowhere.
        mass: share of the split's symbols that these states draw.
        share: share of the whole divergence that arises in these states.
        kl: mean divergence per symbol that these states draw, in nats; 0 without symbols.
    """

    states: int
    mass: float
    share: float
    kl: float


@dataclass(frozen=True)
class Teaching:
    """The teachers of a chain, and how close it came to their mixture.

    Attributes:
        teachers: the teachers.
        losses: loss of the mixture on each split, and on its parts.
        kl: mean divergence KL(mixture | chain) per predicted symbol of each split, in nats.
        by_length: divergence of the states of each length of context, from 0 symbols on.
        by_size: divergence of the states whose own mean divergence lies between each two of
            ``edges``, from 0 on; the last class has no upper bound.
        edges: bounds between the classes of ``by_size``, in nats.
        pairs: names of the chain beside names of the mixture.
    """

    teachers: tuple[Teacher, ...]
    losses: Mapping[str, SplitLoss]
    kl: Mapping[str, float]
    by_length: tuple[Divergence, ...]
    by_size: tuple[Divergence, ...]
    edges: tuple[float, ...]
    pairs: Pairs


def measure_teaching(run: ChainRun, model: Model) -> Teaching | None:
    """Return what a chain learnt from its teachers; None for a chain without teachers.

    Args:
        run: run of the chain.
        model: the chain as a function from contexts.
    """
    if run.mixture is None:
        return None
    fit = run.fits[SPLIT]
    lengths: Integers = np.array([len(context) for context in run.chain.contexts])
    means = fit.kls / np.maximum(fit.visits, 1)
    classes: Integers = np.searchsorted(EDGES, means, side="right")
    mixture = _model(run.mixture), run.mixture.length
    return Teaching(
        teachers=run.teachers,
        losses={split: each.losses for split, each in run.fits.items()},
        kl={split: each.kl for split, each in run.fits.items()},
        by_length=_divergences(fit, lengths, run.chain.order + 1),
        by_size=_divergences(fit, classes, len(EDGES) + 1),
        edges=EDGES,
        pairs=draw_pairs((model, run.recipe.block_size), mixture, run.vocabulary),
    )


def _divergences(fit: TeacherFit, groups: Integers, count: int) -> tuple[Divergence, ...]:
    """Return the divergence of each of ``count`` groups, given the group of each state, [S]."""
    states = np.bincount(groups[fit.visits > 0], minlength=count)
    visits = np.bincount(groups, fit.visits, count)
    kls = np.maximum(np.bincount(groups, fit.kls, count), 0)
    return tuple(
        Divergence(*values)
        for values in zip(
            states.tolist(),
            (visits / visits.sum()).tolist(),
            (kls / max(kls.sum(), 1e-300)).tolist(),
            (kls / np.maximum(visits, 1)).tolist(),
            strict=True,
        )
    )


def _model(mixture: Asked) -> Model:
    """Return the mixture as a function from contexts to log-probabilities."""

    def model(contexts: Tensor) -> Tensor:
        return torch.from_numpy(mixture.probabilities(contexts.numpy())).log()

    return model
