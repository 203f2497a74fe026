"""Fault 40: what nobody expects of a bundle or a repository is refused in words, or answered."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from safetensors.numpy import save

from bigrams import NAMES, manifest_of, publish_bigram, rows_of, table_of
from bundles import reasons, replace_file, rewrite_json, rewrite_manifest, vouch, write_manifest
from namesmith.bundle import MANIFEST, TABLE
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_client import Client, NamesmithError
from namesmith_trainer.publish import publish
from processes import running

ROWS = rows_of(1)

TABLE_ROWS = table_of(ROWS)
"""Table of the bigram, whose rows are contexts."""


def tensor_file(header: dict[str, object], data: bytes = b"") -> bytes:
    """Return a safetensors file with any header."""
    described = json.dumps(header).encode()
    return len(described).to_bytes(8, "little") + described + data


def table_of(dtype: str, bits: int) -> bytes:
    """Return a table of another type."""
    size = TABLE_ROWS.size * bits // 8
    entry = {"dtype": dtype, "shape": TABLE_ROWS.shape, "data_offsets": [0, size]}
    return tensor_file({"log_probs": entry}, bytes(size))


def many_tensors() -> bytes:
    """Return a file whose header describes a hundred thousand empty tensors."""
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    return tensor_file({f"t{number}": entry for number in range(100_000)})


WRONG_TABLES = [
    (table_of("BF16", 16), f"{TABLE}: log_probs: the type is BF16, F32 is allowed"),
    (table_of("F8_E4M3", 8), f"{TABLE}: log_probs: the type is F8_E4M3, F32 is allowed"),
    (table_of("F8_E5M2", 8), f"{TABLE}: log_probs: the type is F8_E5M2, F32 is allowed"),
    (table_of("F4", 4), f"{TABLE}: "),
    (table_of("C64", 64), f"{TABLE}: "),
    (table_of("BOOL", 8), f"{TABLE}: log_probs: the type is BOOL, F32 is allowed"),
    (table_of("F99", 32), f"{TABLE}: is not a safetensors file"),
    (many_tensors(), f"{TABLE}: the header has "),
    (b"\xff" * 64, f"{TABLE}: is not a safetensors file"),
    (b"", f"{TABLE}: is not a safetensors file"),
    (tensor_file({}), f"{TABLE}: the tensor log_probs is missing"),
    (
        tensor_file({"\x1b[31m": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}),
        f"{TABLE}:",
    ),
]
"""Files in place of a table, each with the beginning of the reason of its refusal."""


def publish_table(models: Path, raw: bytes) -> Path:
    """Publish the bigram with a table."""
    return publish_bigram(models, ROWS, {TABLE: raw})


def be_enormous(folder: Path) -> None:
    """Describe 20,000 symbols and contexts of 1,024, which no table of this world holds."""

    def change(manifest: Manifest) -> None:
        letters = (chr(0x4E00 + number) for number in range(20_000))
        manifest.vocabulary.symbols[:] = [".", *letters]
        manifest.architecture.block_size = 1_024

    rewrite_manifest(folder, change)


def be_sparse(folder: Path) -> None:
    """Make the manifest a file of 3 TiB without contents."""
    os.truncate(folder / MANIFEST, 3 << 40)


def count_in_infinities(folder: Path) -> None:
    """Give numbers that JSON does not have."""
    rewrite_json(folder, lambda fields: fields.update(max_log_prob_difference=float("inf")))


def nest(folder: Path) -> None:
    """Nest the JSON deeper than a parser goes."""
    write_manifest(folder, b'{"a":' * 3_000)


def describe_another_loss(folder: Path) -> None:
    """Record a loss that the model does not have."""

    def change(manifest: Manifest) -> None:
        for split in manifest.splits:
            split.loss += 0.01

    rewrite_manifest(folder, change)


WRONG_FOLDERS: list[tuple[Callable[[Path], None], str]] = [
    (be_enormous, ""),
    (be_sparse, "manifest.json: "),
    (count_in_infinities, ""),
    (nest, "manifest.json is not a manifest: "),
    (describe_another_loss, "splits: the loss on val is "),
]
"""Changes of a folder, each with the beginning of the reason of its refusal."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, str]]:
    """Provide the reasons for which one server refuses versions; it serves version 1."""
    models = tmp_path_factory.mktemp("models")
    sound = save({"log_probs": TABLE_ROWS})
    publish_table(models, sound)
    for raw, _ in WRONG_TABLES:
        publish_table(models, raw)
    for change, _ in WRONG_FOLDERS:
        change(publish_table(models, sound))
    with running("--models", models) as server, Client(server.address) as client:
        assert client.model().version == 1
        assert len(client.generate(10, seed=1).names) == 10
        yield reasons(server.log)


