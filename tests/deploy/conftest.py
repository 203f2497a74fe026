"""The objects that kustomize makes of ``deploy/kubernetes``."""

from typing import Any

import pytest

from deployed import DEPLOY, documents, tool


@pytest.fixture(scope="session", params=["base", "overlays/example", "overlays/gpu"])
def cluster(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Provide the objects of the base, and of each example."""
    return documents(tool("kubectl", "kustomize", DEPLOY / "kubernetes" / request.param))


@pytest.fixture(scope="session")
def pod(cluster: list[dict[str, Any]]) -> dict[str, Any]:
    """Provide the template of the pods."""
    (deployment,) = (made for made in cluster if made["kind"] == "Deployment")
    template: dict[str, Any] = deployment["spec"]["template"]
    return template


@pytest.fixture(scope="session")
def variables(cluster: list[dict[str, Any]]) -> dict[str, str]:
    """Provide the environment of the pods."""
    (given,) = (made for made in cluster if made["kind"] == "ConfigMap")
    values: dict[str, str] = given["data"]
    return values
