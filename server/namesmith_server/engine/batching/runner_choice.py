"""The choice of the runner that draws a model's names on a backend."""

import numpy as np

from namesmith_server.backends.base import Backend, BackendError, Rows
from namesmith_server.engine.batching.device_runner import DeviceRunner
from namesmith_server.engine.batching.exact_fallback import ConsistentSampler, difference_of_forms
from namesmith_server.engine.batching.host_runner import HostRunner
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.memo import CAPACITY, Memo

COMPARED = 256
"""Number of random contexts of which a device's distributions are compared."""

DECIDED = 1 << 12
"""Number of distributions of the canonical form that are kept: behind common beginnings draws are
uncertain most often."""


def choose_runner(  # noqa: PLR0913 - the surroundings of a backend
    backend: Backend,
    canonical: Backend,
    form_difference: float,
    block_size: int,
    vocab_size: int,
    *,
    has_chain: bool,
) -> Runner:
    """Return the device's runner where the backend draws rows itself, else the host's.

    Args:
        backend: backend that computes the distributions.
        canonical: canonical form, which decides uncertain draws.
        form_difference: largest difference of two exported forms in log-probability, nats, where
            one of them computes in float32.
        block_size: number of symbols of a context, L.
        vocab_size: number of symbols of the vocabulary, V.
        has_chain: whether a chain weighs the next symbols, which is the host's work.

    Raises:
        BackendError: the backend fails, or does not answer as its canonical form does.
    """
    sizes = block_size, vocab_size
    decided = canonical if has_chain else Memo(canonical, *sizes, DECIDED)
    rows = None if has_chain else backend.rows()
    if rows is not None:
        difference = difference_of_forms("float64", canonical.precision, form_difference)
        _compare(rows, canonical, difference, (COMPARED, block_size), vocab_size)
        return DeviceRunner(rows, decided.log_probs, difference, block_size)
    difference = difference_of_forms(backend.precision, canonical.precision, form_difference)
    sampler = ConsistentSampler(decided.log_probs, difference)
    return HostRunner(backend, sampler, *sizes, memo=0 if has_chain else CAPACITY)


def _compare(
    rows: Rows, canonical: Backend, difference: float, shape: tuple[int, int], vocab_size: int
) -> None:
    """Refuse a device whose distributions differ from the canonical form's by too much."""
    contexts = np.random.default_rng().integers(0, vocab_size, shape)
    ours, theirs = rows.log_probs(contexts), canonical.log_probs(contexts)
    apart = ours != theirs  # both may be minus infinity
    largest = float(np.abs(ours[apart] - theirs[apart]).max(initial=0))
    if not largest <= difference:
        raise BackendError(
            f"{rows.name}: differs from the canonical form by {largest:.3g} in log-probability,"
            f" at most {difference:.3g} is allowed"
        )
