"""Parts: files of ranges of rows, written whole, once, and the same everywhere."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from namesmith.excluded_texts import sha256_of_texts
from namesmith_client import GeneratedNames, Server
from namesmith_client.bulk import Part, PartExistsError, format_of, write_part
from namesmith_client.bulk.formats import GROUP
from namesmith_client.offline import offline_client
from namesmith_client.testing import FakeClient


def part_of(path: Path, rows: range = range(1_000), **changes: Any) -> Part:
    """Return a part of some rows."""
    return dataclasses.replace(Part(path=path, seed=3, rows=rows), **changes)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file."""
    return path.read_text().splitlines()


def test_ranges_make_up_the_whole(tmp_path: Path) -> None:
    """Two parts hold the rows of one, whichever way they are cut."""
    with FakeClient() as client:
        for rows in (range(1_000), range(700), range(700, 1_000)):
            write_part(client, part_of(tmp_path / f"{rows.start}-{rows.stop}.csv", rows))
        whole, *parts = (
            lines_of(tmp_path / f"{cut}.csv") for cut in ("0-1000", "0-700", "700-1000")
        )
        assert whole[0] == "name"
        assert whole[1:] == [name for part in parts for name in part[1:]]
        assert tuple(whole[1:]) == client.generate(1_000, seed=3).names


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".csv.zst", ".jsonl.zst", ".parquet"])
def test_a_part_is_the_same_however_its_names_come(tmp_path: Path, suffix: str) -> None:
    """The bytes do not depend on the chunks of a stream, on the folder or on the hour."""
    if suffix.endswith(("zst", "parquet")):
        pytest.importorskip("pyarrow")

    def one_by_one(chunks: Iterator[GeneratedNames]) -> Iterator[GeneratedNames]:
        for chunk in chunks:
            for i, name in enumerate(chunk.names):
                log_probs = (chunk.log_probs or ())[i : i + 1]
                yield dataclasses.replace(chunk, names=(name,), log_probs=log_probs)

    (tmp_path / "other").mkdir()
    first, second = tmp_path / f"a{suffix}", tmp_path / "other" / f"a{suffix}"
    with FakeClient() as client:
        made = [
            write_part(client, part_of(path, log_probs=True), follow)[0]
            for path, follow in ((first, iter), (second, one_by_one))
        ]
    assert made[0] == made[1]
    assert first.read_bytes() == second.read_bytes()


def test_a_manifest_says_what_the_part_holds(tmp_path: Path) -> None:
    """The size and the SHA-256 are the file's, the model's hash is that of its manifest."""
    path = tmp_path / "a.jsonl"
    arguments = {"prefix": "ma", "temperature": 0.5}
    with FakeClient() as client:
        made, is_new = write_part(
            client, part_of(path, range(5, 15), log_probs=True, arguments=arguments)
        )
        model = client.model()
    found = json.loads((tmp_path / "a.jsonl.json").read_text())
    assert is_new
    assert found == json.loads(made.dumps())
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["bytes"] == path.stat().st_size
    assert (found["first_row"], found["end_row"], found["names"]) == (5, 15, 10)
    assert (found["model"], found["manifest_sha256"]) == ("fake", model.manifest_sha256)
    assert found["arguments"] == arguments
    rows = [json.loads(line) for line in lines_of(path)]
    assert [list(row) for row in rows] == [["name", "log_probability"]] * 10
    assert all(row["name"].startswith("ma") for row in rows)


def test_a_part_that_is_there_is_kept(tmp_path: Path) -> None:
    """It is not written again; its hash is looked at."""
    path = tmp_path / "a.csv"
    with FakeClient() as client:
        made, _ = write_part(client, part_of(path))
        before = path.stat()
        assert write_part(client, part_of(path)) == (made, False)
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        path.write_text(path.read_text()[:-1])
        with pytest.raises(PartExistsError, match="has been changed"):
            write_part(client, part_of(path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 4}, "seed is 3 there, and 4 is wanted"),
        ({"rows": range(999)}, "end_row is 1000 there, and 999 is wanted"),
        ({"rows": range(1, 1_000)}, "first_row is 0 there, and 1 is wanted"),
        ({"log_probs": True}, r'columns is \["name"\] there, and \["name", "log_pro.*\] is wanted'),
        ({"arguments": {"novel": True}}, "novel is unset there, and true is wanted"),
    ],
    ids=str,
)
def test_another_part_of_the_name_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """The message names the first difference and both values, and the file stays as it is."""
    path = tmp_path / "a.csv"
    with FakeClient() as client:
        write_part(client, part_of(path))
        before = path.read_bytes()
        with pytest.raises(PartExistsError, match=f"is another part: {message}$"):
            write_part(client, part_of(path, **changes))
    assert path.read_bytes() == before


def test_the_texts_that_a_server_excludes_are_a_part_of_the_identity(tmp_path: Path) -> None:
    """A part of a server without such texts is not kept at one that has some."""

    class Excluding(FakeClient):
        def server(self, **_: Any) -> Server:
            return dataclasses.replace(super().server(), excludes_sha256=sha256_of_texts(["an"]))

    with FakeClient() as client, Excluding() as excluding:
        made, _ = write_part(client, part_of(tmp_path / "a.csv"))
        with pytest.raises(PartExistsError, match='excludes_sha256 is empty there, and "50ce'):
            write_part(excluding, part_of(tmp_path / "a.csv"))
        other, _ = write_part(excluding, part_of(tmp_path / "b.csv"))
    assert (made.excludes_sha256, other.excludes_sha256) == ("", sha256_of_texts(["an"]))


