"""A Faker provider of names that a model samples.

from faker import Faker
from namesmith_client import Client
from namesmith_client.faker import provider

fake = Faker()
fake.add_provider(provider(Client("localhost:50051")))
fake.name_like()
fake.unique.name_like(prefix="ma")
"""

import random
from collections.abc import Iterable, Iterator
from typing import Any

from namesmith_client._client import Client

try:
    from faker.providers import BaseProvider
except ImportError as _error:
    raise ImportError("namesmith_client.faker: needs Faker: pip install faker") from _error

__all__ = ["Provider", "provider"]

POOL = 2_000
"""Largest number of names that are sampled at a time."""

FIRST_POOL = 100
"""Number of names that the first call of a run samples; each later one samples twice as many."""

SEEDINGS = "namesmith_seedings"
"""Attribute of a random number generator: the number of times that it was seeded."""


class Provider(BaseProvider):
    """A provider of names that do not repeat, sampled by a call for many of them at a time.

    A run begins where Faker is seeded, and Faker's seed decides its names. Within a run a set of
    arguments gives no name twice, until no further name is found; then its names begin again.
    Without a client the names are the ones of a ``FakeClient``.

    Attributes:
        client: client that samples; None: a ``FakeClient``.
        pool: largest number of names that a call samples, in [1, 100000].
    """

    client: Client | None = None
    pool: int = POOL

    def __init__(self, generator: Any) -> None:  # noqa: ANN401 - Faker's
        super().__init__(generator)
        self._run: object = None
        self._names: dict[str, Iterator[str]] = {}

    def name_like(self, **arguments: Any) -> str:  # noqa: ANN401 - those of generate
        """Return a name that the run has not had yet.

        Args:
            **arguments: further arguments of ``Client.generate``, such as ``prefix`` or ``novel``.

        Raises:
            NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
            TypeError: an argument is ``count`` or ``seed``, or is unknown.
            ValueError: a model without a chain found no name that the arguments admit.
        """
        for name, instead in (("count", "pool"), ("seed", "the seed of Faker, seed_instance")):
            if name in arguments:
                raise TypeError(f"name_like: {name}: is no argument, {instead} takes its place")
        for name, value in arguments.items():
            if isinstance(value, Iterable) and not isinstance(value, str):
                arguments[name] = tuple(value)  # an iterator would be empty the second time
        run = self.generator.random, _seedings(self.generator.random)
        if run != self._run:
            self._run, self._names = run, {}
        key = repr(sorted(arguments.items()))
        if key not in self._names:
            self._names[key] = self._sampled(arguments, self.generator.random.getrandbits(52))
        try:
            return next(self._names[key])
        except Exception:
            del self._names[key]  # a later call asks again
            raise

    def _sampled(self, arguments: dict[str, Any], seed: int) -> Iterator[str]:
        """Yield distinct names of growing pools; the same ones again where there are no more."""
        from namesmith_client.testing import FakeClient  # noqa: PLC0415 - where it is needed

        client = FakeClient() if self.client is None else self.client
        arguments = arguments | {"distinct": True}
        given: dict[str, None] = {}
        size, is_growing = min(FIRST_POOL, self.pool), True
        while is_growing:
            found = client.generate(size, seed=seed, **arguments)
            new = [name for name in found.names if name not in given]
            given.update(dict.fromkeys(new))
            yield from new
            is_growing = bool(new) and not found.exhausted
            size, seed = min(2 * size, self.pool), seed + 1
        while given:
            yield from given
        raise ValueError("name_like: no name was found that the arguments admit")


def _seedings(source: random.Random) -> int:
    """Return the number of times that a source of random numbers was seeded since the first call.

    A source tells nobody that it was seeded, and its state does not show it: it is made to count.
    """
    if not hasattr(source, SEEDINGS):

        def seed(*arguments: Any) -> None:  # noqa: ANN401 - those of Random
            type(source).seed(source, *arguments)
            setattr(source, SEEDINGS, getattr(source, SEEDINGS) + 1)

        source.seed = seed  # type: ignore[assignment]
        setattr(source, SEEDINGS, 0)
    count: int = getattr(source, SEEDINGS)
    return count


def provider(client: Client, *, pool: int = POOL) -> type[Provider]:
    """Return the provider whose names a client samples.

    Args:
        client: client that samples.
        pool: largest number of names that a call samples, in [1, 100000].
    """
    return type("Provider", (Provider,), {"client": client, "pool": pool})
