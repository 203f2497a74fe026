"""Counter-based random numbers: a draw is a function of seed, row and counter alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.engine.distributions import draws, mix, row_keys, uniforms
from namesmith_server.engine.distributions.random import GAMMA

SEEDS = st.integers(0, 2**64 - 1)


def test_mix_is_splitmix64() -> None:
    """The outputs for seed 1234567 are the published ones of the generator."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [mix(1234567 + (i + 1) * GAMMA) for i in range(3)] == published


@given(seed=SEEDS, first=st.integers(0, 2**62 - 3), counter=st.integers(0, 2**40))
def test_a_draw_depends_on_seed_row_and_counter_alone(seed: int, first: int, counter: int) -> None:
    """A row's draw is the counter-th output of its generator, at any offset in any array."""
    keys = row_keys(seed, first, 3)
    assert keys.tolist() == [mix(mix(seed) + (first + i + 1) * GAMMA) for i in range(3)]
    expected = [mix(int(key) + (counter + 1) * GAMMA) for key in keys]
    drawn = draws(keys, counter)
    assert drawn.tolist() == expected
    assert draws(keys, np.full(3, counter, dtype=np.uint64)).tolist() == expected
    assert uniforms(drawn).tolist() == [(bits >> 11) / 2**53 for bits in expected]


def test_draws_are_uniform() -> None:
    """A million draws fill 1,000 equal cells evenly; false alarms: 1 in 10^6 (chi-square)."""
    keys = row_keys(7, 0, 100_000)
    drawn = uniforms(np.concatenate([draws(keys, i) for i in range(10)]))
    counts = np.bincount((drawn * 1000).astype(int), minlength=1000)
    statistic = ((counts - 1000.0) ** 2 / 1000).sum()
    assert statistic < 1226.1  # chi-square quantile, 999 degrees, 1 - 1e-6
    assert 0 <= drawn.min() < drawn.max() < 1
