"""Tests of histograms."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from namesmith_trainer.report.diagnostics.histogram import BINS, Histogram

values = st.floats(-1e6, 1e6, width=32)


@given(st.lists(values, min_size=1, max_size=300))
def test_the_counts_add_up_to_the_population(population: list[float]) -> None:
    """Every value of a population falls into one of the 50 bins."""
    histogram = Histogram.of(torch.tensor(population))
    assert len(histogram.counts) == BINS
    assert histogram.population == len(population)
    assert histogram.low <= min(population)
    assert histogram.high >= max(population)
    assert histogram.low < histogram.high


def test_bins_count_the_values_between_their_edges() -> None:
    """A bin includes its lower edge alone; the last bin includes both edges."""
    population = torch.linspace(-1, 1, 1_000).view(20, 50)
    histogram = Histogram.of(population, (-1.0, 1.0))
    width = 2 / BINS
    for i, count in enumerate(histogram.counts):
        above = population.double() >= -1 + i * width
        below = population.double() < -1 + (i + 1) * width
        assert count == (above & (below | torch.tensor(i == BINS - 1))).sum()
    assert abs(histogram.mean) < 1e-6
    assert abs(histogram.std - population.double().std(correction=0).item()) < 1e-9
