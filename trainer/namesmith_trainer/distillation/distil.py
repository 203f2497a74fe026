"""The trainer of distilled chains: teachers, their mixture, sampled names, states, the chain."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from json import dumps

import numpy as np

from namesmith_trainer.chains import Integers, KneserNey, Reals
from namesmith_trainer.data import Counts, mean_loss
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.fits import teacher_fits
from namesmith_trainer.distillation.histories import Histories, parts
from namesmith_trainer.distillation.mixture import Mixture
from namesmith_trainer.distillation.phases import choose_chain, meet_names, split_histories
from namesmith_trainer.distillation.state_choice import Bounds
from namesmith_trainer.distillation.teachers import (
    Member,
    NetworkTeacher,
    ask_network,
    open_bundles,
)
from namesmith_trainer.models import DistilledRecipe, NetworkRecipe, RecipeError
from namesmith_trainer.training import (
    TRAIN,
    ChainRun,
    CheckpointError,
    Job,
    Progress,
    Teacher,
    chain_losses,
    most_states,
    split_tensors,
    train_steps,
    trains,
)

SEEDS = 1 << 63
"""Number of seeds: the seed after the largest is 0."""

MB = 1_000_000
"""Number of bytes in a megabyte."""

FORMS = 3
"""Number of files that hold a chain: the chain itself, ONNX and TorchScript."""

NUMBER = 4
"""Number of bytes of a number of a chain: float32, int32."""

OVERHEAD = 64_000
"""Largest number of bytes of the three files beside the numbers: names, and code that walks."""


@dataclass(frozen=True)
class _Taught:
    """A mixture of teachers that knows its weights.

    Attributes:
        mixture: the mixture.
        shares: weight of each network teacher, then of the counts, averaged over the val split.
        histories: histories of the train split and of sampled names.
        length: number of symbols of a history.
        sampled_names: number of names that were sampled.
    """

    mixture: Mixture
    shares: Reals
    histories: Histories
    length: int
    sampled_names: int


@trains(DistilledRecipe)
def distil(job: Job[DistilledRecipe]) -> Generator[Progress, None, ChainRun]:
    """Train or open the teachers, and distil them into a chain."""
    start = time.perf_counter()
    _check_size(job)
    whole = job.checkpoint.path if job.checkpoint else None
    if whole and whole.exists():
        raise CheckpointError(f"{whole}: exists; this recipe keeps parts beside it")
    networks, before = yield from _networks(job)
    taught = yield from _teach(job, networks)
    tree = ContextTree(taught.histories, job.recipe.block_size)
    chain = yield from choose_chain(job, tree, _bounds(job))
    return ChainRun(
        data=job.data,
        splits=job.splits,
        vocabulary=job.vocabulary,
        recipe=job.recipe,
        batch_seed=job.batch_seed,
        device=job.device,
        seconds=before + time.perf_counter() - start,
        split_losses=chain_losses(job, chain),
        chain=chain,
        teachers=_described(job, taught),
        sampled_names=taught.sampled_names,
        fits=teacher_fits(job, taught.histories, taught.length, chain),
        mixture=taught.mixture,
    )


def _check_size(job: Job[DistilledRecipe]) -> None:
    """Raise ``RecipeError`` where not even a chain of one state fits in the size asked for."""
    symbols = len(job.vocabulary)
    least = (OVERHEAD + FORMS * NUMBER * (2 * symbols + 1)) / MB
    if job.recipe.size and job.recipe.size < least:
        raise RecipeError(
            f"size: {job.recipe.size} MB hold no state of {symbols} symbols; at least {least:.3f}"
        )


def _networks(
    job: Job[DistilledRecipe],
) -> Generator[Progress, None, tuple[list[NetworkTeacher], float]]:
    """Train the teachers that are recipes, and open those that are bundles.

    Returns:
        the teachers, and the seconds that training took before an interruption.
    """
    opened = open_bundles(job.recipe.folders, job.data, job.vocabulary)
    trained, seconds = [], 0.0
    for recipe in job.recipe.networks:
        teacher, before = yield from _ensemble(job, recipe.for_data(job.data.symbols))
        trained.append(teacher)
        seconds += before
    return [*trained, *opened], seconds


def _ensemble(
    job: Job[DistilledRecipe], recipe: NetworkRecipe
) -> Generator[Progress, None, tuple[NetworkTeacher, float]]:
    """Train networks of one recipe, with seeds that follow one another; return as ``_networks``."""
    seeds = [(job.batch_seed + i) % SEEDS for i in range(job.recipe.ensemble)]
    names = [f"{recipe.name}-{seed}" for seed in seeds]
    jobs = [
        Job(
            data=job.data,
            splits=job.splits,
            vocabulary=job.vocabulary,
            recipe=recipe,
            batch_seed=seed,
            device=job.device,
            checkpoint=job.checkpoint.part(name) if job.checkpoint else None,
            stop=job.stop,
        )
        for name, seed in zip(names, seeds, strict=True)
    ]
    tensors = split_tensors(jobs[0])
    every = yield from train_steps(jobs, tensors, [f"teacher {name}" for name in names])
    settings = {key: dumps(value) for key, value in recipe.described().items() if key != "name"}
    members, asks = [], []
    for seed, trained in zip(seeds, every, strict=True):
        losses = {
            split: mean_loss(trained.network.target_log_probs(*pairs), job.counts(split))
            for split, pairs in tensors.items()
        }
        members.append(Member(recipe.name, settings, seed, losses))
        asks.append(ask_network(trained.network.log_probs, job.device))
    before = sum(trained.before for trained in every)
    return NetworkTeacher(recipe.block_size, tuple(members), tuple(asks)), before


def _teach(
    job: Job[DistilledRecipe], networks: list[NetworkTeacher]
) -> Generator[Progress, None, _Taught]:
    """Count, weigh the teachers on val, and let them speak: sample names from the mixture."""
    size, order = len(job.vocabulary), job.recipe.counts
    counted = KneserNey.fit(*split_histories(job, TRAIN, order - 1), size, order, job.counts(TRAIN))
    mixture = Mixture(networks, counted)
    length = max(mixture.length, job.recipe.block_size)
    shares = mixture.fit(*split_histories(job, "val", length), job.counts("val"))
    histories = Histories(mixture.probabilities, length, size)
    sampled = yield from meet_names(job, histories, length, job.recipe.sampled_names)
    return _Taught(mixture, shares, histories, length, sampled)


def _bounds(job: Job[DistilledRecipe]) -> Bounds:
    """Return the largest size of the chain."""
    most = min(job.recipe.states, most_states(len(job.vocabulary)))
    if not job.recipe.size:
        return Bounds(most)
    return Bounds(most, (job.recipe.size * MB - OVERHEAD) / FORMS / NUMBER)


def _described(job: Job[DistilledRecipe], taught: _Taught) -> tuple[Teacher, ...]:
    """Describe every network and the counted model, with their weights in the mixture."""
    *of_networks, of_counted = taught.shares.tolist()
    teachers = [
        Teacher(weight=share / len(teacher.members), **vars(member))
        for teacher, share in zip(taught.mixture.networks, of_networks, strict=True)
        for member in teacher.members
    ]
    counted = taught.mixture.counted
    losses = {
        split: _loss(counted, *split_histories(job, split, counted.order - 1), job.counts(split))
        for split in job.splits
    }
    settings = {"block_size": dumps(counted.order - 1)}
    return (*teachers, Teacher("kneser-ney", settings, 0, of_counted, losses))


def _loss(
    counted: KneserNey, histories: Integers, targets: Integers, counts: Counts | None
) -> float:
    times = np.ones(len(targets)) if counts is None else counts
    total = 0.0
    for part in parts(len(targets), counted.vocab_size):
        chosen = np.take_along_axis(
            counted.probabilities(histories[part]), targets[part, None], axis=1
        )
        total -= float((times[part] * np.log(chosen[:, 0])).sum())
    return total / float(times.sum())
