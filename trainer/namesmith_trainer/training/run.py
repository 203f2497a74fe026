"""A finished training run: a network or a chain, with measured losses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.chains import Chain, Integers, Reals
from namesmith_trainer.data import Names, Split
from namesmith_trainer.models import Network, NetworkRecipe, Recipe
from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.losses import SplitLoss


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished training run.

    Attributes:
        data: names that the model was trained on.
        splits: names of each split, in the order train, val, test.
        vocabulary: symbols of the names.
        recipe: recipe with the settings of the run.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        seconds: wall-clock time of the training, the time before an interruption included.
        split_losses: loss of each split in evaluation, and its parts.
    """

    data: Names
    splits: Mapping[str, Split]
    vocabulary: Vocabulary
    recipe: Recipe
    batch_seed: int
    device: str
    seconds: float
    split_losses: Mapping[str, SplitLoss]

    @property
    def losses(self) -> dict[str, float]:
        """Loss of each split in evaluation, in nats."""
        return {split: loss.loss for split, loss in self.split_losses.items()}

    @property
    def symbols(self) -> dict[str, int]:
        """Number of predicted symbols of each split."""
        return {split: loss.symbols for split, loss in self.split_losses.items()}


@dataclass(frozen=True, kw_only=True)
class NetworkRun(Run):
    """A finished run of a network.

    Attributes:
        recipe: recipe of the network.
        network: trained network, on the device.
        step_losses: loss of each step before the step's update, in nats: float32 [steps] on the
            CPU.
        evaluations: losses on the val split during the run, in the order of their steps.
        published_step: number of steps that made ``network``: fewer than were taken where the
            network of the best evaluation is kept; 0 for all of them.
        stand_in: the chain that is published in the network's place, whose losses ``split_losses``
            then are; None where the network itself is published.
        with_table: whether the network is published with a table, where a bundle may hold it.
    """

    recipe: NetworkRecipe
    network: Network
    step_losses: Tensor
    evaluations: tuple[Evaluation, ...] = ()
    published_step: int = 0
    stand_in: "StandIn | None" = None
    with_table: bool = True

    @property
    def network_losses(self) -> dict[str, float]:
        """Loss of the network itself on each split in evaluation, in nats."""
        if self.stand_in is None:
            return self.losses
        return {split: fit.losses.loss for split, fit in self.stand_in.fits.items()}

    def initial_network(self) -> Network:
        """Build the network as it was before the first step, on the CPU."""
        return self.recipe.network(len(self.vocabulary))


@dataclass(frozen=True)
class Teacher:
    """One model of the mixture that a chain was distilled from.

    Attributes:
        recipe: name of its recipe.
        settings: settings of the recipe, each value as JSON.
        batch_seed: seed of its minibatches; 0 for a teacher that was counted.
        weight: weight in the mixture, 0 to 1, averaged over the symbols of the val split.
        losses: its own loss on each split, in nats.
        model: name of the bundle's model that was the teacher; empty for one that this run made.
        version: version of that model; 0 without a model.
    """

    recipe: str
    settings: Mapping[str, str]
    batch_seed: int
    weight: float
    losses: Mapping[str, float]
    model: str = ""
    version: int = 0


@dataclass(frozen=True, eq=False)
class TeacherFit:
    """The closeness of a chain to the mixture of its teachers on a split.

    Attributes:
        losses: loss of the mixture on the split, and on its parts.
        visits: number of predicted symbols of the split that each state draws: float64 [S].
        kls: sum of the divergences KL(mixture | chain) of these symbols by state, in nats:
            float64 [S].
    """

    losses: SplitLoss
    visits: Reals
    kls: Reals

    @property
    def kl(self) -> float:
        """Mean divergence KL(mixture | chain) per predicted symbol, in nats."""
        return max(0.0, float(self.kls.sum() / self.visits.sum()))  # rounding may leave -1e-9


class Asked(Protocol):
    """A mixture of teachers that can be asked for the next symbol."""

    @property
    def length(self) -> int:
        """Number of symbols of the histories that the teachers look at."""

    def probabilities(self, histories: Integers) -> NDArray[np.float32]:
        """Return the distributions float32 [N, V] after histories int64 [N, >= length]."""


@dataclass(frozen=True, eq=False)
class StandIn:
    """A chain that is published in a network's place.

    Attributes:
        chain: the chain.
        teachers: the network alone.
        sampled_names: number of names that were sampled from the network.
        fits: closeness to the network on each split.
    """

    chain: Chain
    teachers: tuple[Teacher, ...]
    sampled_names: int
    fits: Mapping[str, TeacherFit]


@dataclass(frozen=True, kw_only=True)
class ChainRun(Run):
    """A finished run of a chain, counted or distilled.

    Attributes:
        chain: the chain.
        teachers: models that the chain was distilled from; none for a chain that was counted.
        sampled_names: number of names that were sampled from the teachers.
        fits: closeness to the mixture of the teachers on each split; empty without teachers.
        mixture: the mixture of the teachers itself; None without teachers.
    """

    chain: Chain
    teachers: tuple[Teacher, ...] = ()
    sampled_names: int = 0
    fits: Mapping[str, TeacherFit] = field(default_factory=dict)
    mixture: Asked | None = None
