"""The assembly of a model out of the contents of its bundle."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np

from namesmith.vocabulary import Vocabulary
from namesmith_server.backends.base import Backend
from namesmith_server.engine.batching import BatchScheduler, Runner, choose_runner
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
    training: EncodedNames = splits.get(TRAINING, np.zeros(0, dtype=np.int64))
    ledger = Ledger() if ledger is None else ledger
    contents = Ingredients(
        vocabulary,
        block_size,
        backend,
        chain,
        canonical or backend,
        form_difference,
        training,
        executor,
        ledger,
    )
    compiler, cooperative = ConstraintCompiler(vocabulary, training), CooperativeExecutor()
    parts = compiler, cooperative, ledger
    chains, scheduler, scored = None, None, backend
    inference: Inference | None = None
    if chain is not None:
        chains = ConditionedChains(chain, compiler, executor, cooperative, ledger)
        inference = ExactInference(chains, Numberings(chain, *parts), cooperative)
    runner = None if canonical is None else _runner(contents)
    if runner is not None:
        scheduler, scored = BatchScheduler(runner), runner.memo or backend
        log_probs = contents.canonical.log_probs
        inference = inference or NetworkInference(log_probs, block_size, scheduler, *parts)
    if inference is None:
        raise ValueError("a model needs a chain or a canonical form")
    return Model(
        contents,
        scorer=Scorer(scored, block_size),
        sampler=choose_sampler(scheduler, chains, compiler, executor, cooperative, ledger),
        inference=inference,
        training=lambda: compiler.training,
        splits=splits,
        counts=counts or {},
        cooperative=cooperative,
    )


def _runner(contents: Ingredients) -> Runner | None:
    """Return the runner that draws on the backend; None for a chain beside a device that draws.

    Compiled code draws from a chain faster than a device does.
    """
    has_chain = contents.chain is not None
    if has_chain and contents.backend.draws_rows:
        return None
    runner = choose_runner(
        contents.backend,
        contents.canonical,
        contents.form_difference,
        contents.block_size,
        len(contents.vocabulary),
        has_chain=has_chain,
    )
    if runner.memo is not None:
        contents.ledger.hold_beside(runner.memo, runner.memo.size)
    return runner
