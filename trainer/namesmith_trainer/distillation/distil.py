"""The trainer of distilled chains: teachers, their mixture, sampled names, states, the chain."""

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from json import dumps

import numpy as np

from namesmith_trainer.chains import Chain, Integers, KneserNey, Reals
from namesmith_trainer.data import Counts, contexts_and_targets, mean_loss
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.fits import teacher_fits
from namesmith_trainer.distillation.histories import HALVES, Histories, parts, sample_names
from namesmith_trainer.distillation.mixture import Mixture
from namesmith_trainer.distillation.state_choice import (
    ROUNDS,
    Bounds,
    Flags,
    choose_states,
    state_distributions,
)
from namesmith_trainer.distillation.teachers import (
    Member,
    NetworkTeacher,
    ask_network,
    open_bundles,
)
from namesmith_trainer.models import DistilledRecipe, NetworkRecipe, Recipe, RecipeError
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

TRAIN_SHARE = 0.5
"""Weight of the train split in weights of all sampled names: a chain is close to its teachers where
real names go, too. Measured on us-names: from 0.3 to 0.7 the losses are the same to 0.0005."""

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

SAMPLING = "sampling names"
"""Phase in which names are sampled from the teachers."""

CHOOSING = "choosing states"
"""Phase in which the states are chosen, round by round."""


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
    chain = yield from _states(job, tree)
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


def meet_train(histories: Histories, job: Job[Recipe], length: int, sampled_names: int) -> None:
    """Count the histories of train, each occurrence as several of a sampled name.

    Args:
        histories: histories of ``length`` symbols.
        job: job with the train split, whose names may have counts.
        length: number of symbols of a history.
        sampled_names: number of names that are sampled as well.
    """
    of_train, counts = _symbols(job, TRAIN, length)[0], job.counts(TRAIN)
    times = np.ones(len(of_train)) if counts is None else counts / counts.mean()
    weight = max(1.0, TRAIN_SHARE * sampled_names / len(job.splits[TRAIN]))
    for half in range(HALVES):
        histories.meet(of_train[half::HALVES], half, weight, times[half::HALVES])


def _teach(
    job: Job[DistilledRecipe], networks: list[NetworkTeacher]
) -> Generator[Progress, None, _Taught]:
    """Count, weigh the teachers on val, and let them speak: sample names from the mixture."""
    size, order = len(job.vocabulary), job.recipe.counts
    counted = KneserNey.fit(*_symbols(job, TRAIN, order - 1), size, order, job.counts(TRAIN))
    mixture = Mixture(networks, counted)
    length = max(mixture.length, job.recipe.block_size)
    shares = mixture.fit(*_symbols(job, "val", length), job.counts("val"))
    histories = Histories(mixture.probabilities, length, size)
    meet_train(histories, job, length, job.recipe.sampled_names)
    progress = Progress(SAMPLING, 0, max(1, job.recipe.sampled_names))
    for sampled in sample_names(histories, job.recipe.sampled_names, job.batch_seed):
        progress = replace(progress, done=sampled)
        yield progress
        job.check(progress)
    return _Taught(mixture, shares, histories, length, progress.done)


def _states(job: Job[DistilledRecipe], tree: ContextTree) -> Generator[Progress, None, Chain]:
    """Choose the states round by round, and make their chain."""
    numbers = math.inf
    if job.recipe.size:
        numbers = (job.recipe.size * MB - OVERHEAD) / FORMS / NUMBER
    most = min(job.recipe.states, most_states(len(job.vocabulary)))
    rounds = choose_states(tree, Bounds(most, numbers))
    kept: Flags = np.zeros(len(tree), bool)
    for done, chosen in enumerate(rounds, start=1):
        kept = chosen
        progress = Progress(CHOOSING, done, ROUNDS)
        yield progress
        job.check(progress)
    contexts = tree.symbols(np.flatnonzero(kept))
    return Chain.from_contexts(contexts, state_distributions(tree, kept))


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
        split: _loss(counted, *_symbols(job, split, counted.order - 1), job.counts(split))
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


def _symbols(job: Job[Recipe], split: str, length: int) -> tuple[Integers, Integers]:
    """Return the histories int64 [N, length] and the next symbols [N] of a split."""
    pairs = contexts_and_targets(job.splits[split], job.vocabulary, length)
    return pairs[0].numpy(), pairs[1].numpy()
