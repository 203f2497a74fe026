"""The Hypothesis strategy of names."""

from typing import TYPE_CHECKING, Any

from namesmith_client._client import Client
from namesmith_client.testing._fake_clients import FakeClient

if TYPE_CHECKING:  # Hypothesis is for those who ask for a strategy
    from hypothesis.strategies import SearchStrategy


def names(
    client: Client | None = None,
    *,
    count: int = 1_000,
    seed: int = 0,
    **arguments: Any,  # noqa: ANN401 - those of generate
) -> "SearchStrategy[str]":
    """Return a Hypothesis strategy of names that a model samples.

    The names are sampled by one call, when the first is needed; examples shrink to the shortest of
    them, and to the first in the alphabet of these. Falsifying examples show the name.

    Args:
        client: client that samples; None: a ``FakeClient``.
        count: number of names that are sampled, in [1, 100000]; equal ones stand once.
        seed: seed of the sampling, in [0, 2**64): runs have the same names.
        **arguments: further arguments of ``Client.generate``, such as ``prefix`` or ``novel``.

    Raises:
        ImportError: Hypothesis is not installed.
        NamesmithError: the call failed, raised when the first name is needed.
    """
    try:
        from hypothesis import strategies  # noqa: PLC0415 - for those who ask for a strategy
    except ImportError as error:
        raise ImportError("names: needs Hypothesis: pip install hypothesis") from error

    def sampled() -> "SearchStrategy[str]":
        source = FakeClient() if client is None else client
        found = set(source.generate(count, seed=seed, **arguments).names)
        return strategies.sampled_from(sorted(found, key=lambda name: (len(name), name)))

    return strategies.deferred(sampled)
