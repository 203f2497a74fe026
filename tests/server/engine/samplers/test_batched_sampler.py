"""A network is drawn from to the same names on every backend, with a chain or without one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from drawing import SAMPLINGS, Load, drawn
from loaded import load_repository
from namesmith_server.app.settings import BackendName, Settings
from namesmith_server.engine import Constraint, GenerateRequest, Sampling


@pytest.mark.parametrize("sampling", SAMPLINGS)
async def test_backends_draw_the_same_names(small: Load, sampling: Sampling) -> None:
    """The same request gives the same 10,000 names on table, onnx and torchscript."""
    request = GenerateRequest(10_000, 2**64 - 1, sampling, Constraint(max_length=12))
    expected = await drawn(small("table"), request)
    assert await drawn(small("onnx"), request) == expected
    assert await drawn(small("torchscript"), request) == expected


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("sampling", SAMPLINGS)
async def test_cuda_draws_the_same_names(
    repository: Path, small: Load, executor: ThreadPoolExecutor, sampling: Sampling
) -> None:
    """TorchScript on a GPU gives the 10,000 names of the table."""
    settings = Settings(models=repository, backend="torchscript", device="cuda")
    (served,) = load_repository(settings, executor)
    request = GenerateRequest(10_000, 5, sampling, Constraint(max_length=12))
    assert await drawn(served.model, request) == await drawn(small("table"), request)
    served.model.close()


async def test_a_chain_on_another_backend_rejects_nothing(small: Load) -> None:
    """Completions weigh the next symbols: names of two characters come without a rate."""
    chunk = await small("onnx").generate(GenerateRequest(50, 1, constraint=Constraint((), 2, 2)))
    assert {len(name) for name in small("onnx").codec.decode(chunk.names)} == {2}
    assert chunk.acceptance is None


@pytest.mark.parametrize("backend", ["table", "onnx"])
@pytest.mark.parametrize("sampling", SAMPLINGS[:3])
async def test_prefix_and_lengths_hold(
    small: Load, backend: BackendName, sampling: Sampling
) -> None:
    """Every name begins with the prefix and has an allowed length; both bounds are reached."""
    model = small(backend)
    prefix = tuple(model.vocabulary.encode("ka"))
    constraint = Constraint(prefix, min_length=4, max_length=7)
    names = await drawn(model, GenerateRequest(2_000, 5, sampling, constraint))
    assert all(name.startswith("ka") for name in names)
    assert {len(name) for name in names} == {4, 5, 6, 7}


async def test_backends_agree_without_a_chain(deep: Load) -> None:
    """2,000 names of a model that has no chain are the same on onnx and torchscript."""
    for sampling in (Sampling(), Sampling(temperature=1.3, top_p=0.9), Sampling(top_k=4)):
        request = GenerateRequest(2_000, 7, sampling, Constraint(max_length=12))
        assert await drawn(deep("onnx"), request) == await drawn(deep("torchscript"), request)


async def test_rows_continue_the_sequence_without_a_chain(deep: Load) -> None:
    """Rows drawn from the middle on are the rows of the whole request."""
    model = deep("onnx")
    whole = await drawn(model, GenerateRequest(900, 3))
    assert await drawn(model, GenerateRequest(500, 3, first_row=400)) == whole[400:]


async def test_a_stream_is_the_whole_request_in_chunks(deep: Load) -> None:
    """The names of all chunks together are the names of ``generate``."""
    model, request = deep("onnx"), GenerateRequest(1_100, 3)
    chunks = [model.codec.decode(chunk.names) async for chunk in model.stream(request)]
    assert len(chunks) > 1
    assert [name for chunk in chunks for name in chunk] == await drawn(model, request)


async def test_lengths_and_prefix_hold_without_a_chain(deep: Load) -> None:
    """No name is cut: each has the prefix and an allowed length."""
    model = deep("onnx")
    constraint = Constraint(tuple(model.vocabulary.encode("ma")), min_length=4, max_length=6)
    names = await drawn(model, GenerateRequest(500, 1, constraint=constraint))
    assert all(name.startswith("ma") for name in names)
    assert {len(name) for name in names} == {4, 5, 6}
