"""Figures of networks and chains on a GPU, beside the same models on the CPU of the same machine.

    python bench/cuda.py [--device cuda] [--backend auto] [--seconds 2] [--out FOLDER]

Serves the embedded models from this checkout, us-names also as the network alone, by three servers:
networks on the device, chains on the device, and all on the CPU (ONNX Runtime, chains in compiled
code). Callers are processes with the project's client. Prints a line a figure as soon as it is
measured, then tables for the documents; a figure that fails prints its error, and the others go on.
With ``--device cpu --backend torchscript`` it runs without a GPU.
"""

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cuda_callers import at_once, one_after_another, stream
from cuda_servers import NETWORKS, Server, repository, serving
from namesmith_client import Client, NamesmithError

CHAINS = ("us-names", "us-names-distilled")
"""Embedded models with a chain."""

READERS = 4
"""Number of processes that read a stream at once."""

CALLERS = 16 if (os.cpu_count() or 1) > 8 else 4
"""Number of processes that make small calls at once: fewer would be slower than the server."""

TOGETHER = 0.5
"""Seconds until processes that have been asked begin together."""

QUESTIONS = 40
"""Number of random requests whose names are compared."""

SEED = 16
"""Seed of the random requests."""

Figures = dict[str, dict[str, str]]
"""Figures by measure, then by server."""


