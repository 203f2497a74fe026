"""The laws of a kind with a margin, whose names are judged once they are drawn or listed."""

import math
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chi_square import assert_follows
from enumeration import CODEC, COMPILER, SAMPLINGS, conditioned, exactly, reported
from namesmith_server.engine import Constraint, GenerateRequest, Sampling
from namesmith_server.engine.model.distant_inference import measure_distant, top_distant
from namesmith_server.engine.samplers.distant_sampler import draw
from server.engine.constraints.laws import LENGTHS, SEEDS, ConstraintLaws, law


class MarginLaws(ConstraintLaws):
    """Laws of a kind with a margin: those of every kind, by drawing and listing."""

    @law
    @given(st.data(), SEEDS, SAMPLINGS, LENGTHS)
    def test_the_conditioned_chain_has_the_enumerated_probabilities(
        self, data: st.DataObject, seed: int, sampling: Sampling, lengths: Constraint
    ) -> None:
        """Few names are listed: their measure, and each log-probability, is exact."""
        one = data.draw(self.constraints)
        expected = self.names_under(seed, sampling, lengths, one)
        chain, near = conditioned(seed, sampling, lengths), COMPILER.neighbourhood((one,))
        assert near is not None
        free = lengths._replace(prefix=())
        measure = measure_distant(chain, conditioned(seed, sampling, free), near, -5.0)
        assert measure.names == len(expected)
        assert measure.estimate is None
        assume(expected)
        total = sum(expected.values())
        # Listed names have the log-probabilities that are reported: of float32 rows, whose sums are
        # 1 to 1e-7.
        assert measure.probability == pytest.approx(float(total), rel=1e-6, abs=1e-300)
        given = total / sum(exactly(seed, sampling, free).values())
        assert measure.probability_given_lengths == pytest.approx(float(given), rel=1e-6)
        length = sum(len(name) * p for name, p in expected.items()) / total
        assert measure.expected_length == pytest.approx(float(length), rel=1e-6)
        every = reported(seed, sampling, lengths)
        told = {name: every[name] for name in expected}
        assert measure.above_floor == sum(one >= -5.0 for one in told.values())
        top = top_distant(chain, near, 10_000)
        listed = dict(zip(CODEC.decode(top.names), top.log_probs.tolist(), strict=True))
        assert listed == pytest.approx(told, rel=1e-9)
        assert top.exhausted

    @law
    @given(st.data(), SEEDS, LENGTHS)
    def test_drawn_names_satisfy(self, data: st.DataObject, seed: int, lengths: Constraint) -> None:
        """Each drawn name is one of the enumerated names."""
        one = data.draw(self.constraints)
        expected = self.names_under(seed, Sampling(), lengths, one)
        chain, near = conditioned(seed, Sampling(), lengths), COMPILER.neighbourhood((one,))
        assert near is not None
        share = sum(expected.values()) / sum(exactly(seed, Sampling(), lengths).values() or [1])
        assume(share > 0.05)
        drawn = draw(chain, near, GenerateRequest(20, seed, constraint=lengths))
        assert set(CODEC.decode(drawn.names)) <= set(expected)
        assert not drawn.gave_up

    def test_names_are_drawn_as_often_as_they_are_probable(self) -> None:
        """20,000 names follow the enumerated distribution; a false alarm in 10^6 runs."""
        one, lengths = self.kind(2), Constraint((), 0, 5)  # type: ignore[call-arg]
        chain, near = conditioned(3, Sampling(), lengths), COMPILER.neighbourhood((one,))
        assert near is not None
        drawn = draw(chain, near, GenerateRequest(20_000, 7, constraint=lengths))
        names = self.names_under(3, Sampling(), lengths, one)
        assert_follows(
            Counter(CODEC.decode(drawn.names)), {name: float(p) for name, p in names.items()}
        )
        share = float(sum(names.values()) / sum(exactly(3, Sampling(), lengths).values()))
        deviation = math.sqrt((1 - share) / 20_000)  # of the mean of geometric numbers, relative
        assert 20_000 / drawn.tried == pytest.approx(share, rel=5 * deviation)
