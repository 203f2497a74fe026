"""The package as its users import it."""

import pkgutil
import subprocess
import sys

import pytest

import namesmith_client
from namesmith_client import errors

HEAVY = ("numpy", "torch", "onnxruntime", "rich", "click", "namesmith_server", "namesmith_trainer")


NAMES = {
    "TLS",
    "AdminClient",
    "AsyncAdminClient",
    "AsyncClient",
    "AsyncNameStream",
    "Client",
    "Constraint",
    "DeadlineExceededError",
    "Description",
    "ErrorDetails",
    "Estimate",
    "Evaluation",
    "FailedPreconditionError",
    "FieldViolation",
    "GeneratedNames",
    "Health",
    "InternalError",
    "Interval",
    "InvalidArgumentError",
    "Measure",
    "Model",
    "ModelVersion",
    "NameStream",
    "NamedKeys",
    "NamedNumbers",
    "NamesmithError",
    "NotFoundError",
    "NumberedNames",
    "PartialLoss",
    "Resource",
    "ResourceExhaustedError",
    "Retry",
    "Sampling",
    "SamplingAndConstraint",
    "ScoredNames",
    "Server",
    "Split",
    "SplitEvaluation",
    "Token",
    "TopNames",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "VersionState",
}
"""Public names of the package."""

MODULES = {"bulk", "cli", "errors", "faker", "offline", "testing"}
"""Public modules of the package: the command line, the errors that docstrings refer to, names in
bulk, models without a server, and what programs that call namesmith are tested with."""


def test_public_names_are_deliberate() -> None:
    """The package exports these names and no others; to add or drop one is a decision."""
    assert len(namesmith_client.__all__) == len(NAMES)
    assert set(namesmith_client.__all__) == NAMES
    visible = {name for name in vars(namesmith_client) if not name.startswith("_")}
    assert visible - MODULES == NAMES


def test_public_modules_are_deliberate() -> None:
    """Every other module of the package is private, and its name begins with an underscore."""
    found = {module.name for module in pkgutil.iter_modules(namesmith_client.__path__)}
    assert {name for name in found if not name.startswith("_")} == MODULES
    assert set(errors.__all__) <= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_public_name_says_where_it_is_imported_from(name: str) -> None:
    """Messages, help and pickles name the package and no private module."""
    assert getattr(namesmith_client, name).__module__ == "namesmith_client"


def loaded_by(statements: str) -> set[str]:
    """List the modules of an interpreter that ran the statements and nothing else."""
    program = f"{statements}\nimport sys; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_importing_the_library_is_light() -> None:
    """The import loads no module that only the command line, the server or the trainer needs."""
    loaded = loaded_by("import namesmith_client")
    assert "grpc" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_command_line_is_light_without_a_terminal(server: str) -> None:
    """A container's health check, run every few seconds, loads no module that lays out tables."""
    arguments = ["--address", server, "health"]
    loaded = loaded_by(
        "from namesmith_client.cli.main import namesmith\n"
        f"namesmith({arguments!r}, standalone_mode=False)"
    )
    assert {"SERVING", "click"} <= loaded
    assert loaded.isdisjoint({*HEAVY} - {"click"})
