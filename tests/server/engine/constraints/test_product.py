"""The product of two machines: every reachable pair once, with and without compiled code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namesmith_server.engine import native
from namesmith_server.engine.constraints import product
from namesmith_server.engine.constraints.product import Machine, Product, reachable_product

SIZE = 3


@st.composite
def machines(draw: st.DrawFn) -> tuple[Machine, np.ndarray]:
    """Draw a machine whose states share rows, and a table of right states."""
    rows, states, rights = (draw(st.integers(1, 6)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    left = rng.integers(-1, states, size=(rows, SIZE), dtype=np.int32)
    right = rng.integers(-1, rights, size=(rights, SIZE), dtype=np.int32)
    return Machine(rng.integers(0, rows, size=states, dtype=np.int32), left), right


def steps(found: Product) -> dict[tuple[int, int], list[tuple[int, int] | None]]:
    """Return the pairs after each pair and symbol, whatever the numbers of the pairs."""
    pairs = list(zip(found.lefts.tolist(), found.rights.tolist(), strict=True))
    after = found.after[found.rows].tolist()
    known = [[None if one < 0 else pairs[one] for one in row] for row in after]
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, known, strict=True))


def stepped(left: Machine, right: np.ndarray) -> dict[tuple[int, int], list]:
    """Return the same by the definition, a pair at a time."""
    waiting, known = [(0, 0)], {}
    while waiting:
        pair = waiting.pop()
        if pair in known:
            continue
        both = zip(
            left.successors[left.rows[pair[0]]].tolist(), right[pair[1]].tolist(), strict=True
        )
        known[pair] = [None if min(two) < 0 else two for two in both]
        waiting += filter(None, known[pair])
    return known


@settings(deadline=None)
@given(machines())
def test_the_product_has_the_reachable_pairs_and_their_steps(
    two: tuple[Machine, np.ndarray],
) -> None:
    """Compiled code and numpy find the pairs of the definition; pair 0 is the start."""
    expected, counted = stepped(*two), []
    for compiled in (native.available, False):
        counted.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "available", compiled)
            patch.setattr(product, "CHUNK", 2)
            found = reachable_product(*two, (0, 0), 100, lambda *more: counted.append(more))
        assert found is not None
        assert (found.lefts[0], found.rights[0]) == (0, 0)
        assert steps(found) == expected
        assert tuple(map(sum, zip(*counted, strict=True))) == (len(expected), len(found.after))


@settings(deadline=None)
@given(machines())
def test_more_pairs_than_the_bound_are_given_up(two: tuple[Machine, np.ndarray]) -> None:
    """One pair less than there are is too little, as many as there are is enough."""
    pairs = len(stepped(*two))
    for compiled in (native.available, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "available", compiled)
            assert reachable_product(*two, (0, 0), pairs, lambda *_: None) is not None
            if pairs > 1:
                assert reachable_product(*two, (0, 0), pairs - 1, lambda *_: None) is None
