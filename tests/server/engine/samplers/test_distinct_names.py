"""Distinct names on the chain sampler: one sequence in any form, and an end that is told."""

import numpy as np

from enumeration import CODEC, enumerated
from namesmith_server.engine import Constraint, GenerateRequest, Model, Sampling, kinds
from namesmith_server.engine.samplers import ChainSampler
from namesmith_server.engine.samplers.chain_sampler import PART


async def test_distinct_names_are_the_same_in_any_form(embedded: Model) -> None:
    """Unary and streamed are one sequence; a larger request begins with a smaller one."""
    request = GenerateRequest(PART + 100, 9, distinct=True)
    whole = await embedded.generate(request)
    names = embedded.codec.decode(whole.names)
    assert len(set(names)) == PART + 100
    assert not whole.exhausted
    fewer = await embedded.generate(request._replace(count=50))
    assert embedded.codec.decode(fewer.names) == names[:50]
    later = await embedded.generate(request._replace(count=50, first_row=PART))
    assert embedded.codec.decode(later.names) == names[PART : PART + 50]
    chunks = [chunk async for chunk in embedded.stream(request)]
    assert len(chunks) > 1
    assert np.concatenate([chunk.names for chunk in chunks]).tolist() == whole.names.tolist()


async def test_the_last_of_all_distinct_names_is_told(small_sampler: ChainSampler) -> None:
    """A request for more names than there are gives every admitted name, and says so."""
    constraint = Constraint((), 0, 5, (kinds.Contains((1,)), kinds.Forbidden(((1, 3),))))
    expected = enumerated(3, Sampling(), constraint)
    request = GenerateRequest(10_000, 1, Sampling(), constraint, distinct=True)
    chunks = [chunk async for chunk in small_sampler.stream(request)]
    names = [name for chunk in chunks for name in CODEC.decode(chunk.names)]
    assert len(names) == len(expected)
    assert set(names) == set(expected)
    assert [chunk.exhausted for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    exactly = request._replace(count=len(expected))
    assert not (await small_sampler.sample(exactly)).exhausted
    beyond = request._replace(first_row=len(expected), count=1)
    nothing = await small_sampler.sample(beyond)
    assert (len(nothing.names), nothing.exhausted) == (0, True)
