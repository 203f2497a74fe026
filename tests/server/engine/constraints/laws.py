"""The laws of every kind of constraint, as tests that the test class of a kind inherits.

class TestSuffix(ConstraintLaws):
    kind = Suffix
    constraints = st.builds(Suffix, ...)

    @staticmethod
    def satisfies(word, constraint): ...
"""

import copy
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import enumeration
from enumeration import (
    CODEC,
    COMPILER,
    KINDS,
    SAMPLINGS,
    VOCABULARY,
    conditioned,
    exactly,
    parts,
    reported,
    words,
)
from namesmith_server.engine import Constraint, ContentConstraint, Sampling
from namesmith_server.engine.distributions import row_keys
from namesmith_server.engine.markov import (
    ProbabilityRanking,
    best_names,
    packed_rows,
    sample_batch,
)

LONGEST = 5
"""Characters of the longest names that are enumerated."""

WORDS = list(words(LONGEST))
ENCODED = CODEC.encode([VOCABULARY.decode(word) for word in WORDS])

SEEDS = st.integers(0, 1000)
LENGTHS = st.builds(
    lambda prefix, least, most: Constraint(prefix, min(least, most), max(most, len(prefix))),
    st.one_of(st.just(()), st.just(()), parts(2)),
    st.integers(0, 2),
    st.integers(2, LONGEST),
)
"""Prefixes and lengths that stand beside a kind."""

law = settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[
        HealthCheck.differing_executors,  # test classes inherit the laws
        HealthCheck.filter_too_much,  # no name satisfies many a random pattern
    ],
)


class ConstraintLaws:
    """Laws of a kind of constraint.

    Attributes:
        kind: the class under test.
        constraints: a strategy for its values over the symbols of ``enumeration.VOCABULARY``.
    """

    kind: ClassVar[type[ContentConstraint]]
    constraints: ClassVar[st.SearchStrategy[ContentConstraint]]

    @staticmethod
    def satisfies(word: tuple[int, ...], constraint: ContentConstraint) -> bool:
        """Tell whether a name satisfies a constraint, by the words of its definition."""
        return enumeration.satisfies(word, constraint)

    def names_under(
        self, seed: int, sampling: Sampling, lengths: Constraint, one: ContentConstraint
    ) -> dict[str, Decimal]:
        """Return the probability of each name that satisfies the lengths and a constraint."""
        return {
            name: probability
            for name, probability in exactly(seed, sampling, lengths).items()
            if self.satisfies(tuple(VOCABULARY.encode(name)), one)
        }

    @law
    @given(st.data())
    def test_exactly_the_names_that_satisfy_are_admitted(self, data: st.DataObject) -> None:
        """Each name of up to five characters is judged by the definition of the kind."""
        one = data.draw(self.constraints)
        assert isinstance(one, self.kind)
        name_filter = COMPILER.name_filter((one,), LONGEST)
        assert name_filter.admitted(ENCODED).tolist() == [
            self.satisfies(word, one) for word in WORDS
        ]

    @law
    @given(st.data())
    def test_equal_constraints_are_equal_and_hash_alike(self, data: st.DataObject) -> None:
        """A copy is equal and hashes alike; equal constraints admit the same names."""
        one, other = data.draw(self.constraints), data.draw(self.constraints)
        twin = copy.deepcopy(one)
        assert twin == one
        assert hash(twin) == hash(one)
        if one == other:
            assert hash(one) == hash(other)
            judged = [self.satisfies(word, one) for word in WORDS]
            assert judged == [self.satisfies(word, other) for word in WORDS]

    @law
    @given(st.data())
    def test_a_constraint_differs_from_every_other_kinds(self, data: st.DataObject) -> None:
        """Caches tell constraints apart by equality: two kinds with equal fields are unequal."""
        one = data.draw(self.constraints)
        for kind, others in KINDS.items():
            assert kind is self.kind or data.draw(others) != one

    @law
    @given(st.data(), SEEDS, SAMPLINGS, LENGTHS)
    def test_the_conditioned_chain_has_the_enumerated_probabilities(
        self, data: st.DataObject, seed: int, sampling: Sampling, lengths: Constraint
    ) -> None:
        """Probability, expected length, count and each name's log-probability are exact."""
        one = data.draw(self.constraints)
        expected = self.names_under(seed, sampling, lengths, one)
        chain = conditioned(seed, sampling, lengths._replace(content=(one,)))
        assert chain.is_possible == bool(expected)
        assume(expected)
        total = sum(expected.values())
        assert chain.log_probability == pytest.approx(float(total.ln()), rel=1e-12, abs=1e-9)
        length = sum(len(name) * p for name, p in expected.items()) / total
        assert chain.expected_length == pytest.approx(float(length), rel=1e-9)
        assert chain.count == len(expected)
        found = best_names(ProbabilityRanking(chain), 10_000)
        told = reported(seed, sampling, lengths)
        listed = dict(
            zip(CODEC.decode(packed_rows(found.names)), found.log_probs.tolist(), strict=True)
        )
        assert listed == pytest.approx({name: told[name] for name in expected}, rel=1e-9)

    @law
    @given(st.data(), SEEDS, LENGTHS)
    def test_drawn_names_satisfy(self, data: st.DataObject, seed: int, lengths: Constraint) -> None:
        """Each drawn name is one of the enumerated names."""
        one = data.draw(self.constraints)
        expected = self.names_under(seed, Sampling(), lengths, one)
        assume(expected)
        chain = conditioned(seed, Sampling(), lengths._replace(content=(one,)))
        drawn = sample_batch(chain, lengths.prefix, row_keys(seed, 0, 20))
        assert set(CODEC.decode(drawn)) <= set(expected)

    @law
    @given(st.data())
    def test_a_constraint_and_another_kinds_admit_the_intersection(
        self, data: st.DataObject
    ) -> None:
        """Both orders of two constraints admit the names that satisfy both."""
        one = data.draw(self.constraints)
        others = [strategy for kind, strategy in KINDS.items() if kind is not self.kind]
        other = data.draw(st.one_of(others))
        both = [self.satisfies(word, one) and enumeration.satisfies(word, other) for word in WORDS]
        for content in ((one, other), (other, one)):
            assert COMPILER.name_filter(content, LONGEST).admitted(ENCODED).tolist() == both
