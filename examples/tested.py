"""Tests code that calls namesmith, without a server: python examples/tested.py.

A suite has a real server by pytest_plugins = ["namesmith_client.testing.pytest_plugin"].
"""

import grpc
from faker import Faker

from namesmith_client import Client, UnavailableError
from namesmith_client.faker import provider
from namesmith_client.testing import FakeClient


def greeting(client: Client) -> str:
    """Return a greeting for somebody new: the code under test."""
    try:
        (name,) = client.generate(1, seed=1, prefix="ma", min_length=4).names
    except UnavailableError:
        return "Hello, you!"
    return f"Hello, {name.title()}!"


def main() -> None:
    """Run what a test would run."""
    # The fake checks arguments as a server does, and a seed always gives the same names.
    print(greeting(FakeClient()))

    # The first calls fail as the test asks.
    away = UnavailableError(grpc.StatusCode.UNAVAILABLE, "away")
    print(greeting(FakeClient(failures=[away])))

    # Faker's own seed decides; with a Client the names are a server's.
    fake = Faker()
    fake.add_provider(provider(FakeClient()))
    fake.seed_instance(1)
    print([fake.unique.name_like(min_length=4, max_length=7) for _ in range(3)])


if __name__ == "__main__":
    main()