@pytest.mark.parametrize("place", range(len(WRONG_TABLES)))
def test_fault_40_a_table_of_another_kind_is_refused_in_words(
    told: dict[int, str], place: int
) -> None:
    """Types that numpy does not know, headers without an end, no header: each is told."""
    assert told[2 + place].startswith(WRONG_TABLES[place][1])
    assert "the load fails" not in told[2 + place]
    assert told[2 + place].isprintable()


@pytest.mark.parametrize("place", range(len(WRONG_FOLDERS)))
def test_fault_40_a_folder_of_another_kind_is_refused_in_words(
    told: dict[int, str], place: int
) -> None:
    """Sizes beyond all bounds, files of terabytes, nested JSON: each is told."""
    reason = told[2 + len(WRONG_TABLES) + place]
    assert reason.startswith(WRONG_FOLDERS[place][1])
    assert "the load fails" not in reason


def test_fault_40_a_bundle_without_a_train_split_answers(tmp_path: Path) -> None:
    """No name is a training name, so ``novel`` admits all; the split is not found; all else is."""
    manifest = manifest_of(ROWS)
    del manifest.splits[0]
    text = "".join(f"{name}\n" for name in NAMES).encode()
    splits = {"splits/val.txt": text, "splits/test.txt": text}
    publish(tmp_path, manifest, {TABLE: save({"log_probs": TABLE_ROWS}), **splits})
    with running("--models", tmp_path) as server, Client(server.address) as client:
        names = client.generate(100, seed=1, novel=True).names
        assert names == client.generate(100, seed=1).names
        assert client.measure(novel=True).probability_given_lengths == pytest.approx(1)
        assert len(client.top(5, novel=True).names) == 5
        described = client.describe()
        assert (described.training_names, described.training_probability) == (0, 0)
        evaluated = client.evaluate("val")
        assert evaluated.seen.names == 0
        with pytest.raises(NamesmithError) as caught:
            client.evaluate("train")
        assert caught.value.code.name == "NOT_FOUND"


def test_fault_40_a_bundle_without_any_split_answers(tmp_path: Path) -> None:
    """A model needs no split to draw names from."""
    manifest = manifest_of(ROWS)
    del manifest.splits[:]
    publish(tmp_path, manifest, {TABLE: save({"log_probs": TABLE_ROWS})})
    with running("--models", tmp_path) as server, Client(server.address) as client:
        assert len(client.generate(10, seed=1, novel=True).names) == 10
        assert client.describe().training_names == 0
        for split in ("train", "val", "", "../val"):
            with pytest.raises(NamesmithError):
                client.evaluate(split)


@pytest.mark.parametrize("text", [b"", b"\n", b"\n\n\n", b"ada"])
def test_fault_40_splits_of_few_names_answer(tmp_path: Path, text: bytes) -> None:
    """A split without a name, with empty names, or without a last newline is no fault."""
    folder = publish_table(tmp_path, save({"log_probs": TABLE_ROWS}))
    for split in ("train", "val", "test"):
        replace_file(folder, f"splits/{split}.txt", text)

    def change(manifest: Manifest) -> None:
        vouch(manifest, "splits/val.txt", text)
        for split in manifest.splits:
            split.loss = 0

    rewrite_manifest(folder, change)
    with running("--models", tmp_path) as server, Client(server.address) as client:
        assert len(client.generate(10, seed=1).names) == 10
        assert client.describe().expected_length > 0
        client.evaluate("train")
