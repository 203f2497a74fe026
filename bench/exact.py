"""Times of constrained calls and exact questions on the embedded model, and their growth."""

import random
import string
import time
from collections.abc import Callable, Iterator

from namesmith.limits import MAX_EXCLUDED_TEXTS
from namesmith_client import Client
from rows import Row, compared
from servers import namesmith

ROUNDS = 15
COUNT = 1_000

RARE = "(b|c)a..ll.n?(y|ie)"
"""A pattern that about 1 of 10^6 unconstrained names matches.

Rejection sampling would draw 10^9 candidates for 1,000 names.
"""

GROWING = (".*", ".*a.*", ".*a.*e.*", ".*a.*e.*i.*")
"""Patterns whose automata have 1, 2, 3 and 4 states."""


def measure() -> Iterator[Row]:
    """Yield the times of constrained calls, distinct names and questions, and their growth."""
    with namesmith() as server, Client(f"127.0.0.1:{server.port}", timeout=60) as client:
        client.generate(COUNT)
        yield from _calls(client)
        yield from _questions(client)
        yield from _growth(client)
    for model in ("us-names", "us-names-distilled", "us-names-wavenet"):
        with namesmith("--only", model) as server:
            yield from _excluded(f"127.0.0.1:{server.port}", model)


def _calls(client: Client) -> Iterator[Row]:
    rare = client.measure(pattern=RARE, max_length=31).probability
    yield Row(f"probability of {RARE!r}", rare, "")
    first = _seconds(client.generate, COUNT, pattern=RARE)
    yield Row(f"{COUNT:,} names of it, first call", first, "s", target="<= 1")
    for what, constraint in (
        ("of it", {"pattern": RARE}),
        ("'ka.*(a|o)'", {"pattern": "ka.*(a|o)"}),
        ("containing 'izz'", {"contains": "izz"}),
        ("novel", {"novel": True}),
    ):
        _seconds(client.generate, COUNT, **constraint)
        rounds = [
            (
                _seconds(client.generate, COUNT, **constraint),
                _seconds(client.generate, COUNT),
            )
            for _ in range(ROUNDS)
        ]
        yield compared(
            f"{COUNT:,} names {what}, repeated",
            "ms",
            [ours * 1e3 for ours, _ in rounds],
            "unconstrained",
            [theirs * 1e3 for _, theirs in rounds],
            "<= 3",
        )
    for count in (COUNT, 50 * COUNT):
        rate = count / _seconds(client.generate, count, distinct=True)
        yield Row(f"{count:,} distinct names", rate, "names/s")


def _questions(client: Client) -> Iterator[Row]:
    for count, longest in ((100, 31), (10_000, 29)):
        for when in ("first", "again"):
            taken = _seconds(client.top, count, max_length=longest)
            yield Row(f"top {count:,}, {when}", taken * 1e3, "ms")
    for when in ("first", "again"):
        taken = _seconds(client.measure, pattern="ka.*(a|o)", max_length=30)
        yield Row(f"measure, {when}", taken * 1e3, "ms")
    yield Row("describe, first", _seconds(client.describe) * 1e3, "ms")


def _growth(client: Client) -> Iterator[Row]:
    """Yield the times of first calls by number of states and length.

    Each state of the automata is combined with nearly every context.
    """
    for states, pattern in enumerate(GROWING, 1):
        for longest in (16, 32, 64):
            asked = {"pattern": pattern, "max_length": longest}
            for what, taken in (
                ("a name, first call", _seconds(client.generate, 1, **asked)),
                ("top 100", _seconds(client.top, 100, **asked)),
                ("measure", _seconds(client.measure, **asked)),
            ):
                yield Row(f"{what}, {states} states, max_length {longest}", taken * 1e3, "ms")


def _excluded(address: str, model: str) -> Iterator[Row]:
    """Yield the times of first calls under as many excluded texts as there may be."""
    rng = random.Random(1)  # noqa: S311 - no secret
    texts = [
        "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 10)))
        for _ in range(MAX_EXCLUDED_TEXTS + ROUNDS)
    ]
    with Client(address, timeout=60) as client:
        client.generate(COUNT)
        firsts = [
            _seconds(client.generate, COUNT, excludes=texts[i : i + MAX_EXCLUDED_TEXTS])
            for i in range(ROUNDS)
        ]
    what = f"{COUNT:,} names without 10,000 texts, {model}, first call, best of {ROUNDS}"
    yield Row(what, min(firsts) * 1e3, "ms", target="<= 250")


def _seconds(call: Callable[..., object], *args: object, **kwargs: object) -> float:
    start = time.perf_counter()
    call(*args, **kwargs)
    return time.perf_counter() - start
