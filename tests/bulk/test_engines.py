"""Names in data engines: tasks of which one is killed make the names of one process."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from environments import Environment
from namesmith_client.bulk import Part, write_part
from namesmith_client.offline import offline_client

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

ROWS = int(os.environ.get("NAMESMITH_BULK_ROWS", "1000000"))
"""Number of rows, in four tasks."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Provide an environment with both engines, the client and the server."""
    made = Environment.create(tmp_path_factory.mktemp("engines"))
    try:
        made.install("--requirement", HERE / "requirements.txt", ROOT / "client", f"{ROOT}[server]")
    except AssertionError as error:
        pytest.skip(f"the engines cannot be installed: {str(error).splitlines()[-1]}")
    return made


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Provide the SHA-256 of the names of one process, one a line."""
    path = tmp_path_factory.mktemp("whole") / "names.csv"
    with offline_client(model="us-names/1") as client:
        write_part(client, Part(path=path, seed=42, rows=range(ROWS), model="us-names/1"))
    digest = hashlib.sha256()
    with path.open("rb") as file:
        next(file)  # the heading
        for line in file:
            digest.update(line)
    return digest.hexdigest()


@pytest.mark.parametrize("engine", ["ray", "spark"])
def test_a_killed_task_changes_no_name(
    environment: Environment, expected: str, engine: str, tmp_path: Path
) -> None:
    """One process was killed, and the names in the order of their rows are those of one process."""
    if engine == "spark" and shutil.which("java") is None:
        pytest.skip("java is not installed")
    program = HERE / "programs" / f"{engine}_job.py"
    told = environment.run(program, str(ROWS), tmp_path)
    # Ray tells of the killed worker when it likes, between the lines that the program prints.
    assert f"True {expected}" in told.splitlines(), told
