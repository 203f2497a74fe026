"""The operations of an operator, by the client that awaits; tests/integration has the other's."""

import shutil
from pathlib import Path

import pytest

from admins import add_version, admin_address
from namesmith_client import AsyncAdminClient, NotFoundError, VersionState
from processes import running

MODEL = "definite"


async def test_an_operators_operations_are_awaited(
    definite_repository: Path, tmp_path: Path
) -> None:
    """A version is loaded, labelled and unloaded."""
    models = Path(shutil.copytree(definite_repository, tmp_path / "models"))
    add_version(models, MODEL, 2)
    options = ("--models", models, "--versions", f"{MODEL}/1", "--admin-address", "127.0.0.1:0")
    with running(*options) as server:
        async with AsyncAdminClient(admin_address(server), timeout=60) as operator:
            assert [one.state for one in await operator.reload()] == [
                VersionState.AVAILABLE,
                VersionState.SERVING,
            ]
            assert (await operator.load(MODEL, 2)).version == 2
            assert await operator.set_label(MODEL, "canary", 2) == {"canary": 2}
            assert [one.version for one in await operator.unload(MODEL)] == [2, 1]
            with pytest.raises(NotFoundError):
                await operator.unload(MODEL, 2)
