"""The package as its users import it."""

import subprocess
import sys

import namesmith_client

HEAVY = ("numpy", "torch", "onnxruntime", "rich", "click", "namesmith_server", "namesmith_trainer")


def test_public_names_are_deliberate() -> None:
    """The package exports these names and no others; to add or drop one is a decision."""
    assert namesmith_client.__all__ == [
        "TLS",
        "AsyncClient",
        "AsyncNameStream",
        "Client",
        "DeadlineExceededError",
        "Description",
        "ErrorDetails",
        "Evaluation",
        "FailedPreconditionError",
        "FieldViolation",
        "GeneratedNames",
        "Health",
        "InternalError",
        "InvalidArgumentError",
        "Measure",
        "Model",
        "NameStream",
        "NamesmithError",
        "NotFoundError",
        "Resource",
        "ResourceExhaustedError",
        "ScoredNames",
        "Split",
        "SplitEvaluation",
        "TopNames",
        "UnavailableError",
        "UnimplementedError",
    ]
    assert all(hasattr(namesmith_client, name) for name in namesmith_client.__all__)


def loaded_by(statements: str) -> set[str]:
    """Lists the modules of an interpreter that ran the statements and nothing else."""
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
