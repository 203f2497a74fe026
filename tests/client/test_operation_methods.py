"""The methods of both clients, which are generated from the operations."""

import dataclasses
import inspect
import subprocess
import sys
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import jedi
import pytest
from mypy import api as mypy

from namesmith.v1 import names_pb2
from namesmith_client import (
    AdminClient,
    AsyncAdminClient,
    AsyncClient,
    Client,
    Constraint,
    Sampling,
    SamplingAndConstraint,
)

ROOT = Path(__file__).parents[2]

OPERATIONS = (
    "generate",
    "stream",
    "score",
    "name_keys",
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

SHARING = ("generate", "stream", "name_keys", "measure", "top")
"""Operations that take the arguments of sampling and constraint."""

SHARED = {
    "sampling": (Sampling | None, None),
    "constraint": (Constraint | None, None),
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
    Constraint,
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
    client.measure(constraint=Constraint(prefix="ka"), metadata={"a": "b"}, timeout=3)
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
    """Help and editors see name, documentation, and parameters with the call's settings last."""
    method = getattr(kind("localhost:1"), operation)
    signature = inspect.signature(method)
    assert list(signature.parameters)[-2:] == ["timeout", "metadata"]
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
    documentation = inspect.getdoc(method) or ""
    assert "settings:" not in documentation
    for name in parameters.keys() - {"self"}:
        assert f"\n    {name}: " in documentation


def test_shared_arguments_are_the_fields_of_the_messages() -> None:
    """Every field of a request's sampling and constraint is an argument, and no other field is."""
    fields = [
        *names_pb2.Sampling.DESCRIPTOR.fields_by_name,
        *names_pb2.Constraint.DESCRIPTOR.fields_by_name,
    ]
    values = [one.name for kind in (Sampling, Constraint) for one in dataclasses.fields(kind)]
    assert values == fields
    assert sorted([*fields, "sampling", "constraint"]) == sorted(
        SamplingAndConstraint.__annotations__
    )


@pytest.mark.parametrize(("operation", "arguments"), [("generate", (1,)), ("health", ())])
async def test_an_unknown_argument_is_named(operation: str, arguments: tuple[Any, ...]) -> None:
    """The error is Python's own for a method that has no such parameter."""
    expected = rf"{operation}\(\) got an unexpected keyword argument 'temperatur'"
    with Client("localhost:1") as client, pytest.raises(TypeError, match=expected):
        getattr(client, operation)(*arguments, temperatur=1)
    async with AsyncClient("localhost:1") as other:
        with pytest.raises(TypeError, match=expected):
            await getattr(other, operation)(*arguments, temperatur=1)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_editors_show_signature_and_docstring(kind: type) -> None:
    """Jedi, by which editors complete Python, finds both while a call is typed."""
    source = f"from namesmith_client import {kind.__name__}\n{kind.__name__}('x').generate("
    (found,) = jedi.Script(source).get_signatures()
    names = [one.name for one in found.params]
    assert names[0] == "count"
    assert names == [one for one in inspect.signature(kind.generate).parameters if one != "self"]  # type: ignore[attr-defined]
    assert "count: number of names, in [1, 100000]." in found.docstring()


def test_the_methods_are_those_of_the_operations(tmp_path: Path) -> None:
    """The generator, run again, writes the committed files."""
    subprocess.run([sys.executable, ROOT / "scripts" / "make_methods.py", tmp_path], check=True)
    committed = ROOT / "client" / "namesmith_client" / "_methods"
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        one.name: one.read_text() for one in committed.glob("[a-z]*.py")
    }


def test_a_missing_argument_is_named() -> None:
    """The error is Python's own for a method that needs the parameter."""
    with Client("localhost:1") as client, pytest.raises(TypeError, match=r"top\(\) missing 1 req"):
        client.top()  # type: ignore[call-arg]


def test_type_checkers_know_every_argument_and_result(tmp_path: Path) -> None:
    """Mypy finds each result exact, and refuses unknown, missing and mistyped arguments."""
    program = tmp_path / "program.py"
    program.write_text(TYPED_CALLS)
    output, errors, status = mypy.run(
        ["--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", str(program)]
    )
    assert (status, errors) == (0, ""), output
