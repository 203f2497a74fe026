"""The Faker provider of names."""

import sys

import pytest
from faker import Faker

from namesmith_client import InvalidArgumentError
from namesmith_client.faker import Provider, provider
from namesmith_client.testing import FakeClient


class Counting(FakeClient):
    """A client that counts the calls for names."""

    calls = 0

    def generate(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201, D102 - the client's
        self.calls += 1
        return super().generate(*args, **kwargs)


def faker(seed: int, client: FakeClient | None = None) -> Faker:
    """Make a Faker of a seed, with the provider."""
    fake = Faker()
    fake.add_provider(Provider if client is None else provider(client))
    fake.seed_instance(seed)
    return fake


def test_a_seed_gives_the_same_names() -> None:
    """Also after other values, and where the same instance is seeded again."""
    fake = faker(1)
    names = [fake.name_like() for _ in range(20)]
    assert len(set(names)) > 10
    assert [faker(1).name_like()] == names[:1]
    fake.seed_instance(1)
    assert [fake.name_like() for _ in range(20)] == names
    assert [faker(2).name_like() for _ in range(20)] != names


def test_unique_names_are_unique() -> None:
    """Faker's own ``unique`` gives none twice."""
    fake = faker(3)
    names = [fake.unique.name_like(min_length=4) for _ in range(500)]
    assert len(set(names)) == 500


def test_a_call_samples_many_names() -> None:
    """The client is called once for each set of arguments."""
    client = Counting()
    fake = faker(4, client)
    assert all(fake.name_like(prefix="ma").startswith("ma") for _ in range(50))
    assert client.calls == 1
    for _ in range(50):
        fake.name_like()
        fake.name_like(prefix="ma")
    assert client.calls == 2


def test_names_do_not_repeat_within_a_run() -> None:
    """Pools follow one another without repeats; names begin again where there are no others."""
    fake = faker(6)
    names = [fake.name_like() for _ in range(3_000)]
    assert len(set(names)) == 3_000
    assert len({faker(6).unique.name_like() for _ in range(1)} & {names[0]}) == 1
    few = [fake.name_like(pattern="anna|otto") for _ in range(4)]
    assert few[:2] == few[2:]
    assert len(set(few)) == 2


@pytest.mark.parametrize("name", ["count", "seed"])
def test_arguments_that_fakers_seed_decides_are_refused(name: str) -> None:
    """The message says which setting takes their place."""
    with pytest.raises(TypeError, match=f"name_like: {name}: is no argument, "):
        faker(7).name_like(**{name: 3})


def test_a_refused_argument_is_the_clients_error() -> None:
    """The refusal of a server reaches the caller."""
    fake = faker(5)
    for _ in range(2):
        with pytest.raises(InvalidArgumentError, match="65 is not in"):
            fake.name_like(max_length=65)


def test_without_faker_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module alone needs Faker."""
    monkeypatch.setitem(sys.modules, "faker.providers", None)
    monkeypatch.delitem(sys.modules, "namesmith_client.faker")
    with pytest.raises(ImportError, match="pip install faker"):
        import namesmith_client.faker  # noqa: F401, PLC0415
