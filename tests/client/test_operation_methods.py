"""The methods that the clients get from the operations."""

import inspect

import pytest

from namesmith_client import AsyncClient, Client


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "operation",
    [
        "generate",
        "stream",
        "score",
        "evaluate",
        "evaluate_names",
        "measure",
        "top",
        "describe",
        "model",
        "models",
        "health",
    ],
)
def test_methods_show_the_operations_signature(kind: type, operation: str) -> None:
    """Help and editors see name, documentation, and parameters that end with the timeout."""
    method = getattr(kind("localhost:1"), operation)
    signature = inspect.signature(method)
    assert list(signature.parameters)[-1] == "timeout"
    assert "self" not in signature.parameters
    returned = str(signature.return_annotation)
    assert "Call[" not in returned
    assert "~" not in returned
    assert ("NameStream" in returned) == (operation == "stream")
    assert method.__name__ == operation
    assert method.__doc__.rstrip().endswith("see ``namesmith_client.errors``.")
