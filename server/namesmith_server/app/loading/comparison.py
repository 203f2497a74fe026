"""The comparison at load: a version answers as its canonical form does, and as its manifest says.

A file with the right hash may still answer not-a-number, no distribution, or as another model
would. The backend is therefore asked for some thousand distributions: of contexts from names of a
split, and of random ones. Each must be a distribution, and differ from the canonical form by no
more than the manifest allows, or, where both compute in float64, by no more than that explains. The
loss on a split, at last, must be the one that the manifest records, which tells two models of the
same sizes apart.
"""

from itertools import product

import numpy as np

from namesmith.bundle import Bundle, BundleError
from namesmith.manifest import log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Split
from namesmith.vocabulary import END
from namesmith_server.app.loading.loader import Version
from namesmith_server.backends import (
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
    Precision,
)
from namesmith_server.engine import Counts, EncodedNames, contexts_of, difference_of_forms

FEW = 2_048
"""Largest number of contexts of a model of which all are compared."""

SAMPLE = 1_024
"""Number of contexts of names, and of random contexts, that are compared of a larger model."""

PART = 256
"""Number of contexts that the backend is asked about at once."""

ROUNDING = 1e-4
"""Bound on the rounding error of a distribution's sum, from float32 log-probabilities."""

LOSS_ROUNDING = 1e-4
"""Least bound, in nats, on the difference of a loss and the manifest's that rounding explains.

Of a network with a larger form difference it is the bound on that.
"""

DEVIATIONS = 6
"""Number of standard errors by which the loss on a part of a split may differ from the whole's."""

SYMBOLS = 1 << 16
"""Largest number of symbols of a split whose loss is computed."""

CONTEXT_SYMBOLS = 1 << 22
"""Largest number of symbols of the contexts of these symbols together."""

PREFERRED_SPLITS = ("val", "test", "train")
"""Names of splits, in the order in which they are looked for."""


def compare(version: Version) -> None:
    """Hold a version to its canonical form and its manifest.

    Raises:
        BackendError: an answer is no distribution, or is not the canonical form's.
        BundleError: the loss on a split is not the manifest's.
    """
    split = _recorded_split(version)
    names = version.splits[split.name] if split is not None else np.zeros(0, dtype=np.int64)
    if version.canonical is not None:
        _compare_forms(version, names)
    if split is not None:
        _compare_loss(version, split, names)


def _compare_forms(version: Version, names: EncodedNames) -> None:
    """Compare the backend's distributions with the canonical form's."""
    canonical, backend = version.canonical, version.backend
    assert canonical is not None  # noqa: S101 - the caller has looked
    of_float32 = log_prob_difference_bound(version.bundle.manifest)
    bound = difference_of_forms(backend.precision, canonical.precision, of_float32)
    contexts = _sample(version.bundle, names)
    for at in range(0, len(contexts), PART):
        part = contexts[at : at + PART]
        answers = _ask(version, part)
        expected = canonical.log_probs(part)
        _check_distributions("the canonical form", expected, answers.shape, canonical.precision)
        difference = _largest_difference(answers, expected)
        if not difference <= bound:
            raise BackendError(
                f"{backend.name}: differs from the canonical form by {difference:.3g} in"
                f" log-probability, at most {bound:.3g} is allowed"
            )


def _ask(version: Version, contexts: Contexts) -> LogProbs:
    """Return the backend's distributions, which have been checked."""
    backend = version.backend
    name = backend.name
    try:
        answers = backend.log_probs(contexts)
    except BackendUnavailableError:
        raise
    except Exception as error:
        raise BackendError(f"{name}: the model does not run on its contexts") from error
    _check_distributions(
        name, answers, (len(contexts), len(version.bundle.vocabulary)), backend.precision
    )
    return answers


def _check_distributions(
    form: str, answers: LogProbs, shape: tuple[int, ...], precision: Precision
) -> None:
    if answers.dtype != precision or answers.shape != shape:
        raise BackendError(
            f"{form}: answers {answers.dtype} {list(answers.shape)} for {shape[0]} contexts,"
            f" {precision} {list(shape)} is needed"
        )
    with np.errstate(over="ignore"):  # of a value far above 0
        sums = np.exp(answers, dtype=np.float64).sum(1)
    wrong = ~((np.abs(sums - 1) <= ROUNDING) & (answers <= ROUNDING).all(1))
    if wrong.any():  # not-a-number is wrong too
        raise BackendError(f"{form}: the probabilities of a context sum to {sums[wrong][0]:g}")


