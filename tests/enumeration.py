"""A model of five symbols with contexts of two symbols, so small that all names can be listed."""

import itertools
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import (
    Chain,
    Codec,
    Constraint,
    ContentConstraint,
    Sampling,
    kinds,
)
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.distributions import ProcessedTable
from namesmith_server.engine.markov import ConditionedChain, reachable_trellis

T = TypeVar("T")

VOCABULARY = Vocabulary.of(["abcd"])
CODEC = Codec(VOCABULARY)
SIZE = len(VOCABULARY)
LONGEST = 6
TRAINING = ("ab", "abc", "dd", "ab", "cab")
COMPILER = ConstraintCompiler(VOCABULARY, CODEC.encode(TRAINING))


@cache
def name_of(word: tuple[int, ...]) -> str:
    """Return the text of a name, which many enumerations ask for."""
    return VOCABULARY.decode(word)


def table(seed: int) -> np.ndarray:
    """Return a table of log-probabilities, float32 [25, 5], some of them far apart."""
    weights = np.random.default_rng(seed).random((SIZE**2, SIZE)) ** 3 + 1e-4
    return np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)


def conditioned(seed: int, sampling: Sampling, constraint: Constraint) -> ConditionedChain:
    """Build the conditioned chain that tests compare with the enumeration."""
    prefix, min_length, max_length, content = constraint
    dfa = COMPILER.compile(content, max_length)
    trellis = reachable_trellis(Chain.from_table(table(seed)), dfa, prefix, max_length)
    return ConditionedChain(ProcessedTable(table(seed), sampling), trellis, prefix, min_length)


def words(longest: int) -> Iterator[tuple[int, ...]]:
    """Yield all names of at most ``longest`` characters, shorter names first."""
    for length in range(longest + 1):
        yield from itertools.product(range(1, SIZE), repeat=length)


def admitted(constraint: Constraint) -> list[tuple[int, ...]]:
    """Return the names that satisfy a constraint, each tested by itself."""
    return [
        word
        for word in words(constraint.max_length)
        if constraint.min_length <= len(word)
        and word[: len(constraint.prefix)] == constraint.prefix
        and all(satisfies(word, kind) for kind in constraint.content)
    ]


def satisfies(word: tuple[int, ...], kind: ContentConstraint) -> bool:
    """Return whether a name satisfies a constraint, by the definition of the constraint's kind."""
    name = name_of(word)
    match kind:
        case kinds.Suffix(symbols):
            return name.endswith(name_of(symbols))
        case kinds.Contains(symbols):
            return name_of(symbols) in name
        case kinds.Pattern(regex) | kinds.NotPattern(regex):
            matches = re.fullmatch(regex, name) is not None
            return matches == isinstance(kind, kinds.Pattern)
        case kinds.ManyWords():
            return satisfies_words(name, kind)
        case kinds.Novel():
            return name not in TRAINING
        case kinds.MinDistance(distance):
            return all(edits(name, one) >= distance for one in TRAINING)
    raise TypeError(f"no definition of {kind}")


def satisfies_words(name: str, kind: kinds.ManyWords) -> bool:
    """Return whether a name satisfies a constraint of many words, by the kind's definition."""
    words = words_of(kind)
    match kind:
        case kinds.Excludes():
            return not any(word in name for word in words)
        case kinds.StartsWithAny():
            return name.startswith(words)
        case kinds.EndsWithAny():
            return name.endswith(words)
        case kinds.Forbidden():
            return name not in words
    raise TypeError(f"no definition of {kind}")


def words_of(kind: kinds.ManyWords) -> tuple[str, ...]:
    """Return the words of a list."""
    return tuple(CODEC.decode(np.frombuffer(kind.encoded, dtype=np.int32)))


@cache
def edits(one: str, other: str) -> int:
    """Return the edit distance of two names, by the whole table (Wagner and Fischer 1974)."""
    table = [[i + j for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, j in itertools.product(range(1, len(one) + 1), range(1, len(other) + 1)):
        table[i][j] = min(
            table[i - 1][j] + 1,
            table[i][j - 1] + 1,
            table[i - 1][j - 1] + (one[i - 1] != other[j - 1]),
        )
    return table[-1][-1]


@cache
def distributions(seed: int, sampling: Sampling) -> list[list[Decimal]]:
    """Return the processed table, by the definition of sampling, in decimals without underflow."""
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
    """Yield the value in a table's rows for each symbol of a name, end symbol included."""
    context = 0
    for symbol in (*word, 0):
        yield rows[context][symbol]
        context = context % SIZE * SIZE + symbol


def exactly(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, Decimal]:
    """Return the probability of each name that satisfies a constraint, if it is above 0."""
    rows = distributions(seed, sampling)
    found = {name_of(word): math.prod(along(rows, word)) for word in admitted(constraint)}
    return {name: probability for name, probability in found.items() if probability > 0}


def enumerated(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, float]:
    """Return the result of ``exactly`` as floats; no name may be too improbable for a float."""
    return {name: float(p) for name, p in exactly(seed, sampling, constraint).items()}


def reported(seed: int, sampling: Sampling, constraint: Constraint) -> dict[str, float]:
    """Return the log-probability that the engine reports of each name.

    Without a transformation it is the sum of the table's own log-probabilities.
    """
    found = exactly(seed, sampling, constraint)
    if sampling != Sampling():
        # Of a float, the logarithm is as exact and quicker; not every probability is one.
        return {
            name: math.log(p) if p > Decimal("1e-300") else float(p.ln())
            for name, p in found.items()
        }
    rows = table(seed).astype(float).tolist()
    return {name: sum(along(rows, VOCABULARY.encode(name))) for name in found}


def parts(longest: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Return a strategy of parts of names of at most ``longest`` characters."""
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

WORD_LISTS = st.lists(parts(3), max_size=4, unique=True).map(tuple)
"""A strategy of short lists of parts of names, an empty one among them now and then."""

KINDS: dict[type[ContentConstraint], st.SearchStrategy[ContentConstraint]] = {
    kinds.Pattern: PATTERNS.map(kinds.Pattern),
    kinds.Suffix: parts(2).map(kinds.Suffix),
    kinds.Contains: parts(2).map(kinds.Contains),
    kinds.NotPattern: PATTERNS.map(kinds.NotPattern),
    kinds.Excludes: WORD_LISTS.map(kinds.Excludes),
    kinds.StartsWithAny: WORD_LISTS.map(kinds.StartsWithAny),
    kinds.EndsWithAny: WORD_LISTS.map(kinds.EndsWithAny),
    kinds.Forbidden: WORD_LISTS.map(kinds.Forbidden),
    kinds.Novel: st.just(kinds.Novel()),
}
"""A strategy for each kind of constraint."""

CONTENTS = st.tuples(*(st.one_of(st.just(None), kind) for kind in KINDS.values())).map(
    lambda drawn: tuple(kind for kind in drawn if kind is not None)
)
"""A strategy of content constraints with at most one constraint of each kind."""


@st.composite
def _constraint(draw: st.DrawFn) -> Constraint:
    longest = draw(st.integers(1, LONGEST))
    prefix = draw(st.one_of(st.just(()), parts(min(2, longest))))
    return Constraint(prefix, draw(st.integers(0, longest)), longest, draw(CONTENTS))


CONSTRAINTS = _constraint()
