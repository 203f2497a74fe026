"""Workers share a model's file in sealed memory, which its file on the disk cannot change."""

import os
import shutil
from pathlib import Path

import pytest

from namesmith import bundle
from namesmith_client import Client
from processes import running

pytestmark = pytest.mark.slow  # CI has no room for it: make test-slow

SHARED = "/memfd:namesmith-"
"""Beginning of the names of memory files that workers share, as Linux shows them."""


def shared_files(pid: int) -> dict[str, int]:
    """Return the inode of each shared memory file that a process has mapped, by its name."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    words = [line.split(maxsplit=5) for line in lines if SHARED in line]
    return {name: int(inode) for *_, inode, name in words}


def test_workers_map_one_copy_of_a_chain_that_no_file_can_change(
    definite_repository: Path, tmp_path: Path
) -> None:
    """A file that is cut, and overwritten, under two workers changes no score and ends neither."""
    models = tmp_path / "models"
    shutil.copytree(definite_repository, models)
    with running("--models", models, "--workers", "2", "--only", "definite") as server:
        workers = [line["pid"] for line in server.log if line["event"] == "worker serving"]
        mapped = [shared_files(pid) for pid in workers]
        assert len(workers) == 2
        assert len(mapped[0]) == 1
        assert mapped[0] == mapped[1]
        with Client(server.address) as client:
            before = client.score(client.generate(100, seed=1).names).log_probs
        file = models / "definite" / "1" / bundle.CHAIN
        size = file.stat().st_size
        os.truncate(file, 0)
        os.truncate(file, size)  # zeros now
        for _ in range(4):  # of either worker
            with Client(server.address) as client:
                assert client.score(client.generate(100, seed=1).names).log_probs == before
        assert all(Path(f"/proc/{pid}").exists() for pid in workers)
