"""A Faker provider of names that a model samples.

from faker import Faker
from namesmith_client import Client
from namesmith_client.faker import provider

fake = Faker()
fake.add_provider(provider(Client("localhost:50051")))
fake.name_like()
fake.unique.name_like(prefix="ma")
"""

from typing import Any

from namesmith_client._client import Client

try:
    from faker.providers import BaseProvider
except ImportError as _error:
    raise ImportError("namesmith_client.faker: needs Faker: pip install faker") from _error

__all__ = ["Provider", "provider"]

POOL = 2_000
"""Number of names that are sampled at a time."""

SEED = 0
"""Seed of the names that Faker chooses from: its own seed decides which it takes."""


class Provider(BaseProvider):
    """A provider that chooses names among many, which one call has sampled.

    Faker's seed decides which names are chosen. A server is called once for each set of arguments;
    without a client the names are those of a ``FakeClient``.

    Attributes:
        client: client that samples; None: a ``FakeClient``.
        pool: number of names that are sampled for a set of arguments, in [1, 100000]:
            ``fake.unique`` has no more.
    """

    client: Client | None = None
    pool: int = POOL

    def __init__(self, generator: Any) -> None:  # noqa: ANN401 - Faker's
        super().__init__(generator)
        self._names: dict[str, tuple[str, ...]] = {}

    def name_like(self, **arguments: Any) -> str:  # noqa: ANN401 - those of generate
        """Choose a name.

        Args:
            **arguments: further arguments of ``Client.generate``, such as ``prefix`` or ``novel``.

        Raises:
            NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
        """
        key = repr(sorted(arguments.items()))
        if key not in self._names:
            self._names[key] = self._sampled(arguments)
        chosen: str = self.generator.random.choice(self._names[key])
        return chosen

    def _sampled(self, arguments: dict[str, Any]) -> tuple[str, ...]:
        from namesmith_client.testing import FakeClient  # noqa: PLC0415 - where it is needed

        client = FakeClient() if self.client is None else self.client
        return client.generate(self.pool, seed=SEED, **arguments).names


def provider(client: Client, *, pool: int = POOL) -> type[Provider]:
    """Return the provider whose names a client samples.

    Args:
        client: client that samples.
        pool: number of names that are sampled for a set of arguments, in [1, 100000].
    """
    return type("Provider", (Provider,), {"client": client, "pool": pool})
