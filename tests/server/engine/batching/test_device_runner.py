"""A device draws the names of the canonical form, whatever flies beside them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from drawing import SAMPLINGS, Load, drawn
from loaded import load_repository
from namesmith.bundle import Bundle
from namesmith_server.app.settings import Settings
from namesmith_server.backends import (
    Backend,
    BackendError,
    Contexts,
    LogProbs,
    get,
    open_backend,
    open_canonical,
)
from namesmith_server.backends.base import DeviceLostError, Rows
from namesmith_server.backends.device_guard import DeviceGuard
from namesmith_server.backends.lockstep import LockstepRows
from namesmith_server.engine import Constraint, GaveUpError, GenerateRequest, Model, Sampling
from namesmith_server.engine.batching import ScheduledRequest
from namesmith_server.engine.batching.device_runner import DeviceRunner

DEVICES = (
    "cpu",
    pytest.param(
        "cuda",
        marks=[
            pytest.mark.cuda,
            pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
        ],
    ),
)

REQUESTS = [
    GenerateRequest(
        1 + 13 * i % 40,
        seed=i,
        sampling=Sampling(
            temperature=(1.0, 0.6, 0.0, 1.7)[i % 4],
            top_k=(0, 5)[i % 2],
            top_p=(1.0, 0.9, 0.7)[i % 3],
            min_p=(0.0, 0.0, 0.02)[i % 3],
        ),
        constraint=Constraint(((), (1,), (11, 1))[i % 3], i % 5, max_length=8 + i % 20),
    )
    for i in range(32)
]
"""Thirty-two requests that differ in all that a request can differ in."""

DIFFERENCE = 1e-9
"""Difference of float64 forms that the runners under test allow for, in nats."""


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """Provide the CPU, and a GPU where there is one, as devices that draw rows."""
    backend = get("torchscript")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "drawing_devices", ("cpu", "cuda"))
        yield request.param


@pytest.fixture(scope="module")
def bundle(deep_repository: Path) -> Bundle:
    """Provide the bundle of the model without a chain."""
    return Bundle.open(deep_repository / "deep" / "1")


@pytest.fixture(scope="module")
def rows(bundle: Bundle, device: str) -> Rows:
    """Provide rows on the device."""
    rows = open_backend(get("torchscript"), bundle, device).rows()
    assert rows is not None
    return rows


@pytest.fixture(scope="module")
def canonical(bundle: Bundle) -> Backend:
    """Provide the canonical form."""
    return open_canonical(bundle)


@pytest.fixture
def runner(rows: Rows, canonical: Backend) -> DeviceRunner:
    """Provide a runner that trusts float64."""
    return DeviceRunner(rows, canonical.log_probs, DIFFERENCE, 6)


@pytest.fixture(scope="module")
def model(deep_repository: Path, device: str, executor: ThreadPoolExecutor) -> Iterator[Model]:
    """Provide the model as a server loads it, drawn on the device."""
    settings = Settings(models=deep_repository, backend="torchscript", device=device)
    (served,) = load_repository(settings, executor)
    yield served.model
    served.model.close()


def scheduled(request: GenerateRequest) -> ScheduledRequest:
    """Return a request that nobody waits for."""
    return ScheduledRequest(request, None, None, asyncio.Future(), None)


def candidates(
    runner: DeviceRunner, requests: list[GenerateRequest], most: int | None = None
) -> list[list[list[int]]]:
    """Return the symbols and the fits of each request's candidates, all in flight together."""
    joined = [scheduled(request) for request in requests]
    for request in joined:
        runner.add(request, request.request.count)
    finished: list[ScheduledRequest] = []
    while len(runner):
        finished += runner.step(most)
    assert set(finished) == set(joined)
    return [[part.tolist() for part in request.candidates()] for request in joined]


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("sampling", SAMPLINGS)
async def test_a_device_draws_the_names_of_another_backend(
    model: Model, deep: Load, sampling: Sampling
) -> None:
    """The names of each sampling are those that ONNX Runtime gives on the CPU."""
    request = GenerateRequest(2_500, 2**64 - 1, sampling, Constraint((1,), max_length=12))
    assert await drawn(model, request) == await drawn(deep("onnx"), request)


