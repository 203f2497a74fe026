"""Ten thousand excluded texts on the embedded model: none is drawn, and the rest is exact."""

import math
import random
import string
from collections import Counter

import pytest

from chi_square import assert_follows
from namesmith_server.engine import Codec, Constraint, GenerateRequest, Model, Sampling, kinds

SHORT = ("an", "ell", "kay", "mi")
"""Texts that a fifth of all names hold."""

TOP = 2_000
"""Number of most probable names whose counts are compared, each by itself."""

ROWS = 20_000
"""Names of one request."""


def excluded_texts() -> tuple[str, ...]:
    """Return 10,000 texts: the short ones, and random ones of 4 to 10 letters."""
    rng = random.Random(1)  # noqa: S311 - no secret
    letters = string.ascii_lowercase
    drawn = ("".join(rng.choices(letters, k=rng.randint(4, 10))) for _ in range(9_996))
    return (*SHORT, *drawn)


def parts_of(names: set[str]) -> set[str]:
    """Return all parts of 2 to 10 letters of some names."""
    return {
        name[i : i + size]
        for name in names
        for size in range(2, 11)
        for i in range(len(name) - size + 1)
    }


@pytest.mark.parametrize("count", [ROWS, pytest.param(50 * ROWS, marks=pytest.mark.slow)])
async def test_no_excluded_text_stands_in_a_drawn_name(embedded: Model, count: int) -> None:
    """No text in any name; counts follow the exact probabilities, up to one alarm in 10^6 tests."""
    codec, texts = Codec(embedded.vocabulary), excluded_texts()
    constraint = Constraint(content=(kinds.Excludes(codec.encode(texts)),))
    whole = (await embedded.inference.measure(Sampling(), constraint, None)).probability
    top = await embedded.inference.top(TOP, Sampling(), constraint)
    weights = dict(
        zip(codec.decode(top.names), (math.exp(one) for one in top.log_probs), strict=True)
    )
    counts: Counter[str] = Counter()
    for first_row in range(0, count, ROWS):
        request = GenerateRequest(ROWS, 7, constraint=constraint, first_row=first_row)
        names = codec.decode((await embedded.generate(request)).names)
        assert parts_of(set(names)).isdisjoint(texts)
        counts.update(name if name in weights else "" for name in names)
    assert_follows(counts, weights | {"": whole - sum(weights.values())})
