"""A model with a chain answers alike on every backend, with compiled code and without."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from chain_bundles import MEMORY, SYMBOLS, definite_chain, wandering_chain
from drawing import Load, drawn
from loaded import load_repository
from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.app.settings import Settings
from namesmith_server.engine import (
    Constraint,
    GenerateRequest,
    Sampling,
    kinds,
    native,
)
from namesmith_server.engine.constraints import BoundedDfa, anything
from namesmith_server.engine.markov import packed_rows
from namesmith_server.engine.search import NextSymbols, most_probable

BACKENDS = ("table", "onnx", "torchscript")

CHAINS = {"definite": definite_chain(1, 4, 0.6), "wandering": wandering_chain(1, 60)}
"""The chains of the models, by the name of the model."""

WANDERING = pytest.param("wandering", marks=pytest.mark.slow)
"""The model whose graphs take half a minute to export."""

SAMPLINGS = (
    Sampling(),
    Sampling(temperature=0.7, top_k=4),
    Sampling(temperature=1.4, top_p=0.9, min_p=0.02),
    Sampling(temperature=0.3),
)

CONSTRAINTS = (
    Constraint(max_length=MAX_LENGTH),
    Constraint(prefix=(3, 1), min_length=3, max_length=9),
    Constraint(min_length=2, max_length=20, content=(kinds.Pattern(".*(ab|c)d*"),)),
)


@pytest.fixture(params=["definite", WANDERING])
def load(request: pytest.FixtureRequest) -> Load:
    """Provide the loader of each model with a chain."""
    loader: Load = request.getfixturevalue(request.param)
    return loader


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("constraint", CONSTRAINTS)
async def test_a_seed_gives_the_same_names_on_every_backend_and_without_compiled_code(
    load: Load, monkeypatch: pytest.MonkeyPatch, sampling: Sampling, constraint: Constraint
) -> None:
    """2,000 names of a sampling and a constraint: three backends, compiled or not."""
    request = GenerateRequest(2_000, 2**64 - 1, sampling, constraint)
    compiled = [await drawn(load(backend), request) for backend in BACKENDS]
    monkeypatch.setattr(native, "available", False)
    interpreted = [await drawn(load(backend), request) for backend in BACKENDS]
    assert len(compiled[0]) == 2_000
    assert [names == compiled[0] for names in compiled + interpreted] == [True] * 6


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("name", CHAINS)
async def test_cuda_draws_the_same_names(
    request: pytest.FixtureRequest, executor: ThreadPoolExecutor, name: str
) -> None:
    """TorchScript on a GPU gives the 2,000 names of the table."""
    models: Path = request.getfixturevalue(f"{name}_repository")
    settings = Settings(models=models, backend="torchscript", device="cuda")
    (served,) = load_repository(settings, executor)
    load: Load = request.getfixturevalue(name)
    for sampling in SAMPLINGS:
        asked = GenerateRequest(2_000, 5, sampling, Constraint(max_length=MAX_LENGTH))
        assert await drawn(served.model, asked) == await drawn(load("table"), asked)
    served.model.close()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["definite", WANDERING])
async def test_a_score_is_the_sum_along_the_walk_of_the_name(
    request: pytest.FixtureRequest, name: str, backend: str
) -> None:
    """A name scores as the chain walks it, on every backend."""
    load: Load = request.getfixturevalue(name)
    chain = CHAINS[name]
    names = await drawn(load("table"), GenerateRequest(300, 5))
    scores = (await load(backend).score(names)).log_probs
    expected = []
    for one in names:
        states, symbols = [chain.start], [*map(SYMBOLS.index, one), END]
        for symbol in symbols[:-1]:
            states.append(int(chain.advance(np.array(states[-1:]), np.array([symbol]))[0]))
        expected.append(chain.log_probs[states, symbols].astype(np.float64).sum())
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


@pytest.mark.parametrize("split", ["train", "val", "test"])
async def test_the_loss_of_a_split_is_the_same_on_every_backend(load: Load, split: str) -> None:
    """The losses are equal to the last bit: the forms look up the same numbers."""
    losses = {await load(backend).split_loss(split) for backend in BACKENDS}
    assert len(losses) == 1
    assert all(np.isfinite(loss.whole.mean) for loss in losses)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_questions_are_answered_on_every_backend(load: Load, backend: str) -> None:
    """The most probable names come from the chain, whichever backend is chosen."""
    top = await load(backend).inference.top(10, Sampling(), Constraint(max_length=8))
    expected = await load("table").inference.top(10, Sampling(), Constraint(max_length=8))
    np.testing.assert_array_equal(top.names, expected.names)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize(
    ("name", "block_size"),
    [("definite", 4), pytest.param("wandering", MEMORY, marks=pytest.mark.slow)],
)
async def test_a_chain_searched_as_a_network_has_the_same_top_names(
    request: pytest.FixtureRequest, name: str, block_size: int, sampling: Sampling
) -> None:
    """Best-first search over the ONNX form finds the chain's names in the chain's order."""
    load: Load = request.getfixturevalue(name)
    network = NextSymbols(load("onnx").backend.log_probs, block_size, sampling)
    lengths = BoundedDfa(anything(len(SYMBOLS)), (), 0, 12)
    found = most_probable(network, lengths, 200)
    expected = await load("table").inference.top(200, sampling, Constraint((), 0, 12))
    assert packed_rows(found.names).tolist() == expected.names.tolist()
    np.testing.assert_allclose(found.log_probs, expected.log_probs, rtol=1e-12)
