"""The contents that a model was assembled from, for whoever assembles another model of it."""

from concurrent.futures import Executor
from typing import NamedTuple

from namesmith.vocabulary import Vocabulary
from namesmith_server.backends.base import Backend
from namesmith_server.engine.concurrency import Ledger
from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.markov import Chain


class Ingredients(NamedTuple):
    """The contents of a model, and what it shares with the other models of its process.

    Attributes:
        vocabulary: symbols of the model.
        block_size: number of symbols of a context.
        backend: backend that computes the probabilities.
        chain: the whole model as a chain; None for a network served as it is.
        canonical: canonical form, which decides uncertain draws; it is the backend where the model
            is served from its chain.
        form_difference: largest difference of two exported forms in log-probability, nats.
        training: encoded names of the training split.
        executor: threads for work that would hold the event loop up.
        ledger: counts the bytes of work.
    """

    vocabulary: Vocabulary
    block_size: int
    backend: Backend
    chain: Chain | None
    canonical: Backend
    form_difference: float
    training: EncodedNames
    executor: Executor
    ledger: Ledger
