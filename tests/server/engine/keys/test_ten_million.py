"""Ten million unique names of the embedded chain of 33,943 states."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from loaded import load_repository
from namesmith.vocabulary import END
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Constraint, EncodedNames, Secret, UniqueScheme
from namesmith_server.engine.core import name_ends, name_places

CAPACITY, PART = 10**7, 10**5


def hashes(names: EncodedNames) -> NDArray[np.uint64]:
    """Return a hash of 64 bits of each name: different names collide with a chance of 2^-64."""
    weights = np.random.default_rng(7).integers(1 << 63, size=(65, 32), dtype=np.uint64)
    starts, lengths = name_places(names)
    places = np.arange(len(names)) - np.repeat(starts, lengths + 1)
    mixed = weights[places, names] * (weights[places, names] >> np.uint64(31))
    return np.add.reduceat(mixed * (names != END), np.append(0, name_ends(names)[:-1] + 1))


@pytest.mark.slow
async def test_ten_million_numbers_have_ten_million_names() -> None:
    """No two names are equal, and 10^5 random ones lead back to their numbers."""
    scheme = UniqueScheme(Secret(b"sixteen bytes or more"), "us-names-distilled", 1)
    with ThreadPoolExecutor(2) as executor:
        (served,) = load_repository(Settings(only=("us-names-distilled",)), executor)
        model, found = served.model, []
        for first in range(0, CAPACITY, PART):
            numbers = np.arange(first, first + PART)
            named = await model.name_numbers(numbers, scheme, Constraint(), CAPACITY)
            found.append(hashes(named.names))
        assert len(np.unique(np.concatenate(found))) == CAPACITY
        numbers = np.random.default_rng(0).integers(CAPACITY, size=PART)
        named = await model.name_numbers(numbers, scheme, Constraint(), CAPACITY)
        names = model.codec.decode(named.names)
        back = await model.numbers_of(names, scheme, Constraint(), CAPACITY)
        assert back.tolist() == numbers.tolist()
        model.close()
