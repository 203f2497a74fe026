"""The client beside packages that a caller may have installed."""

from pathlib import Path

import pytest

from environments import Environment, need_index

OTHERS = (
    "tritonclient[grpc]",
    "kserve",
    "mlserver",
    "weaviate-client",
    "qdrant-client",
    "temporalio",
    "opentelemetry-exporter-otlp",
    "ray",
    "tensorflow",
)


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_the_client_changes_no_version_beside(
    other: str, client_wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pip takes the same versions with the client as without it, of the package and its needs."""
    need_index()
    environment = Environment.create(tmp_path / "empty")
    without = environment.resolve(other)
    both = environment.resolve(other, f"{client_wheel}[cli]")
    shared = {name: both.get(name) for name in without}
    columns = (f"{one} {both.get(one)}" for one in (other.partition("[")[0], "grpcio", "protobuf"))
    with capsys.disabled():
        print("\n" + ", ".join(columns))  # noqa: T201 - a line of the table that people read
    assert shared == without
