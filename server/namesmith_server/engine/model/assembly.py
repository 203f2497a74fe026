"""The assembly of a model out of the contents of its bundle."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np

from namesmith.vocabulary import Vocabulary
from namesmith_server.backends.base import Backend
from namesmith_server.engine.batching import (
    BatchScheduler,
    choose_runner,
)
from namesmith_server.engine.codec import Codec
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.core import Counts, EncodedNames
from namesmith_server.engine.markov import Chain
from namesmith_server.engine.model.exact_inference import ExactInference
from namesmith_server.engine.model.inference import Inference
from namesmith_server.engine.model.ingredients import Ingredients
from namesmith_server.engine.model.model import Model
from namesmith_server.engine.model.network_inference import NetworkInference
from namesmith_server.engine.model.numberings import Numberings
from namesmith_server.engine.model.scorer import Scorer
from namesmith_server.engine.model.split_losses import TRAINING
from namesmith_server.engine.samplers import ConditionedChains, choose_sampler


def assemble_model(  # noqa: PLR0913 - the contents of a bundle
    *,
    vocabulary: Vocabulary,
    block_size: int,
    backend: Backend,
    chain: Chain | None,
    canonical: Backend | None,
    form_difference: float,
    splits: Mapping[str, EncodedNames],
    executor: Executor,
    ledger: Ledger | None = None,
    counts: Mapping[str, Counts] | None = None,
) -> Model:
    """Assemble a model.

    Args:
        vocabulary: symbols of the model.
        block_size: number of symbols of a context.
        backend: backend that computes the probabilities.
        chain: the whole model as a chain, such as a table; None for a network served as it is.
        canonical: canonical form, which decides uncertain draws; None where names are drawn from
            the chain itself.
        form_difference: largest difference of two exported forms in log-probability, nats, where
            one of them computes in float32.
        splits: encoded names of each split, by the name of the split.
        executor: threads for work that would hold the event loop up.
        ledger: counts the bytes of work, of all models of the process; None: no bound.
        counts: count of each name, int64 [names], of the splits whose names have counts.

    Raises:
        BackendError: the backend fails, or does not answer [B, V].
        ValueError: there is neither a chain nor a canonical form.
    """
    codec = Codec(vocabulary)
    training: EncodedNames = splits.get(TRAINING, np.zeros(0, dtype=np.int64))
    compiler = ConstraintCompiler(vocabulary, training)
    cooperative = CooperativeExecutor()
    ledger = Ledger() if ledger is None else ledger
    chains, scheduler, scored = None, None, backend
    inference: Inference | None = None
    if chain is not None:
        chains = ConditionedChains(chain, compiler, executor, cooperative, ledger)
        numberings = Numberings(chain, compiler, cooperative, ledger)
        inference = ExactInference(chains, numberings, cooperative)
    # Compiled code draws from a chain faster than a device does.
    if canonical is not None and not (chain is not None and backend.draws_rows):
        runner = choose_runner(
            backend,
            canonical,
            form_difference,
            block_size,
            len(vocabulary),
            has_chain=chain is not None,
        )
        if runner.memo is not None:
            ledger.hold_beside(runner.memo, runner.memo.size)
            scored = runner.memo
        scheduler = BatchScheduler(runner)
        parts = scheduler, compiler, cooperative, ledger
        inference = inference or NetworkInference(canonical.log_probs, block_size, *parts)
    if inference is None:
        raise ValueError("a model needs a chain or a canonical form")
    return Model(
        vocabulary=vocabulary,
        codec=codec,
        backend=backend,
        scorer=Scorer(scored, block_size),
        sampler=choose_sampler(scheduler, chains, compiler, executor, cooperative, ledger),
        inference=inference,
        training=lambda: compiler.training,
        ingredients=Ingredients(
            vocabulary,
            block_size,
            backend,
            chain,
            canonical or backend,
            form_difference,
            training,
            executor,
            ledger,
        ),
        splits=splits,
        counts=counts or {},
        executor=executor,
        cooperative=cooperative,
    )
