"""The messages of an upload: any number of names, in batches of bounded size."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Iterator
from itertools import islice
from typing import cast

from namesmith.v1 import names_pb2
from namesmith_client._messages import build, refuse_one_name
from namesmith_client._model_reference import model_ref

MAX_NAMES = 8_192
"""Largest number of names in one message."""

MAX_CHARACTERS = 250_000
"""Largest number of characters of all names in one message, which are at most 1 MB of UTF-8.

Only a message of one name may hold more characters. The bound is far below the cost at which a
server refuses a message.
"""


class NameBatches:
    """The request messages of an EvaluateNames call, made while they are iterated over.

    Synchronous iteration needs a synchronous iterable of names; asynchronous iteration works on
    either kind of iterable.
    """

    def __init__(self, names: Iterable[str] | AsyncIterable[str], model: str) -> None:
        """Set the names, and the reference to the model, which every message repeats.

        Raises:
            InvalidArgumentError: the reference is malformed, or not Unicode text.
            TypeError: ``names`` is one string, or is not iterable.
        """
        refuse_one_name("names", names)
        if not isinstance(names, Iterable | AsyncIterable):
            raise TypeError(f"names: {names!r} is no iterable of names")
        self._names = names
        self._model = model_ref(model)

    @property
    def is_repeatable(self) -> bool:
        """True if the messages can be made again: a collection gives its names any number of times.

        An iterator or a file gives its names once; to keep them would cost unbounded memory.
        """
        return isinstance(self._names, Collection)

    def __iter__(self) -> Iterator[names_pb2.EvaluateNamesRequest]:
        names = iter(cast("Iterable[str]", self._names))
        before = 0
        while batch := list(islice(names, MAX_NAMES)):
            yield from self._messages(batch, before)
            before += len(batch)

    async def __aiter__(self) -> AsyncIterator[names_pb2.EvaluateNamesRequest]:
        if isinstance(self._names, Iterable):
            for message in self:
                yield message
            return
        batch: list[str] = []
        before = 0
        async for name in self._names:
            batch.append(name)
            if len(batch) == MAX_NAMES:
                for message in self._messages(batch, before):
                    yield message
                before += len(batch)
                batch.clear()
        for message in self._messages(batch, before):
            yield message

    def _messages(self, names: list[str], before: int) -> Iterator[names_pb2.EvaluateNamesRequest]:
        """Yield messages of names of which the first has the index ``before`` in the whole call.

        Names of too many characters are halved until each half fits in a message.
        """
        if len(names) > 1 and sum(map(len, names)) > MAX_CHARACTERS:
            half = len(names) // 2
            yield from self._messages(names[:half], before)
            yield from self._messages(names[half:], before + half)
        else:
            kind = names_pb2.EvaluateNamesRequest
            yield build(kind, "", before, model=self._model, names=names)
