"""Names on their way to the server: any number, in messages of bounded size."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import cast

from namesmith.v1 import names_pb2
from namesmith_client.message import built, model_ref

MAX_NAMES = 8_192
"""Of a message."""

MAX_CHARACTERS = 250_000
"""Of a message: at most 1 MB of UTF-8, and far below what a server lets one call cost."""


class Outgoing:
    """The messages of an EvaluateNames call, made as they are asked for.

    Iterated asynchronously it takes either kind of iterable.
    """

    def __init__(self, names: Iterable[str] | AsyncIterable[str], model: str) -> None:
        """Takes the names and the model, which every message names.

        Raises:
            InvalidArgumentError: the model's name is not Unicode text.
            TypeError: the names are one string, or no iterable.
        """
        if isinstance(names, str):
            raise TypeError(f"names: {names!r} is one name, a list of names is expected")
        if not isinstance(names, Iterable | AsyncIterable):
            raise TypeError(f"names: {names!r} is no iterable of names")
        self._names = names
        self._model = model_ref(model)

    def __iter__(self) -> Iterator[names_pb2.EvaluateNamesRequest]:
        names = iter(cast("Iterable[str]", self._names))
        taken = 0
        while some := list(islice(names, MAX_NAMES)):
            yield from self._messages(some, taken)
            taken += len(some)

    async def __aiter__(self) -> AsyncIterator[names_pb2.EvaluateNamesRequest]:
        if isinstance(self._names, Iterable):
            for message in self:
                yield message
            return
        some: list[str] = []
        taken = 0
        async for name in self._names:
            some.append(name)
            if len(some) == MAX_NAMES:
                for message in self._messages(some, taken):
                    yield message
                taken += len(some)
                some.clear()
        for message in self._messages(some, taken):
            yield message

    def _messages(self, names: list[str], first: int) -> Iterator[names_pb2.EvaluateNamesRequest]:
        """The names, the first of which is number ``first``; halved until they fit."""
        if len(names) > 1 and sum(map(len, names)) > MAX_CHARACTERS:
            half = len(names) // 2
            yield from self._messages(names[:half], first)
            yield from self._messages(names[half:], first + half)
        else:
            kind = names_pb2.EvaluateNamesRequest
            yield built(kind, "", first, model=self._model, names=tuple(names))
