"""The laws of every backend, as tests that the test class of a backend inherits.

class TestOnnxBackend(BackendLaws):
    backend_class = OnnxBackend
"""

from importlib.metadata import metadata
from typing import ClassVar

import numpy as np
import pytest

from namesmith.bundle import CHAIN, Bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE
from namesmith_server import backends
from namesmith_server.backends import (
    Backend,
    BackendConfig,
    BackendError,
    Contexts,
    LogProbs,
    TableBackend,
    open_backend,
)

BATCH = 257
"""Contexts of the batch that most laws are tested on."""

MANY = 5_000
"""Contexts that ``Backend.chosen`` runs in more than one batch."""


def contexts_of(bundle: Bundle, count: int) -> Contexts:
    """Contexts int64 [count, L]: the start of a name, then symbols drawn uniformly, seed 0."""
    shape = (count, bundle.manifest.architecture.block_size)
    contexts = np.random.default_rng(0).integers(0, len(bundle.vocabulary), shape)
    contexts[0] = 0
    return contexts


def one_at_a_time(backend: Backend, contexts: Contexts) -> LogProbs:
    """Log-probabilities float32 [B, V], each context a batch of its own."""
    return np.concatenate([backend.log_probs(context[None]) for context in contexts])


def largest_difference(one: LogProbs, other: LogProbs) -> float:
    """Largest absolute difference; 0 where both are minus infinity."""
    apart = one != other
    return float(np.abs(one[apart] - other[apart]).max(initial=0))


class BackendLaws:
    """Laws of a backend on the CPU.

    Attributes:
        backend_class: the backend under test.
        models: names of the fixtures whose bundles the backend runs: ``small`` has a table,
            ``definite`` and ``wandering`` have a chain, ``deep`` has neither.
    """

    backend_class: ClassVar[type[Backend]]
    models: ClassVar[tuple[str, ...]] = ("small", "deep", "definite", "wandering")

    @pytest.fixture
    def backend(self, bundle: Bundle) -> Backend:
        """Provide the backend, opened on the bundle."""
        return open_backend(self.backend_class, bundle)

    @pytest.fixture
    def contexts(self, bundle: Bundle) -> Contexts:
        """Provide a batch of contexts of the model."""
        return contexts_of(bundle, BATCH)

    def test_the_backend_is_registered(self) -> None:
        """The registry finds the class by its name, and the extra of its runtime exists."""
        assert backends.get(self.backend_class.name) is self.backend_class
        assert self.backend_class.extra in (metadata("namesmith").get_all("Provides-Extra") or [])
        assert {*self.backend_class.auto_rank} <= {*self.backend_class.devices}

    @pytest.mark.parametrize("count", [1, 2, 33, BATCH])
    def test_log_probs_are_float32_of_batch_and_vocabulary(
        self, backend: Backend, bundle: Bundle, count: int
    ) -> None:
        """A batch of B contexts gives float32 [B, V]."""
        log_probs = backend.log_probs(contexts_of(bundle, count))
        assert log_probs.dtype == np.float32
        assert log_probs.shape == (count, len(bundle.vocabulary))

    def test_distributions_are_normalised(self, backend: Backend, contexts: Contexts) -> None:
        """The probabilities of the next symbol sum to 1, within float32 rounding."""
        sums = np.exp(backend.log_probs(contexts).astype(np.float64)).sum(1)
        np.testing.assert_allclose(sums, 1, rtol=0, atol=ASSUMED_LOG_PROB_DIFFERENCE)

    def test_a_batch_equals_its_contexts_one_at_a_time(
        self, backend: Backend, contexts: Contexts
    ) -> None:
        """Batch neighbours change a log-probability by rounding alone."""
        single = one_at_a_time(backend, contexts)
        difference = largest_difference(backend.log_probs(contexts), single)
        assert difference <= ASSUMED_LOG_PROB_DIFFERENCE

    def test_the_backend_agrees_with_the_canonical_form(
        self, backend: Backend, bundle: Bundle, contexts: Contexts
    ) -> None:
        """Two forms each differ from a network by the contract's bound, from a chain not at all."""
        if any(map(bundle.has, TableBackend.files)):
            canonical = open_backend(TableBackend, bundle).log_probs(contexts)
        else:
            canonical = backends.open_canonical(bundle).log_probs(contexts)
        difference = largest_difference(backend.log_probs(contexts), canonical)
        assert difference <= (0 if bundle.has(CHAIN) else 2 * ASSUMED_LOG_PROB_DIFFERENCE)

    def test_equal_contexts_give_equal_bits(
        self, backend: Backend, bundle: Bundle, contexts: Contexts
    ) -> None:
        """A second run, and a second backend on the same file, give the same bits."""
        first = backend.log_probs(contexts)
        np.testing.assert_array_equal(backend.log_probs(contexts), first)
        again = open_backend(self.backend_class, bundle)
        np.testing.assert_array_equal(again.log_probs(contexts), first)

    def test_an_answer_outlives_the_next_batch(self, backend: Backend, contexts: Contexts) -> None:
        """Neither the contexts nor an earlier answer are written to."""
        given = contexts.copy()
        first = backend.log_probs(contexts)
        kept = first.copy()
        backend.log_probs(contexts[::-1].copy())
        np.testing.assert_array_equal(first, kept)
        np.testing.assert_array_equal(contexts, given)

    def test_chosen_is_a_gather_of_log_probs(self, backend: Backend, bundle: Bundle) -> None:
        """``chosen`` picks the target's log-probability of each context, over several batches."""
        contexts = contexts_of(bundle, MANY)
        targets = np.arange(MANY) % len(bundle.vocabulary)
        chosen = backend.chosen(contexts, targets)
        gathered = np.take_along_axis(backend.log_probs(contexts), targets[:, None], 1)[:, 0]
        assert chosen.dtype == np.float32
        np.testing.assert_allclose(chosen, gathered, rtol=0, atol=ASSUMED_LOG_PROB_DIFFERENCE)

    @pytest.mark.parametrize("kept", [0.0, 0.1, 0.5])
    def test_a_truncated_file_is_a_backend_error(self, bundle: Bundle, kept: float) -> None:
        """The first part of the file, or no byte of it, is refused in words that name a file."""
        raw = bundle.read(self.file_of(bundle))
        self.refuses(raw[: int(kept * len(raw))], bundle)

    def test_nonsense_is_a_backend_error(self, bundle: Bundle) -> None:
        """Bytes of another format are refused."""
        self.refuses(b"nonsense" * 64, bundle)

    def refuses(self, raw: bytes, bundle: Bundle) -> None:
        """Hold the backend to a BackendError."""
        config = BackendConfig(
            vocab_size=len(bundle.vocabulary),
            block_size=bundle.manifest.architecture.block_size,
            file=self.file_of(bundle),
        )
        with pytest.raises(BackendError) as caught:
            self.backend_class(raw, config)
        assert config.file in str(caught.value)

    def file_of(self, bundle: Bundle) -> str:
        """Path of the bundle's file that the backend reads."""
        (file,) = filter(bundle.has, self.backend_class.files)
        return file
