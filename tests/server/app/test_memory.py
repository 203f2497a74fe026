"""The limit on memory: where it comes from, what it divides into, and when it is too small."""

from pathlib import Path

import pytest

from namesmith_server.app import memory
from namesmith_server.app.errors import MemoryLimitError
from namesmith_server.app.memory import USUAL, MemoryLimit, keep_within, memory_limit, usable_memory
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Ledger, MemoryGuard

GIB = 1 << 30


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide the folder of this process's cgroups, empty; the machine has 64 GiB."""
    monkeypatch.setattr(memory, "CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": 64 * GIB}.get)
    return tmp_path / "groups"


def test_without_cgroups_the_machine_decides(groups: Path) -> None:
    """Half of it, but no more than the usual limit."""
    assert not groups.exists()
    assert usable_memory() == (64 * GIB, "physical memory")
    assert memory_limit(Settings()).total == USUAL


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("0::/a/b", "a/b/memory.max"),
        ("0::/a/b", "a/memory.max"),
        ("0::/host/path", "memory.max"),
        ("0::/../../x", "memory.max"),
        ("4:memory:/a/b", "memory/a/b/memory.limit_in_bytes"),
        ("4:cpu,memory:/a/b", "memory/memory.limit_in_bytes"),
    ],
)
def test_the_least_limit_of_a_cgroup_or_its_parents_counts(
    groups: Path, line: str, file: str
) -> None:
    """The limits of cgroups of either version count, inside a container too."""
    groups.with_name("cgroup").write_text(f"1:cpu:/\n{line}\n", encoding="ascii")
    path = groups / file
    path.parent.mkdir(parents=True)
    path.write_text("1073741824\n", encoding="ascii")
    assert usable_memory() == (GIB, str(path))
    limit = memory_limit(Settings())
    assert (limit.total, limit.source) == (GIB // 2, str(path))


def test_a_cgroup_without_a_limit_counts_for_nothing(groups: Path) -> None:
    """Version 2 says max, version 1 a number beyond any machine."""
    groups.with_name("cgroup").write_text("0::/\n4:memory:/\n", encoding="ascii")
    (groups / "memory").mkdir(parents=True)
    (groups / "memory.max").write_text("max\n", encoding="ascii")
    (groups / "memory/memory.limit_in_bytes").write_text("9223372036854771712\n", encoding="ascii")
    assert usable_memory() == (64 * GIB, "physical memory")


def test_workers_share_the_limit(groups: Path) -> None:
    """Each has its part, of a limit that is asked for and of the machine's memory."""
    assert not groups.exists()
    assert memory_limit(Settings(workers=4, memory_limit=4 * GIB)).total == GIB
    assert memory_limit(Settings(workers=128)).total == GIB // 4


def test_the_parts_stay_within_the_limit() -> None:
    """Requests, work and models together leave something for what nothing counts."""
    limit = MemoryLimit(GIB, "test", GIB)
    for held in (0, GIB // 10, GIB // 3):
        assert 0 < limit.requests + limit.work(held) + held < 0.9 * GIB


def test_a_limit_that_was_not_asked_for_grows_for_large_models() -> None:
    """A limit leaves room for the largest question, as far as the machine has memory."""
    limit = MemoryLimit(GIB, "test", 8 * GIB)
    assert limit.grown(GIB, GIB // 2).work(GIB // 2) >= GIB
    assert limit.grown(16 * GIB, 0).total == 8 * GIB
    assert limit.grown(1, 1) == limit


async def test_models_take_no_room_of_work_where_the_machine_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A runtime that holds more than the usual limit leaves work as many bytes as others do."""
    monkeypatch.setattr(MemoryGuard, "resident", lambda _: 2 * GIB)
    ledger = Ledger()
    keep_within(MemoryLimit(USUAL, "physical memory", 64 * GIB), ledger)
    assert ledger.limit >= USUAL // 2


async def test_a_limit_below_what_the_models_hold_is_refused_with_numbers() -> None:
    """The message has the limit, what the process holds, and what it needs."""
    limit = MemoryLimit(1 << 20, "--memory-limit", 1 << 20)
    with pytest.raises(MemoryLimitError, match=r"1048576 bytes \(--memory-limit\), of which .* at"):
        keep_within(limit, Ledger())


async def test_a_limit_that_refuses_large_questions_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log has the limit, its source and its division, and a warning."""
    caplog.set_level("INFO")
    ledger = Ledger()
    ledger.largest_work = 8 * GIB
    keep_within(MemoryLimit(8 * GIB, "--memory-limit", 8 * GIB), ledger)
    told, warned = caplog.records
    assert (told.message, told.__dict__["bytes"]) == ("memory limit", 8 * GIB)
    assert warned.levelname == "WARNING"
    assert warned.__dict__["largest_question_bytes"] == 8 * GIB
    assert ledger.limit == told.__dict__["work_bytes"] == warned.__dict__["work_bytes"]
