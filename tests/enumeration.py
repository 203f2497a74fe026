"""A model of five symbols with two of context, small enough that all its names can be listed."""

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from math import prod
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from namesmith.vocabulary import Vocabulary
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.parameters import Constraint, Language, Sampling
from namesmith_server.engine.product import Product
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.transformed import Transformed

T = TypeVar("T")

VOCABULARY = Vocabulary.of(["abcd"])
CODEC = Codec(VOCABULARY)
SIZE = len(VOCABULARY)
LONGEST = 6
TRAINING = ("ab", "abc", "dd", "ab", "cab")
ADMITTED = Admitted(VOCABULARY, CODEC.encode(TRAINING))


def table(seed: int) -> np.ndarray:
    """Log-probabilities float32 [25, 5], some of them far apart."""
    weights = np.random.default_rng(seed).random((SIZE**2, SIZE)) ** 3 + 1e-4
    return np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)


def product(seed: int, sampling: Sampling, constraint: Constraint) -> Product:
    """What is held to the enumeration."""
    return Product(Transformed(table(seed), sampling), ADMITTED.automaton(constraint), constraint)


def words(longest: int) -> Iterator[tuple[int, ...]]:
    """All names of up to so many characters, shorter ones first."""
    for length in range(longest + 1):
        yield from itertools.product(range(1, SIZE), repeat=length)


def admitted(constraint: Constraint) -> list[tuple[int, ...]]:
    """The names that satisfy a constraint, each tested by itself."""
    language = constraint.language or Language()
    matches = re.compile(language.pattern).fullmatch if language.pattern else lambda _: True
    suffix, contains = VOCABULARY.decode(language.suffix), VOCABULARY.decode(language.contains)
    found = []
    for word in words(constraint.max_length):
        name = VOCABULARY.decode(word)
        if (
            constraint.min_length <= len(word)
            and word[: len(constraint.prefix)] == constraint.prefix
            and name.endswith(suffix)
            and contains in name
            and matches(name)
            and word not in language.forbidden
            and not (language.novel and name in TRAINING)
        ):
            found.append(word)
    return found


@cache
def distributions(seed: int, sampling: Sampling) -> list[list[Decimal]]:
    """The transformed table, by the definitions, in decimals that know no underflow."""
    rows = []
    for row in table(seed).astype(float).tolist():
        if sampling.temperature == 0:
            rows.append([Decimal(symbol == row.index(max(row))) for symbol in range(SIZE)])
            continue
        weights = [(Decimal(value) / Decimal(sampling.temperature)).exp() for value in row]
        least = sorted(weights)[-(sampling.top_k or SIZE)]
        weights = [weight if weight >= least else Decimal(0) for weight in weights]
        if sampling.top_p < 1:
            wanted = Decimal(sampling.top_p) * sum(weights)
            for symbol in sorted(range(SIZE), key=lambda symbol: -weights[symbol]):
                weights[symbol] *= wanted > 0
                wanted -= weights[symbol]
        least = Decimal(sampling.min_p) * max(weights)
        weights = [weight if weight >= least else Decimal(0) for weight in weights]
        rows.append([weight / sum(weights) for weight in weights])
    return rows


def along(rows: list[list[T]], word: tuple[int, ...]) -> Iterator[T]:
    """What the rows of a table hold for each symbol of a name, end symbol included."""
    context = 0
    for symbol in (*word, 0):
        yield rows[context][symbol]
        context = context % SIZE * SIZE + symbol


def exactly(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, Decimal]:
    """The probability of each name that satisfies a constraint, those of 0 left out."""
    rows = distributions(seed, sampling)
    found = {VOCABULARY.decode(word): prod(along(rows, word)) for word in admitted(constraint)}
    return {name: probability for name, probability in found.items() if probability > 0}


def enumerated(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, float]:
    """As ``exactly``, where no name is too improbable for a float."""
    return {name: float(p) for name, p in exactly(seed, sampling, constraint).items()}


def reported(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, float]:
    """The log-probability that is told of each: where nothing is transformed, the table's own."""
    found = exactly(seed, sampling, constraint)
    if sampling != Sampling():
        return {name: float(p.ln()) for name, p in found.items()}
    rows = table(seed).astype(float).tolist()
    return {name: sum(along(rows, VOCABULARY.encode(name))) for name in found}


def parts(longest: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Parts of names."""
    return st.lists(st.integers(1, SIZE - 1), max_size=longest).map(tuple)


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "c", "d", ".", "[ab]", "[^a]", "[b-d]", "()"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(
            inner, st.sampled_from(["*", "+", "?", "{0}", "{2}", "{1,3}", "{2,}", "{0,2}"])
        ).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ),
    max_leaves=8,
)

SAMPLINGS = st.builds(
    Sampling,
    st.sampled_from([1.0, 1.0, 0.6, 1.8, 0.0, 0.01, 0.001]),
    st.sampled_from([0, 0, 1, 3]),
    st.sampled_from([1.0, 0.8]),
    st.sampled_from([0.0, 0.05]),
)

LANGUAGES = st.builds(
    Language,
    suffix=parts(2),
    contains=parts(2),
    pattern=st.one_of(st.just(""), PATTERNS),
    forbidden=st.lists(parts(3), max_size=4, unique=True).map(tuple),
    novel=st.booleans(),
)


@st.composite
def _constraint(draw: st.DrawFn) -> Constraint:
    longest = draw(st.integers(1, LONGEST))
    prefix = draw(st.one_of(st.just(()), parts(min(2, longest))))
    return Constraint(prefix, draw(st.integers(0, longest)), longest, draw(LANGUAGES))


CONSTRAINTS = _constraint()
