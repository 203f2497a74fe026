"""The trainer of counted models, and the losses of any chain."""

import time
from collections.abc import Callable, Generator

from namesmith.bundle import CHAIN_LIMIT
from namesmith_trainer.chains import Chain, Integers, KneserNey, bigram_chain
from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.models import BigramRecipe, KneserNeyRecipe, Recipe
from namesmith_trainer.training.jobs import Job, trains
from namesmith_trainer.training.losses import TRAIN, SplitLoss, split_losses
from namesmith_trainer.training.progress import Progress
from namesmith_trainer.training.run import ChainRun

COUNTING = "counting"
"""Phase in which a counted model is made: the chain, the losses."""


@trains(KneserNeyRecipe)
def count(job: Job[KneserNeyRecipe]) -> Generator[Progress, None, ChainRun]:
    """Count the train split, and make the chain of its contexts, as large as a bundle may hold."""
    size, order = len(job.vocabulary), job.recipe.block_size + 1

    def chain() -> Chain:
        model = KneserNey.fit(*histories_and_targets(job, TRAIN), size, order, job.counts(TRAIN))
        return model.chain(most=most_states(size))

    return (yield from _counted(job, chain))


@trains(BigramRecipe)
def count_bigrams(job: Job[BigramRecipe]) -> Generator[Progress, None, ChainRun]:
    """Count the pairs of the train split."""
    size, smoothing = len(job.vocabulary), job.recipe.smoothing

    def chain() -> Chain:
        pairs = histories_and_targets(job, TRAIN)
        counts = job.counts(TRAIN)
        return bigram_chain(*pairs, size, counts, smoothing=smoothing, most=most_states(size))

    return (yield from _counted(job, chain))


def _counted(job: Job[Recipe], count: Callable[[], Chain]) -> Generator[Progress, None, ChainRun]:
    """Make a chain by ``count``, and measure the loss of every split."""
    start = time.perf_counter()
    chain = count()
    seconds = time.perf_counter() - start
    yield from _told(job, 1)
    losses = chain_losses(job, chain)
    yield from _told(job, 2)
    return ChainRun(
        data=job.data,
        splits=job.splits,
        vocabulary=job.vocabulary,
        recipe=job.recipe,
        batch_seed=job.batch_seed,
        device=job.device,
        seconds=seconds,
        split_losses=losses,
        chain=chain,
    )


def most_states(vocab_size: int) -> int:
    """Return the largest number of states of a chain that a bundle may hold: S x V x 4 bytes."""
    return CHAIN_LIMIT // (4 * vocab_size)


def histories_and_targets(job: Job[Recipe], split: str) -> tuple[Integers, Integers]:
    """Return the contexts int64 [N, L] and targets int64 [N] of a split."""
    pairs = contexts_and_targets(job.splits[split], job.vocabulary, job.recipe.block_size)
    return pairs[0].numpy(), pairs[1].numpy()


def chain_losses(job: Job[Recipe], chain: Chain) -> dict[str, SplitLoss]:
    """Return the loss of each split of a chain whose order is at most the recipe's block size."""
    log_probs = {
        split: chain.target_log_probs(*histories_and_targets(job, split)) for split in job.splits
    }
    return split_losses(job.splits, log_probs, is_chain=True)


def _told(job: Job[Recipe], done: int) -> Generator[Progress, None, None]:
    """Tell how much of the counting is done, and end the run where it is to end."""
    progress = Progress(COUNTING, done, 2)
    yield progress
    job.check(progress)
