"""Tests of networks trained side by side: on a GPU where there is one, else interpreted."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from namesmith_trainer.data import Names
from namesmith_trainer.models import Network
from namesmith_trainer.models.mlp import BATCHNORM, MOMENTUM, MLPRecipe
from namesmith_trainer.optim import FusedRuns, Optimizer, Runs
from namesmith_trainer.training import (
    Checkpoint,
    DivergedError,
    Job,
    Progress,
    StoppedError,
    TrainedNetwork,
    loop,
    side_by_side,
    split_tensors,
    train_steps,
)

pytest.importorskip("triton")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

STEPS = 8

BLOCK = 3

EVALUATED = {"eval_every": 3, "keep_best": True}


@dataclass(frozen=True)
class Fused(MLPRecipe):
    """A recipe whose networks the kernel trains, on every device."""

    def optimizer(self, network: Network) -> Optimizer:
        """Build the kernel for one network."""
        return FusedRuns([network], self.batch_size, MOMENTUM).optimizer(0)

    def runs(self, networks: Sequence[Network]) -> Runs:
        """Build the kernel for several networks."""
        return FusedRuns(networks, self.batch_size, MOMENTUM)


RECIPE = Fused(**{**vars(BATCHNORM), "name": "fused", "steps": STEPS, "hidden": 16, **EVALUATED})
"""Recipe whose networks are evaluated behind every block, and of which the best are kept."""


@pytest.fixture(autouse=True, scope="module")
def short_blocks() -> Iterator[None]:
    """Make blocks of a few steps, so that a short run has several."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (loop, side_by_side):
            patch.setattr(module, "BLOCK", BLOCK)
        yield


@pytest.fixture(scope="module")
def names() -> Names:
    """Provide a thousand names."""
    data = Names.read("us-names")
    return replace(data, names=data.names[:1_000])


def jobs_of(
    names: Names,
    folder: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    recipe: MLPRecipe = RECIPE,
) -> list[Job[MLPRecipe]]:
    """Return the jobs of three seeds, which keep checkpoints in ``folder``."""
    splits, vocabulary = names.splits(), names.vocabulary()
    return [
        Job(
            data=names,
            splits=splits,
            vocabulary=vocabulary,
            recipe=recipe,
            batch_seed=seed,
            device=DEVICE,
            checkpoint=Checkpoint(folder / str(seed), 1, resume=True) if folder else None,
            stop=stop,
        )
        for seed in (1, 2, 3)
    ]


def run(jobs: list[Job[MLPRecipe]]) -> tuple[list[Progress], list[TrainedNetwork]]:
    """Take all steps of the jobs, and return the events and the networks."""
    first = jobs[0]
    phases = [f"seed {job.batch_seed}" for job in jobs]
    steps = train_steps(jobs, split_tensors(first), phases)  # type: ignore[arg-type]
    events: list[Progress] = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def assert_same(some: list[TrainedNetwork], others: list[TrainedNetwork]) -> None:
    """Assert that networks and losses are equal bit for bit."""
    for one, other in zip(some, others, strict=True):
        assert torch.equal(one.step_losses, other.step_losses)
        assert one.evaluations == other.evaluations
        assert one.published_step == other.published_step
        for name, tensor in other.network.state().items():
            assert torch.equal(one.network.state()[name], tensor), name


@pytest.fixture(scope="module")
def alone(names: Names) -> list[TrainedNetwork]:
    """Provide the networks, each trained alone."""
    return [run([job])[1][0] for job in jobs_of(names)]


def test_each_network_is_as_if_trained_alone(names: Names, alone: list[TrainedNetwork]) -> None:
    """Networks, losses, and the order of phases and losses are those of one after another."""
    events, together = run(jobs_of(names))
    assert_same(together, alone)
    phases = list(dict.fromkeys(event.phase for event in events))
    assert phases == ["seed 1", "seed 2", "seed 3"]
    for phase, trained in zip(phases, alone, strict=True):
        losses = [event.losses for event in events if event.phase == phase]
        assert torch.equal(
            torch.cat([part for part in losses if part is not None]).cpu(), trained.step_losses
        )


@pytest.mark.parametrize("lost", [None, 1, 2])
def test_a_stopped_group_goes_on_to_the_same_networks(
    names: Names, alone: list[TrainedNetwork], tmp_path: Path, lost: int | None
) -> None:
    """Checkpoints of all are written at a stop; a network without its file catches up alone."""
    asked = iter([False, True])
    with pytest.raises(StoppedError, match="step 6"):
        run(jobs_of(names, tmp_path, lambda: next(asked)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3"]
    if lost:
        (tmp_path / str(lost)).unlink()
    assert_same(run(jobs_of(names, tmp_path))[1], alone)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, where the kernel is interpreted
def test_a_network_that_diverges_is_named(names: Names) -> None:
    """The message names recipe and seed of the network whose loss is not a number."""
    recipe = replace(RECIPE, learning_rate=1e30)
    with pytest.raises(DivergedError, match=r"fused, seed 1: the loss of step \d is not a number"):
        run(jobs_of(names, recipe=recipe))


def test_recipes_have_one_shape_where_their_tensors_do() -> None:
    """Scales and rates do not divide the recipes of a shape; sizes, biases and steps do."""

    def shape(**settings: object) -> Hashable:
        return replace(RECIPE, **settings).shape()  # type: ignore[arg-type]

    assert shape() == shape(w1_scale=0.2, learning_rate=0.5, init_seed=1)
    unlike = [{"hidden": 17}, {"steps": 9}, {"batchnorm": False}, {"b1_scale": 1.0}]
    assert len({shape(), *(shape(**settings) for settings in unlike)}) == 5
