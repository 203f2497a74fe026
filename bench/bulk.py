"""Rates of many names, from the server into Python strings in the project's client."""

import io
import time
from collections.abc import Callable, Iterator

import torch

from namesmith.bundle import TORCHSCRIPT, Bundle
from namesmith_client import Client
from namesmith_server.app.settings import EMBEDDED
from rows import Row, compared
from servers import floor, namesmith

ROUNDS = 15
COUNT = 10_000
SCORED = 20_000
STREAM = 1_000_000


def measure() -> Iterator[Row]:
    """Yield the rates of calls, of a long stream, of scored names, and of the model in torch."""
    with (
        floor(COUNT) as echo,
        namesmith() as server,
        Client(f"127.0.0.1:{echo.port}") as beside,
        Client(f"127.0.0.1:{server.port}") as client,
    ):
        calls = _rounds(
            lambda: client.generate(COUNT).names, lambda: beside.generate(COUNT).names, ROUNDS
        )
        yield compared("10,000 names a call", "names/s", *_both(calls, "echo"), ">= 0.4")
        stream, call = _stream(client), [rate for rate, _ in calls]
        yield compared("a stream of 1,000,000", "names/s", stream, "a call of 10,000", call[:3])
        yield Row("a stream of 1,000,000", sorted(stream)[1], "names/s", target=">= 1000000")
        yield _scored(client)
        for count in (100, 1_000, 60_000):
            rates = _rounds(
                lambda count=count: client.generate(count).names,  # type: ignore[misc]
                lambda: client.generate(COUNT).names,
                ROUNDS,
            )
            yield compared(f"{count:,} names a call", "names/s", *_both(rates, "10,000 a call"))
        model = _torch()
        rates = _rounds(lambda: client.generate(COUNT).names, lambda: _loop(model, 200), 3)
        yield compared("10,000 names a call", "names/s", *_both(rates, "the notebook's loop"))
        rates = _rounds(lambda: client.generate(COUNT).names, lambda: _batched(model, COUNT), 3)
        yield compared("10,000 names a call", "names/s", *_both(rates, "batched torch"))


def _scored(client: Client) -> Row:
    """Compare names sampled with log-probabilities to the same names sampled and then scored."""

    def together() -> tuple[float, ...]:
        log_probs = client.generate(SCORED, seed=1, log_probs=True).log_probs
        assert log_probs is not None
        return log_probs

    def apart() -> tuple[float, ...]:
        return client.score(client.generate(SCORED, seed=1).names).log_probs

    assert together() == apart()
    rates = _rounds(together, apart, ROUNDS)
    what = f"{SCORED:,} names with log-probabilities a call"
    return compared(what, "names/s", *_both(rates, "drawn, then scored"))


def _rounds(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> list[tuple[float, float]]:
    """Return the names per second of both functions in each round, in which they take turns."""
    ours(), theirs()
    return [(_rate(ours), _rate(theirs)) for _ in range(rounds)]


def _rate(names: Callable[[], object]) -> float:
    start = time.perf_counter()
    made = names()
    return len(made) / (time.perf_counter() - start)  # type: ignore[arg-type]


def _both(rates: list[tuple[float, float]], beside: str) -> tuple[list[float], str, list[float]]:
    return [ours for ours, _ in rates], beside, [theirs for _, theirs in rates]


def _stream(client: Client) -> list[float]:
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        with client.stream(STREAM) as names:
            count = sum(len(chunk.names) for chunk in names.chunks())
        rates.append(count / (time.perf_counter() - start))
        assert count == STREAM
    return rates


def _torch() -> torch.jit.ScriptModule:
    torch.set_num_threads(1)
    raw = Bundle.open(EMBEDDED / "us-names" / "1").read(TORCHSCRIPT)
    return torch.jit.load(io.BytesIO(raw))  # type: ignore[no-any-return, no-untyped-call]


@torch.inference_mode()
def _loop(model: torch.jit.ScriptModule, count: int) -> list[list[int]]:
    """Sample name by name, symbol by symbol, as the notebook of the lecture samples names."""
    names = []
    for _ in range(count):
        context, name = [0, 0, 0], []
        while True:
            probabilities = model(torch.tensor([context])).exp()
            symbol = int(torch.multinomial(probabilities, num_samples=1).item())
            if symbol == 0:
                break
            name.append(symbol)
            context = [*context[1:], symbol]
        names.append(name)
    return names


@torch.inference_mode()
def _batched(model: torch.jit.ScriptModule, count: int) -> torch.Tensor:
    """Sample all names in lockstep; return symbols, int64 [count, 64], and no strings."""
    contexts = torch.zeros((count, 3), dtype=torch.int64)
    names = torch.zeros((count, 64), dtype=torch.int64)
    alive = torch.arange(count)
    for position in range(64):
        symbols = torch.multinomial(model(contexts).exp(), num_samples=1)[:, 0]
        names[alive, position] = symbols
        going = symbols != 0
        alive, contexts, symbols = alive[going], contexts[going], symbols[going]
        contexts = torch.cat([contexts[:, 1:], symbols[:, None]], 1)
        if not len(alive):
            break
    return names
