"""Exported forms that differ as much as the contract allows draw the same names.

Two forms lie on both sides of a network, each as far from it as the trainer publishes, in the
direction that moves cumulative probabilities most. The server's margin, which it derives from the
manifest, must send every draw that the two would decide differently to the canonical form.

How sharp the tests are: 0.44 of each distribution lies in each of two neighbouring symbols; one
form raises the first and lowers the second, the other form does the opposite. With forms d apart at
temperature T, the boundary between the two symbols moves by some 0.44 d / T, where the margin is
0.5 d / T. With half of that margin 0.16 d / T of all draws and more are decided wrongly: 250 of
200,000 at d / T = 0.008. The probability that a test misses all of them is below e^-200, and below
e^-10 where the numbers of draws and the temperature are others.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE
from namesmith.manifest import log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.vocabulary import Vocabulary
from namesmith_server.backends import Backend, BackendConfig, Contexts, LogProbs
from namesmith_server.engine import (
    Constraint,
    GenerateRequest,
    Model,
    Sampling,
    assemble_model,
    native,
)

VOCABULARY = Vocabulary.of(["abcd"])
SIZE = len(VOCABULARY)
CONTEXTS = SIZE**2

LIKELY, OTHERS = 0.44, (0.06, 0.04, 0.02)
"""Probabilities of each of the two likely symbols of a context, and of its other symbols."""

APART = 0.008
"""Ratio of the difference of two forms to the temperature of most tests."""

DRAWS_A_NAME = 7
"""Symbols that a name of the tests has at least, on average."""

UNIT = 2.0**-22
"""Unit of all log-probabilities, in nats: float32 holds its multiples exactly, down to -4."""


class FormBackend(Backend):
    """One exported form: a table of log-probabilities by context."""

    name = "form"
    file = "none"

    def __init__(self, table: LogProbs) -> None:
        super().__init__(b"", BackendConfig(vocab_size=SIZE, block_size=2))
        self.table = table

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the rows of the contexts, float32 [B, V]."""
        rows: LogProbs = self.table[contexts[:, 0] * SIZE + contexts[:, 1]]
        return rows


def distributions() -> Iterator[list[float]]:
    """Yield the distribution of each context."""
    rng = np.random.default_rng(1)
    for _ in range(CONTEXTS):
        others = rng.permutation(OTHERS).tolist()
        first = rng.integers(SIZE - 1)
        yield [*others[:first], LIKELY, LIKELY, *others[first:]]


def forms(of_one: float, temperature: float, sign: int) -> tuple[FormBackend, FormBackend]:
    """Two forms of one network, each ``of_one`` nats from it, on opposite sides of it.

    Symbols of even and odd ids move in opposite directions; ``sign`` 1 or -1 says which.
    """
    logits = temperature * np.log(np.array(list(distributions())))
    network = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    centre = np.round(network / UNIT)
    offset = sign * np.floor(of_one / UNIT) * (-1) ** np.arange(SIZE)
    canonical, other = (
        FormBackend((UNIT * (centre + moved)).astype(np.float32)) for moved in (offset, -offset)
    )
    apart = np.abs(canonical.table.astype(np.float64) - other.table)
    assert 1.9 * of_one < apart.min() <= apart.max() <= 2 * of_one
    return canonical, other


@contextmanager
def model_on(backend: FormBackend, canonical: FormBackend, difference: float) -> Iterator[Model]:
    """Provide a model without a chain that runs one form and decides uncertain draws by another."""
    with ThreadPoolExecutor(1) as executor:
        model = assemble_model(
            vocabulary=VOCABULARY,
            block_size=2,
            backend=backend,
            chain=None,
            canonical=canonical,
            form_difference=difference,
            splits={},
            executor=executor,
        )
        yield model
        model.close()


async def names_of(
    backend: FormBackend, canonical: FormBackend, difference: float, requests: list[GenerateRequest]
) -> list[list[int]]:
    """Return the symbols of the names of each request."""
    with model_on(backend, canonical, difference) as model:
        chunks = await asyncio.gather(*map(model.generate, requests))
    return [chunk.names.tolist() for chunk in chunks]


def requests_of(names: int, sampling: Sampling) -> list[GenerateRequest]:
    """Return requests that together fill a batch, each for ``names`` names."""
    constraint = Constraint(max_length=64)
    return [GenerateRequest(names, seed, sampling, constraint) for seed in range(12)]


async def assert_margin_is_needed(
    requests: list[GenerateRequest], of_one: float, bound: float, sign: int = 1
) -> None:
    """Assert that two forms give the same names with the margin of the bound, not with half of it.

    Args:
        requests: all under one temperature.
        of_one: difference of each form from the network, nats.
        bound: difference of two forms that the server allows for, nats.
        sign: direction in which the canonical form differs from the network.
    """
    canonical, other = forms(of_one, requests[0].sampling.temperature, sign)
    expected = await names_of(canonical, canonical, bound, requests)
    assert sum(map(len, expected)) >= DRAWS_A_NAME * len(requests) * requests[0].count
    same = await names_of(other, canonical, bound, requests) == expected
    same_with_half = await names_of(other, canonical, bound / 2, requests) == expected
    assert (same, same_with_half) == (True, False)


@pytest.mark.parametrize(
    ("recorded", "of_one"),
    [
        pytest.param(0, ASSUMED_LOG_PROB_DIFFERENCE, id="none recorded"),
        pytest.param(5e-6, 8 * 5e-6, id="5e-6 recorded"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
async def test_forms_as_far_apart_as_the_manifest_allows_draw_the_same_names(
    recorded: float, of_one: float, sign: int
) -> None:
    """200,000 draws: the margin of a manifest suffices for the forms that the manifest admits."""
    bound = log_prob_difference_bound(Manifest(max_log_prob_difference=recorded))
    requests = requests_of(2_400, Sampling(temperature=2 * of_one / APART))
    await assert_margin_is_needed(requests, of_one, bound, sign)


async def test_forms_draw_the_same_names_at_temperature_1() -> None:
    """400,000 draws, for at temperature 1 few lie near a boundary."""
    bound = log_prob_difference_bound(Manifest())
    await assert_margin_is_needed(
        requests_of(4_800, Sampling()), ASSUMED_LOG_PROB_DIFFERENCE, bound
    )


@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(top_k=4), Sampling(top_p=0.96), Sampling(min_p=0.07)]
)
async def test_forms_draw_the_same_names_in_numpy(
    monkeypatch: pytest.MonkeyPatch, sampling: Sampling
) -> None:
    """40,000 draws: the margin holds without compiled code, and for truncated distributions."""
    monkeypatch.setattr(native, "available", False)
    bound = log_prob_difference_bound(Manifest())
    temperature = 2 * ASSUMED_LOG_PROB_DIFFERENCE / APART
    requests = requests_of(480, sampling._replace(temperature=temperature))
    await assert_margin_is_needed(requests, ASSUMED_LOG_PROB_DIFFERENCE, bound)
