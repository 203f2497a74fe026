"""The assembly of a blend: a model whose distributions are the mixture of other models'."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import Vocabulary
from namesmith_server.backends.base import Backend
from namesmith_server.engine.blending.alphabet import (
    SymbolMap,
    symbol_map,
    united_symbols,
    united_vocabulary,
)
from namesmith_server.engine.blending.backends import ChainBackend, MixedBackend, MixedPart
from namesmith_server.engine.blending.mixture import ChainVoice, mixed_table
from namesmith_server.engine.blending.product import product
from namesmith_server.engine.blending.walks import united_walks
from namesmith_server.engine.core import reserve
from namesmith_server.engine.markov import Chain
from namesmith_server.engine.memo import MOST_BYTES
from namesmith_server.engine.model import TRAINING, Ingredients, Model, assemble_model
from namesmith_server.engine.request import Constraint

FLOAT32_ROUNDING = 1e-5
"""Bound, in nats, on the rounding of a log-probability to float32: of any above -128."""

LOG_PROB_BYTES, PROBABILITY_BYTES, ROUNDED_BYTES, SUCCESSOR_BYTES, VALUE_BYTES = 4, 8, 4, 4, 8
"""Bytes of a symbol of a state, in each array of a chain that names are drawn from, and of a value
of a state."""

NETWORK_BYTES = 2 * MOST_BYTES
"""Most bytes of a blend of networks: distributions that are kept, and sequences in flight."""


class Blend(NamedTuple):
    """A blend in memory.

    Attributes:
        model: the model; its training split is the union of its parts' splits.
        size: number of bytes that it holds beside its parts.
    """

    model: Model
    size: int


class Part(NamedTuple):
    """A model in a blend.

    Attributes:
        weight: share of the model.
        contents: contents of the model.
        symbols: the model's id of each symbol of the united vocabulary.
        united: united vocabulary's id of each symbol of the model.
    """

    weight: float
    contents: Ingredients
    symbols: SymbolMap
    united: NDArray[np.int64]

    @classmethod
    def of(cls, contents: Ingredients, weight: float, united: Vocabulary) -> "Part":
        """Return a model as a part of a blend with a united vocabulary."""
        own = contents.vocabulary
        return cls(weight, contents, symbol_map(own, united), united_symbols(own, united))


def blend_models(models: Sequence[Model], weights: Sequence[float]) -> Blend:
    """Assemble a blend, in a thread that takes turns; it is a chain where every part is one.

    Args:
        models: at least two models of one process, in an order that depends on the blend alone.
        weights: share of each model, > 0; their sum is 1.

    Raises:
        CannotBlendError: the models do not go together.
        BackendError: the backend of a part fails.
        OutgrownError: the blend is larger than the claim of bytes under which it is made.
    """
    ingredients = [model.ingredients for model in models]
    vocabulary = united_vocabulary([one.vocabulary for one in ingredients])
    parts = [
        Part.of(one, weight, vocabulary) for one, weight in zip(ingredients, weights, strict=True)
    ]
    training = np.concatenate([one.united[one.contents.training] for one in parts])
    assemble = partial(
        assemble_model,
        vocabulary=vocabulary,
        block_size=max(one.block_size for one in ingredients),
        splits={TRAINING: training},
        executor=ingredients[0].executor,
        ledger=ingredients[0].ledger,
    )
    chains = [one.chain for one in ingredients if one.chain is not None]
    if len(chains) < len(parts):
        model = _blend_networks(parts, len(vocabulary), assemble)
        return Blend(model, NETWORK_BYTES + training.nbytes)
    chain = _blend_chains(parts, chains, len(vocabulary))
    reserve(_question_size(len(chain), len(vocabulary)))
    backend = ChainBackend(chain)
    model = assemble(backend=backend, chain=chain, canonical=None, form_difference=0.0)
    return Blend(model, _size(len(chain), len(vocabulary)) + training.nbytes)


def estimated_size(models: Sequence[Model]) -> int:
    """Return about as many bytes as a blend of models takes, before it is made."""
    ingredients = [model.ingredients for model in models]
    chains = [one.chain for one in ingredients if one.chain is not None]
    if len(chains) < len(ingredients):
        return NETWORK_BYTES
    vocab_size = max(len(one.vocabulary) for one in ingredients)
    return _size(sum(map(len, chains)), vocab_size)


def _blend_chains(parts: Sequence[Part], chains: Sequence[Chain], vocab_size: int) -> Chain:
    """Return a blend of chains as a chain."""
    each = [
        united_walks(chain, part.symbols, part.contents.block_size)
        for part, chain in zip(parts, chains, strict=True)
    ]
    walks, first = each[0]
    states = [first]
    for one, own in each[1:]:
        walks, ones, others = product(walks, one)
        states = [*(own_states[ones] for own_states in states), own[others]]
    voices = [
        ChainVoice(part.weight, part.united, chain.log_probs, own)
        for part, chain, own in zip(parts, chains, states, strict=True)
    ]
    return Chain(mixed_table(voices, vocab_size), *walks)


def _blend_networks(parts: Sequence[Part], size: int, assemble: Callable[..., Model]) -> Model:
    """Assemble a blend without a chain; its parts that are chains are looked up in both forms."""
    networks = [part.contents for part in parts if part.contents.chain is None]
    return assemble(
        backend=_mixed(parts, [_served(part.contents) for part in parts], size),
        chain=None,
        canonical=_mixed(parts, [part.contents.canonical for part in parts], size),
        form_difference=max(one.form_difference for one in networks) + FLOAT32_ROUNDING,
    )


def _served(contents: Ingredients) -> Backend:
    """Return the backend that a part's distributions come from while names are drawn."""
    return contents.backend if contents.chain is None else contents.canonical


def _mixed(parts: Sequence[Part], backends: Sequence[Backend], size: int) -> MixedBackend:
    """Return the mixture of the parts' distributions, each on a backend."""
    mixed = [
        MixedPart(part.weight, backend, part.contents.block_size, part.symbols, part.united)
        for part, backend in zip(parts, backends, strict=True)
    ]
    networks = [
        backend.precision
        for part, backend in zip(parts, backends, strict=True)
        if part.contents.chain is None
    ]
    return MixedBackend(mixed, size, "float32" if "float32" in networks else "float64")


def _size(states: int, vocab_size: int) -> int:
    """Return the most bytes of a blend that is a chain, ready to draw names from."""
    chain = states * vocab_size * (LOG_PROB_BYTES + PROBABILITY_BYTES + SUCCESSOR_BYTES)
    return chain + _question_size(states, vocab_size)


def _question_size(states: int, vocab_size: int) -> int:
    """Return the bytes of the values that names of the default lengths are drawn by."""
    layers = Constraint().max_length + 2
    return states * (vocab_size * (ROUNDED_BYTES + SUCCESSOR_BYTES) + layers * VALUE_BYTES)
