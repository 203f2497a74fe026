"""A loaded model: log-probabilities of the names that it draws."""

from typing import Any

import numpy as np
import pytest

from drawing import Load
from namesmith_server.app.settings import BackendName
from namesmith_server.engine import Constraint, GenerateRequest, Model, Sampling, kinds

HALVED = Sampling(temperature=0.5, top_k=3)


async def test_reported_log_probabilities_are_the_untransformed_models(embedded: Model) -> None:
    """Whatever the sampling, the log-probability of a name is the one that scoring answers."""
    request = GenerateRequest(500, 9, HALVED, Constraint(max_length=9))
    chunk = await embedded.generate(request._replace(with_log_probs=True))
    np.testing.assert_array_equal(chunk.names, (await embedded.generate(request)).names)
    assert chunk.log_probs is not None
    scores = await embedded.score(embedded.codec.decode(chunk.names))
    assert chunk.log_probs.tolist() == scores.log_probs.tolist()


@pytest.mark.parametrize("backend", ["table", "onnx"])
@pytest.mark.parametrize(
    "asked",
    [{}, {"constraint": Constraint(content=(kinds.Novel(),))}, {"distinct": True}],
    ids=["unconstrained", "constrained", "distinct"],
)
async def test_every_chunk_of_a_stream_holds_its_log_probabilities(
    small: Load, backend: BackendName, asked: dict[str, Any]
) -> None:
    """Names of each sampler come with one log-probability each, equal to their score."""
    model = small(backend)
    request = GenerateRequest(9_000, 9, with_log_probs=True)._replace(**asked)
    chunks = [chunk async for chunk in model.stream(request)]
    assert len(chunks) > 1
    for chunk in chunks:
        scores = await model.score(model.codec.decode(chunk.names))
        assert chunk.log_probs is not None
        np.testing.assert_allclose(chunk.log_probs, scores.log_probs, rtol=1e-6)


async def test_log_probabilities_are_absent_unless_asked_for(embedded: Model) -> None:
    """A chunk of names alone holds no log-probabilities."""
    assert (await embedded.generate(GenerateRequest(5, 1))).log_probs is None
