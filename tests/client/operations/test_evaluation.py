"""The loss of splits and of the caller's own names, by both clients on the real server."""

import asyncio
import itertools
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

import pytest

from namesmith.bundle import Bundle, split_path
from namesmith_client import (
    AsyncClient,
    Client,
    Evaluation,
    InvalidArgumentError,
    NotFoundError,
    PartialLoss,
    ResourceExhaustedError,
)
from namesmith_client._name_batches import MAX_NAMES
from namesmith_server.app.settings import EMBEDDED
from processes import running

Caller = Callable[..., Any]


Connect = Callable[..., AbstractContextManager[Caller]]


@pytest.fixture(scope="module")
def train() -> list[str]:
    """Read the embedded model's split train: more names than one message holds."""
    bundle = Bundle.open(EMBEDDED / "us-names" / "1")
    names = bundle.read(split_path("train")).decode().splitlines()
    assert len(names) > 2 * MAX_NAMES
    return names


def test_the_names_of_a_split_have_the_loss_of_the_split(call: Caller, train: list[str]) -> None:
    """A list and an iterator of the names give the same loss."""
    split = asdict(call("evaluate", "train"))
    for figure in ("split", "data_sha256", "seen", "unseen", "novel_loss"):
        del split[figure]
    loss = split.pop("loss")
    for names in (train, iter(train)):
        evaluation = call("evaluate_names", names)
        assert type(evaluation) is Evaluation
        found = asdict(evaluation)
        # Sums of other parts, in float64; what follows from them likewise.
        assert found.pop("loss") == pytest.approx(loss, rel=1e-12)
        for figure in ("perplexity", "bits_per_character"):
            assert found.pop(figure) == pytest.approx(split[figure], rel=1e-12)
        assert found == {figure: split[figure] for figure in found}


async def test_an_async_client_takes_an_asynchronous_iterable(
    server: str, train: list[str]
) -> None:
    """Asynchronous names are read on the event loop, beside other calls."""

    async def one_by_one() -> AsyncIterator[str]:
        for i, name in enumerate(train):
            if i == MAX_NAMES + 1:
                await client.health()
            yield name

    async with AsyncClient(server) as client:
        assert await client.evaluate_names(one_by_one()) == await client.evaluate_names(train)
        stream = client.stream(3, seed=1)
        assert (await client.evaluate_names(stream)).names == 3
    with (
        Client(server) as other,
        pytest.raises(TypeError, match="'async_generator' object is not iterable"),
    ):
        other.evaluate_names(one_by_one())


class OwnError(Exception):
    """An error that only the caller's own code raises."""


def failing() -> Iterator[str]:
    """Yield more names than one message holds, and then raise an error."""
    yield from itertools.repeat("anna", MAX_NAMES + 1)
    raise OwnError


def test_an_error_of_the_names_reaches_the_caller(call: Caller) -> None:
    """The caller gets the names' own error unchanged, and the next call works."""
    with pytest.raises(OwnError):
        call("evaluate_names", failing())
    assert call("evaluate_names", ["anna"]).symbols == 5


async def test_an_error_of_asynchronous_names_reaches_the_caller(server: str) -> None:
    """The caller gets the names' own error unchanged, and the next call works."""

    async def names() -> AsyncIterator[str]:
        for name in failing():
            yield name

    async with AsyncClient(server) as client:
        with pytest.raises(OwnError):
            await client.evaluate_names(names())
        assert (await client.evaluate_names(["anna"])).names == 1


def test_names_are_taken_in_the_callers_thread(server: str) -> None:
    """A source of names that is bound to a thread, such as a database cursor, can be read."""
    threads = set()

    def names() -> Iterator[str]:
        for _ in range(3 * MAX_NAMES):
            threads.add(threading.get_ident())
            yield "anna"

    with Client(server) as client:
        client.evaluate_names(names())
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize(
    ("names", "model", "kind"),
    [
        ((), "", InvalidArgumentError),
        (itertools.chain(["anna"] * MAX_NAMES, itertools.repeat("a3")), "", InvalidArgumentError),
        (itertools.repeat("a" * 1_025), "", InvalidArgumentError),
        (itertools.repeat("anna"), "absent", NotFoundError),
    ],
    ids=["none", "unknown character", "too long", "unknown model"],
)
def test_a_refusal_ends_the_upload(
    server: str, names: Any, model: str, kind: type[Exception]
) -> None:
    """The typed error comes in the middle of names without an end, every time."""
    with Client(server) as client:
        for _ in range(20):
            with pytest.raises(kind):
                client.evaluate_names(names, model=model)

    async def evaluate() -> None:
        async with AsyncClient(server) as client:
            for _ in range(20):
                with pytest.raises(kind):
                    await client.evaluate_names(names, model=model)

    asyncio.run(evaluate())


def test_a_name_that_is_not_unicode_is_numbered_from_the_first(call: Caller) -> None:
    """The error gives the number of the name among all names, whichever message it is in."""
    with pytest.raises(InvalidArgumentError, match=r"^names\[9000\]: 'b.udcff' is not Unicode"):
        call("evaluate_names", [*["anna"] * 9_000, "b\udcff"])


def test_overload_ends_an_upload_with_a_retry_delay(connect: Connect) -> None:
    """A server that becomes overloaded in the middle of a call has an error of its own."""
    with (
        running("--max-names", "600") as process,
        connect(process.address) as call,
        Client(process.address) as other,
        other.stream(10**9) as names,
    ):
        next(iter(names))  # the stream has its place, and leaves 88
        with pytest.raises(ResourceExhaustedError) as caught:
            call("evaluate_names", itertools.repeat("anna"))
        assert caught.value.retry_delay is not None
        assert call("evaluate_names", ["anna"] * 80).names == 80


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_evaluate_answers_the_trainers_loss(call: Caller, split: str) -> None:
    """The loss is the manifest's within 1e-5, and the derived figures follow from it."""
    manifest = Bundle.open(EMBEDDED / "us-names" / "1").manifest
    (expected,) = (one for one in manifest.splits if one.name == split)
    answer = call("evaluate", split)
    assert answer.loss == pytest.approx(expected.loss, abs=1e-5)
    assert (answer.names, answer.symbols) == (expected.names, expected.symbols)
    assert answer.perplexity == pytest.approx(math.exp(answer.loss))
    assert answer.bits_per_character == pytest.approx(answer.loss / math.log(2))
    assert (answer.split, answer.model, answer.version) == (split, "us-names", 1)
    assert answer.data_sha256 == manifest.data.sha256
    assert (answer.backend, answer.device) == ("table", "cpu")


def test_the_parts_of_a_split_are_answered_apart(call: Caller) -> None:
    """All names of train are seen, none of val; the novel loss of val is given its unseen names."""
    train = call("evaluate", "train")
    assert train.seen == PartialLoss(train.loss, train.names, train.symbols)
    assert train.unseen == PartialLoss(0, 0, 0)
    assert train.novel_loss is None
    val = call("evaluate", "val")
    assert val.seen == PartialLoss(0, 0, 0)
    assert val.unseen == PartialLoss(val.loss, val.names, val.symbols)
    novel = math.log1p(-call("describe").training_probability)
    assert val.novel_loss == pytest.approx(val.loss + val.names * novel / val.symbols)
