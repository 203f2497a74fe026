"""The trainer of networks: the steps, then the losses of the splits."""

from collections.abc import Callable, Generator, Mapping, Sequence

from namesmith_trainer.data import Names
from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.training.checkpoint import Checkpoint
from namesmith_trainer.training.jobs import Job, trains, watched
from namesmith_trainer.training.loop import Pairs
from namesmith_trainer.training.losses import split_losses
from namesmith_trainer.training.progress import STEPS, Progress, Watch
from namesmith_trainer.training.run import NetworkRun
from namesmith_trainer.training.steps import split_tensors, train_steps
from namesmith_trainer.training.trained_network import TrainedNetwork


@trains(NetworkRecipe)
def train_network(job: Job[NetworkRecipe]) -> Generator[Progress, None, NetworkRun]:
    """Train a network and measure the loss of every split."""
    (run,) = yield from train_side_by_side([job])
    return run


def train_side_by_side(
    jobs: Sequence[Job[NetworkRecipe]],
) -> Generator[Progress, None, list[NetworkRun]]:
    """Train networks on the same data and measure the losses of every split.

    Args:
        jobs: jobs with recipes of one block size; side by side as ``train_steps`` says.
    """
    tensors = split_tensors(jobs[0])
    trained = yield from train_steps(jobs, tensors)
    return [_measured(*pair, tensors) for pair in zip(jobs, trained, strict=True)]


def train_networks(  # noqa: PLR0913 - the arguments of runs
    data: Names,
    recipes: Sequence[NetworkRecipe],
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    checkpoints: Sequence[Checkpoint | None],
    stop: Callable[[], bool],
) -> list[NetworkRun]:
    """Train networks of recipes of one shape on the same minibatches, side by side where possible.

    Args:
        data: names to train on.
        recipes: recipes with equal ``NetworkRecipe.shape``.
        batch_seed: seed of the minibatches of each.
        device: "cpu" or "cuda".
        watch: function that is given the events of all.
        checkpoints: file of each recipe's run, or None, as in ``train``.
        stop: function whose result is True once the runs are to end, as in ``train``.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number.
        StoppedError: ``stop`` returned True.
        CheckpointError: a run cannot continue from its checkpoint.
        OSError: a checkpoint cannot be written.
    """
    splits, vocabulary = data.splits(), data.vocabulary()
    jobs = [
        Job(data, splits, vocabulary, recipe, batch_seed, device, checkpoint, stop)
        for recipe, checkpoint in zip(recipes, checkpoints, strict=True)
    ]
    return watched(train_side_by_side(jobs), watch)


def _measured(
    job: Job[NetworkRecipe], trained: TrainedNetwork, tensors: Mapping[str, Pairs]
) -> NetworkRun:
    """Measure the loss of every split of a trained network."""
    log_probs, steps = {}, len(trained.step_losses)
    for split, pairs in tensors.items():
        log_probs[split] = trained.network.target_log_probs(*pairs)
        job.check(Progress(STEPS, steps, job.recipe.steps, trained.step_losses))
    is_chain = job.recipe.has_table(len(job.vocabulary))
    return NetworkRun(
        data=job.data,
        splits=job.splits,
        vocabulary=job.vocabulary,
        recipe=job.recipe,
        batch_seed=job.batch_seed,
        device=job.device,
        network=trained.network,
        seconds=trained.seconds,
        step_losses=trained.step_losses,
        evaluations=trained.evaluations,
        published_step=trained.published_step,
        split_losses=split_losses(job.splits, log_probs, is_chain=is_chain),
    )