@pytest.mark.parametrize(
    "rows", [range(0), range(5, 3), range(0, 10, 2), range(9, -1, -1), range(-1, 3)], ids=str
)
def test_rows_that_are_no_range_are_refused(rows: range) -> None:
    """A file holds rows that follow each other."""
    with pytest.raises(ValueError, match=r"^rows: range"):
        Part(path="a.csv", seed=1, rows=rows)


def test_a_path_may_be_text(tmp_path: Path) -> None:
    """It is the path's own."""
    with FakeClient() as client:
        write_part(client, part_of(tmp_path / "a.csv"))
        assert not write_part(client, Part(path=f"{tmp_path}/a.csv", seed=3, rows=range(1_000)))[1]


def test_a_blend_of_one_version_is_the_model(tmp_path: Path) -> None:
    """Its part is the model's."""
    with FakeClient() as client:
        made, _ = write_part(client, part_of(tmp_path / "a.csv", model="fake*2+fake/1"))
        assert (made.model, made.version) == ("fake", 1)
        assert not write_part(client, part_of(tmp_path / "a.csv"))[1]


def test_a_blend_is_pinned_to_its_versions(tmp_path: Path) -> None:
    """Its part is kept in whichever notation, and refused beside other weights."""
    path = tmp_path / "a.csv"
    blend = "us-names/1*0.6+us-names-distilled/1*0.4"
    with offline_client(model=blend) as client:
        made, _ = write_part(client, part_of(path, model="us-names-distilled*2+us-names*3"))
        hashes = [client.model(name).manifest_sha256 for name in ("us-names", "us-names-distilled")]
        assert (made.model, made.version, made.reference) == (blend, 0, blend)
        assert made.manifest_sha256 == "+".join(hashes)
        assert tuple(lines_of(path)[1:]) == client.generate(1_000, seed=3, model=blend).names
        assert write_part(client, part_of(path, model=blend)) == (made, False)
        with pytest.raises(PartExistsError, match=r'model is "us-names/1\*0.6.*"us-names/1\*0.5'):
            write_part(client, part_of(path, model="us-names+us-names-distilled"))


def test_a_file_that_another_process_writes_is_left_to_it(tmp_path: Path) -> None:
    """The second is refused before it writes, and the first goes on."""
    path = tmp_path / "a.csv"

    def meanwhile(chunks: Iterator[GeneratedNames]) -> Iterator[GeneratedNames]:
        with FakeClient() as other, pytest.raises(BlockingIOError, match="another process is"):
            write_part(other, part_of(path))
        yield from chunks

    with FakeClient() as client:
        assert write_part(client, part_of(path), meanwhile)[1]
    assert len(lines_of(path)) == 1_001


def test_a_file_that_a_killed_process_left_is_overwritten(tmp_path: Path) -> None:
    """Nothing but the part and its manifest is there afterwards."""
    path = tmp_path / "a.csv"
    for left in (".a.csv.new", ".a.csv.json.new"):
        (tmp_path / left).write_text("left" * 10_000)
    with FakeClient() as client:
        write_part(client, part_of(path))
    assert lines_of(path)[0] == "name"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "a.csv.json"]


def test_a_file_without_a_manifest_is_not_overwritten(tmp_path: Path) -> None:
    """It may be anybody's."""
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with FakeClient() as client, pytest.raises(PartExistsError, match="without a manifest"):
        write_part(client, part_of(path))
    assert path.read_text() == "mine"


def test_a_part_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """Neither a file nor a piece of one is there, and the next try writes it."""

    def breaking(chunks: Iterator[GeneratedNames]) -> Iterator[GeneratedNames]:
        yield next(chunks)
        raise KeyboardInterrupt

    with FakeClient() as client:
        with pytest.raises(KeyboardInterrupt):
            write_part(client, part_of(tmp_path / "a.csv"), breaking)
        assert list(tmp_path.iterdir()) == []
        assert write_part(client, part_of(tmp_path / "a.csv"))[1]


def test_names_are_written_in_groups_of_one_size(tmp_path: Path) -> None:
    """A row group of parquet holds as many names as any, but for the last."""
    pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415 - where it is installed

    def many(chunks: Iterator[GeneratedNames]) -> Iterator[GeneratedNames]:
        for chunk in chunks:
            yield dataclasses.replace(chunk, names=chunk.names * (GROUP + 7))

    with FakeClient() as client:
        write_part(client, part_of(tmp_path / "a.parquet", range(1)), many)
    metadata = parquet.ParquetFile(tmp_path / "a.parquet").metadata
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert sizes == [GROUP, 7]


def test_a_name_says_its_format() -> None:
    """An end that says none is refused with the ones that do."""
    assert [format_of(f"a{end}") for end in (".csv", ".csv.zst")] == [".csv", ".csv.zst"]
    with pytest.raises(ValueError, match=r"a\.parquet\.zst: \.csv, \.jsonl"):
        format_of("a.parquet.zst")
