"""Fakes and fixtures for the tests of a program that calls namesmith.

    from namesmith_client.testing import FakeClient

    client = FakeClient()
    assert client.generate(3, seed=1) == client.generate(3, seed=1)

``FakeClient`` and ``AsyncFakeClient`` answer in memory. ``names`` is a Hypothesis strategy. The
pytest plugin ``namesmith_client.testing.pytest_plugin`` starts a real server.
"""

from namesmith_client.testing._fake_clients import AsyncFakeClient, FakeClient
from namesmith_client.testing._strategy import names

__all__ = ["AsyncFakeClient", "FakeClient", "names"]

for _name in __all__:  # so that messages, help and pickles name the package
    globals()[_name].__module__ = __name__