class Measuring:
    """Measures one model on one server after the other, and keeps the figures of each."""

    def __init__(self, callers: ProcessPoolExecutor, seconds: float) -> None:
        self._callers = callers
        self._seconds = seconds
        self.figures: dict[str, Figures] = {}

    def model(self, server: Server, model: str, *, is_network: bool) -> None:
        """Measure everything about a model on a server."""
        measures: dict[str, Callable[[str, str], str]] = {
            "stream, one reader, names/s": partial(self._streams, 1),
            f"streams, {READERS} readers, names/s": partial(self._streams, READERS),
            "calls of 10,000, names/s": self._bulk,
            "one name, p50 / p99 ms": self._one_name,
            "32 callers of 20, names/s (p50 / p99 ms)": self._small,
            "20 names beside a bulk, p50 / p99 ms (alone)": self._beside,
            "EvaluateSplit(train), ms": _evaluation,
        }
        before = server.draws()
        for measure, take in measures.items():
            self.take(server.name, model, measure, partial(take, server.address, model))
        if is_network:
            share = partial(_share, before, server)
            self.take(server.name, model, "decided by the canonical form", share)

    def take(self, server: str, model: str, measure: str, take: Callable[[], str]) -> None:
        """Take a figure, print it and keep it; print the error of one that fails."""
        try:
            figure = take()
        except Exception as error:  # noqa: BLE001 - the other figures are still wanted
            figure = f"FAILED {type(error).__name__}: {str(error).splitlines()[:1]}"
        print(f"{model} on {server}: {measure}: {figure}", flush=True)
        self.figures.setdefault(model, {}).setdefault(measure, {})[server] = figure

    def _streams(self, readers: int, address: str, model: str) -> str:
        rates = [
            self._callers.submit(stream, address, model, self._seconds) for _ in range(readers)
        ]
        return f"{sum(rate.result() for rate in rates):,.0f}"

    def _bulk(self, address: str, model: str) -> str:
        took = self._callers.submit(one_after_another, address, model, 10_000, self._seconds)
        times = took.result()
        return f"{10_000 / (sum(times) / len(times)):,.0f}"

    def _one_name(self, address: str, model: str) -> str:
        took = self._callers.submit(one_after_another, address, model, 1, self._seconds)
        return _milliseconds(took.result())

    def _small(self, address: str, model: str) -> str:
        begin = time.monotonic() + TOGETHER
        took = [
            self._callers.submit(at_once, address, model, 32 // CALLERS, begin, self._seconds)
            for _ in range(CALLERS)
        ]
        times = [time for one in took for time in one.result()]
        return f"{20 * len(times) / self._seconds:,.0f} ({_milliseconds(times)})"

    def _beside(self, address: str, model: str) -> str:
        call = partial(self._callers.submit, one_after_another, address, model)
        alone = call(20, self._seconds / 2).result()
        bulk = call(10_000, 1.5 * self._seconds)
        beside = call(20, self._seconds).result()
        bulk.result()
        return f"{_milliseconds(beside)} ({_milliseconds(alone)})"


def _milliseconds(times: list[float]) -> str:
    """Return median and 99th percentile of seconds, in milliseconds."""
    ordered = sorted(times)
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    return f"{ordered[len(ordered) // 2] * 1e3:.2f} / {p99 * 1e3:.2f}"


def _evaluation(address: str, model: str) -> str:
    """Return the time of EvaluateSplit(train), the least of five behind a first one."""
    with Client(address) as client:
        loss = client.evaluate("train", model=model).loss
        times = one_after_another(address, model, 0, 5, calls=5)
    return f"{min(times) * 1e3:.1f} (loss {loss:.9f})"


def _share(before: tuple[float, float], server: Server) -> str:
    """Return the share of draws that the canonical form decided since a moment."""
    exact, all_draws = (now - then for now, then in zip(server.draws(), before, strict=True))
    return f"{exact:.0f} of {all_draws:.0f}, {exact / max(all_draws, 1):.2g}"


def equal_answers(one: Server, other: Server, model: str, *, is_network: bool) -> str:
    """Return how many random requests two servers answer with the same names."""
    draws = random.Random(SEED)  # noqa: S311 - test data
    unequal = []
    with Client(one.address) as first, Client(other.address) as second:
        for _ in range(QUESTIONS):
            asked = _question(draws, is_network=is_network)
            answers = [_answer(client, model, asked) for client in (first, second)]
            if answers[0] != answers[1]:
                unequal.append(asked)
    shown = f"; first unequal {unequal[0]}" if unequal else ""
    return f"{QUESTIONS - len(unequal)} of {QUESTIONS} requests equal{shown}"


def _question(draws: random.Random, *, is_network: bool) -> dict[str, Any]:
    """Return the arguments of a random request: every sampling, lengths, prefixes, content."""
    asked: dict[str, Any] = {
        "count": draws.choice((1, 20, 300, 1_000)),
        "seed": draws.getrandbits(64),
        "temperature": draws.choice((0.0, 0.3, 0.7, 1.0, 1.0, 1.5, 3.0)),
        "top_k": draws.choice((0, 0, 1, 3, 9)),
        "top_p": draws.choice((1.0, 1.0, 0.5, 0.9)),
        "min_p": draws.choice((0.0, 0.0, 0.02, 0.3)),
        "prefix": draws.choice(("", "", "ka", "m", "el")),
        "min_length": draws.choice((0, 1, 4)),
        "max_length": draws.choice((8, 12, 32)),
        "contains": draws.choice(("", "", "a")),
    }
    if not is_network:
        asked["pattern"] = draws.choice(("", ".*a", "[a-m]*n?[a-m]*"))
    return asked


def _answer(client: Client, model: str, asked: dict[str, Any]) -> list[str] | str:
    """Return the names of a request, or the error in their place."""
    try:
        return list(client.generate(**asked, model=model, timeout=20).names)
    except NamesmithError as error:
        return f"{error.code}"


def _started(server: "Future[Server]") -> Server | None:
    """Return a server that serves; None for one that does not, whose last line is printed."""
    try:
        return server.result()
    except RuntimeError as error:
        print(f"a server does not start: {error}", flush=True)
        return None


def tables(figures: dict[str, Figures]) -> Iterator[str]:
    """Yield the lines of a table for each model."""
    for model, measures in figures.items():
        servers = list(dict.fromkeys(server for row in measures.values() for server in row))
        yield f"\n| {model} | {' | '.join(servers)} |"
        yield "| --- |" + " --- |" * len(servers)
        for measure, row in measures.items():
            yield f"| {measure} | {' | '.join(row.get(server, '') for server in servers)} |"


def main() -> None:
    """Serve, measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--skip-cpu", action="store_true", help="compare names alone with the CPU")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", ".")))
    chosen = parser.parse_args()
    of_device = ("--device", chosen.device, "--backend", chosen.backend)
    networks, chains = ",".join(NETWORKS), ",".join(CHAINS)
    with ExitStack() as stack:
        models = repository(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        start = partial(serving, models, chosen.out)
        with ThreadPoolExecutor() as waiting:
            of_networks, of_chains, on_cpu = (
                waiting.submit(stack.enter_context, start(name, "--only", only, *options))
                for name, only, options in (
                    (chosen.device, networks, of_device),
                    (f"{chosen.device} chains", chains, of_device),
                    ("CPU", f"{networks},{chains}", ()),
                )
            )
        callers = ProcessPoolExecutor(CALLERS, mp_context=get_context("spawn"))
        list(callers.map(time.sleep, [TOGETHER] * CALLERS))  # all of them start
        stack.callback(callers.shutdown, cancel_futures=True)
        measuring = Measuring(callers, chosen.seconds)
        cpu = _started(on_cpu)
        for server in filter(None, map(_started, (of_networks, of_chains))):
            is_network = server.name == chosen.device
            for model in NETWORKS if is_network else CHAINS:
                if cpu is not None:
                    compared = partial(equal_answers, server, cpu, model, is_network=is_network)
                    measuring.take(server.name, model, "random requests", compared)
                measuring.model(server, model, is_network=is_network)
        for model in () if cpu is None or chosen.skip_cpu else NETWORKS:
            measuring.model(cpu, model, is_network=True)
    print(*tables(measuring.figures), sep="\n", flush=True)
    (chosen.out / "cuda.json").write_text(json.dumps(measuring.figures, indent=1))


if __name__ == "__main__":
    main()
