"""Small models to blend, and the distribution of a blend by its definition, text by text."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import Chain, Codec, Ledger, Model, assemble_model
from namesmith_server.engine.blending.backends import ChainBackend


@dataclass(frozen=True)
class Part:
    """A part of a blend.

    Attributes:
        weight: its share.
        letters: the characters of its vocabulary, in their order.
        chain: its chain.
        block_size: number of symbols of its contexts.
        training: names of its training split.
    """

    weight: float
    letters: str
    chain: Chain
    block_size: int
    training: Sequence[str] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """The symbols of the part."""
        return Vocabulary((".", *self.letters))

    def model(
        self, executor: Executor, *, as_network: bool = False, ledger: Ledger | None = None
    ) -> Model:
        """Return the part as a model, or as one of which nobody knows the chain."""
        backend = ChainBackend(self.chain)
        return assemble_model(
            vocabulary=self.vocabulary,
            block_size=self.block_size,
            backend=backend,
            chain=None if as_network else self.chain,
            canonical=ChainBackend(self.chain) if as_network else None,
            form_difference=1e-6,
            splits={"train": Codec(self.vocabulary).encode(self.training)},
            executor=executor,
            ledger=ledger,
        )

    def distribution(self, history: str) -> dict[str, float] | None:
        """Return the probability of each next character, "" for the end; None: it is silent."""
        context = history[-self.block_size :]
        if not set(context) <= set(self.letters):
            return None
        heard = history
        while not set(heard) <= set(self.letters):  # read from behind the last lacked character
            heard = heard[1:]
        state = self.chain.after(tuple(self.vocabulary.encode(heard)))
        probabilities = np.exp(self.chain.log_probs[state].astype(np.float64)).tolist()
        return dict(zip(("", *self.letters), probabilities, strict=True))


@cache
def blended_distribution(parts: tuple[Part, ...], history: str) -> dict[str, float]:
    """Return the mixture of the parts that are not silent; behind no part's history, the end."""
    heard = [(one.weight, told) for one in parts if (told := one.distribution(history)) is not None]
    if not heard:
        return {"": 1.0}
    total = sum(weight for weight, _ in heard)
    mixture: dict[str, float] = {}
    for weight, told in heard:
        for character, probability in told.items():
            mixture[character] = mixture.get(character, 0.0) + weight / total * probability
    return mixture


def letters_of(parts: Sequence[Part]) -> str:
    """Return the characters of all parts, sorted."""
    return "".join(sorted(set().union(*(one.letters for one in parts))))


def words(letters: str, longest: int) -> Iterator[str]:
    """Yield every text of at most ``longest`` characters."""
    for length in range(longest + 1):
        yield from map("".join, product(letters, repeat=length))


@cache
def log_prob(parts: tuple[Part, ...], name: str) -> float:
    """Return the log-probability of a name, its end included."""
    total = 0.0
    for i in range(len(name) + 1):
        probability = blended_distribution(parts, name[:i]).get(name[i : i + 1], 0.0)
        if not probability:
            return -math.inf
        total += math.log(probability)
    return total


def random_table(seed: int, letters: str, order: int) -> Chain:
    """Return the table of an order over letters, as a chain."""
    size = len(letters) + 1
    weights = np.random.default_rng(seed).random((size**order, size)) ** 3
    weights[:, END] += 0.2
    return Chain.from_table(np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32))
