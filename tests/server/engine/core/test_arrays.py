"""Functions of arrays that several folders of the engine use."""

import numpy as np

from namesmith_server.engine.core import places_within


def test_places_within_a_group_follow_the_order_of_the_items() -> None:
    """Each group counts from 0, whatever stands between its items; no item, no place."""
    groups = np.random.default_rng(5).integers(0, 7, 500)
    places = places_within(groups)
    for group in range(7):
        own = places[groups == group]
        assert (own == np.arange(len(own))).all()
    assert not places_within(groups[:0]).size
