"""The random numbers of a device are the engine's, bit for bit."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.backends.lockstep.random_numbers import uniforms
from namesmith_server.engine import distributions

WORDS = st.integers(0, 2**64 - 1)


@given(keys=st.lists(WORDS, min_size=1, max_size=8), counter=st.integers(0, 2**31))
def test_draws_are_those_of_the_engine(keys: list[int], counter: int) -> None:
    """Any key and counter give the draw that numpy gives, to the last bit."""
    array = np.array(keys, dtype=np.uint64)
    ours = uniforms(torch.from_numpy(array.view(np.int64)), torch.tensor(counter))
    expected = distributions.uniforms(distributions.draws(array, counter))
    assert ours.tolist() == expected.tolist()


def test_draws_of_a_device_are_those_of_the_engine(device: torch.device) -> None:
    """Keys of all sizes give the engine's draws at several counters together."""
    keys = distributions.row_keys(5, 0, 10_000)
    on_device = torch.from_numpy(keys.view(np.int64)).to(device)[:, None]
    ours = uniforms(on_device, torch.arange(4, device=device)).cpu().numpy()
    expected = [distributions.uniforms(distributions.draws(keys, at)) for at in range(4)]
    assert (ours == np.stack(expected, 1)).all()
