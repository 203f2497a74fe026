"""The methods that both clients get from the operations."""

import inspect
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from mypy import api as mypy

from namesmith.v1 import names_pb2
from namesmith_client import (
    AdminClient,
    AsyncAdminClient,
    AsyncClient,
    Client,
    SamplingAndConstraint,
)

OPERATIONS = (
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
)

ADMIN_OPERATIONS = ("reload", "load", "unload", "set_label", "versions")

SHARING = ("generate", "stream", "measure", "top")
"""Operations that take the arguments of sampling and constraint."""

SHARED = {
    "temperature": (float | None, None),
    "top_k": (int | None, None),
    "top_p": (float | None, None),
    "min_p": (float | None, None),
    "prefix": (str, ""),
    "min_length": (int | None, None),
    "max_length": (int | None, None),
    "suffix": (str, ""),
    "contains": (str, ""),
    "pattern": (str, ""),
    "forbidden": (Iterable[str], ()),
    "novel": (bool, False),
}
"""Type and default of each argument of sampling and constraint."""

TYPED_CALLS = """
from collections.abc import Coroutine
from typing import Any, assert_type

from namesmith_client import (
    AsyncClient,
    AsyncNameStream,
    Client,
    Evaluation,
    GeneratedNames,
    Model,
    NameStream,
    SamplingAndConstraint,
    TopNames,
)


async def typed(client: Client, other: AsyncClient, settings: SamplingAndConstraint) -> None:
    assert_type(client.generate(3, seed=1, **settings), GeneratedNames)
    assert_type(client.stream(3, temperature=0.5), NameStream)
    assert_type(client.evaluate_names(["anna"]), Evaluation)
    assert_type(client.models(), tuple[Model, ...])
    assert_type(Client.generate(client, 3), GeneratedNames)
    client.wait_ready()
    pending = assert_type(other.generate(3, novel=True), Coroutine[Any, Any, GeneratedNames])
    assert_type(await pending, GeneratedNames)
    assert_type(other.stream(3), AsyncNameStream)
    assert_type(await other.evaluate_names(["anna"]), Evaluation)
    assert_type(await other.top(3, **settings), TopNames)
    client.generate(3, temperature="hot")  # type: ignore[arg-type]
    client.measure(temperatur=1.0)  # type: ignore[call-arg]
    client.generate("3")  # type: ignore[arg-type]
    client.top()  # type: ignore[call-arg]
"""


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        *product((Client, AsyncClient), OPERATIONS),
        *product((AdminClient, AsyncAdminClient), ADMIN_OPERATIONS),
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
    awaited = kind in {AsyncClient, AsyncAdminClient} and operation != "stream"
    assert inspect.iscoroutinefunction(method) == awaited
    assert method.__doc__.rstrip().endswith("see ``namesmith_client.errors``.")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("operation", SHARING)
def test_shared_arguments_are_written_out(kind: type, operation: str) -> None:
    """Each shared argument has its type, its default and a docstring entry, in every operation."""
    method = getattr(kind, operation)
    parameters = inspect.signature(method).parameters
    assert {
        name: (one.annotation, one.default) for name, one in parameters.items() if name in SHARED
    } == SHARED
    assert SamplingAndConstraint.__annotations__.keys() <= parameters.keys()
    assert "settings" not in parameters
    assert "settings:" not in method.__doc__
    for name in parameters.keys() - {"self"}:
        assert f"\n    {name}: " in method.__doc__


def test_shared_arguments_are_the_fields_of_the_messages() -> None:
    """Every field of a request's sampling and constraint is an argument, and no other field is."""
    fields = [
        *names_pb2.Sampling.DESCRIPTOR.fields_by_name,
        *names_pb2.Constraint.DESCRIPTOR.fields_by_name,
    ]
    assert sorted(fields) == sorted(SamplingAndConstraint.__annotations__)


@pytest.mark.parametrize(("operation", "arguments"), [("generate", (1,)), ("health", ())])
async def test_an_unknown_argument_is_named(operation: str, arguments: tuple[Any, ...]) -> None:
    """The error is Python's own for a method that has no such parameter."""
    expected = rf"^{operation}\(\) got an unexpected keyword argument 'temperatur'"
    with Client("localhost:1") as client, pytest.raises(TypeError, match=expected):
        getattr(client, operation)(*arguments, temperatur=1)
    async with AsyncClient("localhost:1") as other:
        with pytest.raises(TypeError, match=expected):
            await getattr(other, operation)(*arguments, temperatur=1)


def test_a_missing_argument_is_named() -> None:
    """The error is Python's own for a method that needs the parameter."""
    with Client("localhost:1") as client, pytest.raises(TypeError, match=r"^top\(\) missing 1 req"):
        client.top()  # type: ignore[call-arg]


def test_type_checkers_know_every_argument_and_result(tmp_path: Path) -> None:
    """Mypy finds each result exact, and refuses unknown, missing and mistyped arguments."""
    program = tmp_path / "program.py"
    program.write_text(TYPED_CALLS)
    output, errors, status = mypy.run(
        ["--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", str(program)]
    )
    assert (status, errors) == (0, ""), output