async def test_32_different_requests_at_once_give_the_names_of_another_backend(
    model: Model, deep: Load
) -> None:
    """Samplings, prefixes and lengths of all sorts fly together, and change no name."""

    async def names(of: Model, request: GenerateRequest) -> list[str]:
        try:
            return await drawn(of, request)
        except GaveUpError:
            return []

    together = await asyncio.gather(*(names(model, request) for request in REQUESTS))
    expected = await asyncio.gather(*(names(deep("onnx"), request) for request in REQUESTS))
    assert together == expected
    assert sum(map(bool, expected)) > len(REQUESTS) / 2


async def test_uncertain_candidates_are_drawn_anew(
    runner: DeviceRunner, rows: Rows, canonical: Backend
) -> None:
    """Under any margin the candidates are the same: the canonical form decides the others."""
    wary = DeviceRunner(rows, canonical.log_probs, 1e-2, 6)
    assert candidates(wary, REQUESTS) == candidates(runner, REQUESTS)


async def test_sequences_that_pause_go_on_as_if_they_had_not(runner: DeviceRunner) -> None:
    """With seven sequences of a request a flight, the candidates are the same."""
    assert candidates(runner, REQUESTS, 7) == candidates(runner, REQUESTS)


async def test_a_removed_request_leaves_its_slots(runner: DeviceRunner) -> None:
    """Requests that are removed, in the air or not, free their slots, and change no neighbour."""
    expected = candidates(runner, REQUESTS[:1])
    beside = scheduled(REQUESTS[0])
    runner.add(beside, beside.request.count)
    for seed in range(20):
        removed = scheduled(GenerateRequest(runner.alone // 2, seed))
        runner.add(removed, removed.request.count)
        runner.step(3)
        runner.remove(removed)
    while len(runner):
        runner.step(None)
    assert [[part.tolist() for part in beside.candidates()]] == expected
    assert candidates(runner, [GenerateRequest(runner.capacity, 1)])


async def test_a_request_whose_canonical_form_fails_fails_alone(
    rows: Rows, canonical: Backend
) -> None:
    """A context that the canonical form cannot answer ends its request, and no other."""

    def failing(contexts: Contexts) -> LogProbs:
        if (contexts == 5).any():
            raise BackendError("fails on this context")
        return canonical.log_probs(contexts)

    runner = DeviceRunner(rows, failing, 0.5, 6)
    faulty = scheduled(GenerateRequest(50, 1, constraint=Constraint((5, 5))))
    sound = scheduled(GenerateRequest(1, 2, Sampling(temperature=0)))
    for request in (faulty, sound):
        runner.add(request, request.request.count)
    with pytest.raises(BackendError, match="fails on this context"):
        _finish(runner)
    assert str(runner.failure(faulty)) == "fails on this context"
    assert runner.failure(sound) is None
    runner.remove(faulty)
    _finish(runner)
    assert not len(runner)


def _finish(runner: DeviceRunner) -> None:
    while len(runner):
        runner.step(None)


async def test_a_device_that_fails_ends_the_calls_in_flight_and_every_later_one(
    deep_repository: Path,
    device: str,
    executor: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each call meets the device's error, whoever watches is told once, and the model closes."""
    settings = Settings(models=deep_repository, backend="torchscript", device=device)
    (served,) = load_repository(settings, executor)
    told: list[Exception] = []
    served.model.backend.on_lost = told.append

    def fail(*_: object) -> NoReturn:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(DeviceGuard, "devices", (device,))
    monkeypatch.setattr(LockstepRows, "launch", fail)
    calls = [drawn(served.model, GenerateRequest(50, i)) for i in range(8)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    monkeypatch.undo()
    assert {type(error) for error in ended} == {DeviceLostError}
    with pytest.raises(DeviceLostError):
        await drawn(served.model, GenerateRequest(1, 1))
    assert len(told) == 1
    served.model.close()


async def test_cancelled_requests_leave_the_device(model: Model) -> None:
    """After a hundred cancelled calls, a call gives the names that it gives alone."""
    request = GenerateRequest(200, 9)
    expected = await drawn(model, request)
    storm = [asyncio.create_task(drawn(model, GenerateRequest(1_000, i))) for i in range(100)]
    await asyncio.sleep(0)
    for task in storm:
        task.cancel()
    await asyncio.gather(*storm, return_exceptions=True)
    assert await drawn(model, request) == expected
