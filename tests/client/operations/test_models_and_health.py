"""The served models and the health of the server, by both clients."""

from collections.abc import Callable
from typing import Any

import pytest

from namesmith.bundle import Bundle
from namesmith_client import Health, NotFoundError
from namesmith_server.app.settings import EMBEDDED

Caller = Callable[..., Any]


def test_models_are_described_by_their_manifests(call: Caller) -> None:
    """The list holds the default model, which answers to its name and to the empty name."""
    manifest = Bundle.open(EMBEDDED / "us-names" / "1").manifest
    (only,) = call("models")
    assert call("model") == call("model", "us-names") == only
    assert only.default
    assert only.symbols == tuple(manifest.vocabulary.symbols)
    assert only.parameters == manifest.architecture.parameters
    assert (only.recipe, only.steps) == (manifest.training.recipe, manifest.training.steps)
    assert [(one.name, one.loss) for one in only.splits] == [
        (one.name, one.loss) for one in manifest.splits
    ]


def test_health_is_of_the_server_or_of_a_service(call: Caller) -> None:
    """A ready server serves as a whole and by service; an unknown service is not found."""
    call("wait_ready")
    assert call("health") is Health.SERVING
    assert call("health", service="namesmith.v1.NameService") is Health.SERVING
    with pytest.raises(NotFoundError):
        call("health", service="absent")
