"""Models in the process of the client, without a server beside."""

import pytest

from namesmith_client import Client, NotFoundError, offline
from namesmith_client.offline import offline_client
from namesmith_server.app.settings import EMBEDDED


def test_offline_names_are_the_names_of_a_server(server: str) -> None:
    """Names, log-probabilities, refusals and the model's description are equal."""
    with Client(server) as online, offline_client() as local:
        for client in (online, local):
            client.wait_ready()
        arguments = {"seed": 5, "first_row": 10**12, "pattern": "ma.*a", "log_probs": True}
        assert local.generate(500, **arguments) == online.generate(500, **arguments)
        assert list(local.stream(9_000, seed=5)) == list(online.stream(9_000, seed=5))
        assert local.model() == online.model()
        for client in (online, local):
            with pytest.raises(NotFoundError, match="model 'other' is unknown"):
                client.generate(1, model="other")


def test_the_model_that_is_wanted_is_loaded() -> None:
    """It is one of those that ship, by any reference, or of a folder."""
    with offline_client(model="us-names-distilled/1") as client:
        assert [one.name for one in client.models()] == ["us-names-distilled"]
    with pytest.raises(ValueError, match="other"), offline_client(EMBEDDED, model="other"):
        pass


def test_a_missing_server_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setattr(offline, "GROUP", "namesmith.nobody")
    with pytest.raises(ImportError, match=r"namesmith\[server\]"), offline_client():
        pass