def _largest_difference(one: LogProbs, other: LogProbs) -> float:
    """Return the largest absolute difference; 0 where both are minus infinity."""
    apart = one != other
    return float(np.abs(one[apart] - other[apart], dtype=np.float64).max(initial=0))


def _sample(bundle: Bundle, names: EncodedNames) -> Contexts:
    """Return every context of a small model, or contexts of names, random ones and the first.

    Every symbol stands in at least one random context.

    Returns:
        contexts int64 [N, L], others in every call, so that no file can be made to avoid them.
    """
    size, block_size = len(bundle.vocabulary), bundle.manifest.architecture.block_size
    if size**block_size <= FEW:
        return np.array(list(product(range(size), repeat=block_size)), dtype=np.int64)
    first = np.zeros((1, block_size), dtype=np.int64)
    rng = np.random.default_rng()
    random = rng.integers(0, size, (max(SAMPLE, -(-size // block_size)), block_size))
    random.ravel()[:size] = rng.permutation(size)
    met = contexts_of(names[: _most_symbols(block_size)], block_size)
    met = met[:: max(1, len(met) // SAMPLE)][:SAMPLE]
    return np.concatenate((first, met, random))


def _compare_loss(version: Version, split: Split, names: EncodedNames) -> None:
    """Compare the loss on names of a split, chosen at random where they are many."""
    block_size = version.bundle.manifest.architecture.block_size
    scored, times = _chosen_names(names, version.counts.get(split.name), _most_symbols(block_size))
    scorer = version.table or version.backend
    try:
        losses = -scorer.chosen(contexts_of(scored, block_size), scored).astype(np.float64)
    except BackendUnavailableError:
        raise
    except Exception as error:
        raise BackendError(f"{scorer.name}: the model does not run on its names") from error
    allowed = max(LOSS_ROUNDING, log_prob_difference_bound(version.bundle.manifest))
    if scored is not names:
        allowed += DEVIATIONS * float(losses.std()) / len(scored) ** 0.5
    loss = float(np.average(losses, weights=times))
    if not abs(loss - split.loss) <= allowed:
        raise BundleError(
            f"splits: the loss on {split.name} is {loss:.6g}, the manifest says {split.loss:.6g}"
        )


def _chosen_names(
    names: EncodedNames, counts: Counts | None, most: int
) -> tuple[EncodedNames, Counts | None]:
    """Return all names, or names chosen at random whose symbols are about ``most``.

    Args:
        names: encoded names.
        counts: count of each name, int64 [names]; None: each counts once.
        most: number of symbols.

    Returns:
        the names, and the count of each of their symbols, [N]; None: each counts once. Names that
        are chosen are drawn in proportion to their counts, a name perhaps several times.
    """
    lengths = np.diff(np.flatnonzero(names == END), prepend=-1)
    if len(names) <= most:
        return names, None if counts is None else np.repeat(counts, lengths)
    count = max(1, most * len(lengths) // len(names))
    rng = np.random.default_rng()
    if counts is None:
        times = np.zeros(len(lengths), dtype=np.int64)
        times[rng.choice(len(lengths), count, replace=False)] = 1
    else:
        times = rng.multinomial(count, counts / counts.sum(dtype=np.float64))
    drawn = np.repeat(np.arange(len(lengths)), times)
    places = np.repeat(np.cumsum(lengths)[drawn] - np.cumsum(lengths[drawn]), lengths[drawn])
    chosen: EncodedNames = names[np.arange(len(places)) + places]
    return chosen, None


def _most_symbols(block_size: int) -> int:
    """Return the largest number of symbols that are scored."""
    return max(1, min(SYMBOLS, CONTEXT_SYMBOLS // block_size))


def _recorded_split(version: Version) -> Split | None:
    """Return the split to compare on, which has a loss and names; None without one."""
    recorded = {
        split.name: split
        for split in version.bundle.manifest.splits
        if split.loss and len(version.splits[split.name])
    }
    return next((recorded[name] for name in PREFERRED_SPLITS if name in recorded), None)
