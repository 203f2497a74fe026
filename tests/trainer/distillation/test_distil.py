"""Tests of ``--recipe distilled``, run as a person runs it, on small data."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from distilling import NETWORK, SMALL, call, trained
from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override, with_teachers
from namesmith_trainer.training import train


def test_the_manifest_tells_of_the_teachers_and_the_chain(
    command: list[str | Path], tmp_path: Path
) -> None:
    """Weights, states, closeness and the losses apart for seen and unseen names."""
    result = call("train", "--models", tmp_path, "--name", "m", *command)
    assert result.exit_code == 0, result.output
    manifest = Bundle.open(tmp_path / "m" / "1").manifest
    chain = manifest.chain
    assert [teacher.recipe for teacher in chain.teachers] == ["batchnorm"] * 2 + ["kneser-ney"]
    assert [(t.model, t.version, t.batch_seed) for t in chain.teachers] == [
        ("t", 1, 1), ("t", 2, 2), ("", 0, 0)
    ]  # fmt: skip
    assert sum(teacher.weight for teacher in chain.teachers) == pytest.approx(1)
    assert chain.teachers[0].weight == chain.teachers[1].weight > 0
    assert chain.teachers[2].settings == {"block_size": "3"}
    assert sum(chain.states_by_length) == chain.states <= 300
    assert chain.sampled_names == 3_000
    assert [split.name for split in manifest.splits] == ["train", "val", "test"]
    for split, teacher_losses in zip(
        manifest.splits, zip(*(t.losses for t in chain.teachers), strict=True), strict=True
    ):
        assert {each.split for each in teacher_losses} == {split.name}
        assert split.teacher_kl >= 0
        assert split.teacher_loss < 3.3
        assert split.seen.names + split.unseen.names == split.names
        assert split.seen.names > 0
        assert not split.HasField("novel_loss")  # names stand in train too
        assert f"{split.name:5} loss {split.loss:.4f}" in result.output
    assert manifest.splits[1].teacher_loss <= min(
        teacher.losses[1].loss for teacher in chain.teachers
    )
    settings = {key: json.loads(value) for key, value in manifest.training.settings.items()}
    assert settings == {
        "block_size": 4, "counts": 4, "ensemble": 2, "sampled_names": 3_000, "size": 0.0,
        "states": 300, "teachers": ["t/1", "t/2"],
    }  # fmt: skip
    assert manifest.training.recipe == "distilled"
    assert manifest.training.seconds > 0
    assert manifest.training.steps == 0
    paths = {file.path for file in manifest.files}
    assert {bundle.CHAIN, bundle.ONNX, bundle.TORCHSCRIPT, bundle.REPORT} <= paths


def test_a_given_novel_loss_stands_where_no_name_repeats(names: Path, tmp_path: Path) -> None:
    """With ``--distinct`` val and test have one, which is lower than the loss of any name."""
    own = ["--recipe", "distilled", *SMALL, "--data", names, "--distinct"]
    trained(tmp_path / "t", "--data", names, "--distinct", *NETWORK)
    manifest = trained(tmp_path, *own, "--teacher", tmp_path / "t" / "m" / "1").manifest
    for split in manifest.splits[1:]:
        assert split.seen.names == 0
        assert split.novel_loss < split.loss


@pytest.mark.slow
def test_equal_arguments_give_equal_chains(command: list[str | Path], tmp_path: Path) -> None:
    """Bit for bit; another seed samples other names, and gives another chain."""
    one, same = (trained(tmp_path, *command).read(bundle.CHAIN) for _ in range(2))
    other = trained(tmp_path, *command, "--seed", "43").read(bundle.CHAIN)
    assert one == same
    assert one != other


def test_more_states_are_closer_to_the_teachers(names: Path, bundles: list[Path]) -> None:
    """Never more than asked for; a single state is a chain too."""
    found = []
    for most in (1, 30, 300):
        small = override(RECIPES["distilled"], states=most, sampled_names=3_000, block_size=4)
        recipe = with_teachers(small, tuple(map(str, bundles)))
        run = train(Names.read(str(names)), recipe, 42, "cpu", lambda events: events)
        assert len(run.chain.contexts) <= most
        found.append(run.fits["val"].kl)
    assert found[0] > found[1] > found[2] >= 0


@pytest.mark.parametrize(
    "size", [0.1, *(pytest.param(one, marks=pytest.mark.slow) for one in (0.15, 0.3))]
)
def test_the_size_bounds_the_three_files_together(
    command: list[str | Path], tmp_path: Path, size: float
) -> None:
    """The chain, ONNX and TorchScript are at most as large as asked, and not much smaller."""
    published = trained(tmp_path, *command, "--states", "100000", "--size", str(size))
    forms = {bundle.CHAIN, bundle.ONNX, bundle.TORCHSCRIPT}
    bytes_ = sum(file.size for file in published.manifest.files if file.path in forms)
    assert size * 1e6 - 70_000 <= bytes_ <= size * 1e6


def test_a_recipe_is_trained_and_teaches(tiny: list[str | Path], tmp_path: Path) -> None:
    """Seeds that follow one another, with equal weights and their own losses."""
    result = call("train", "--models", tmp_path, "--name", "m", *tiny, "--seed", "7")
    assert result.exit_code == 0, result.output
    assert "teacher tiny-7" in result.stderr
    assert "teacher tiny-8" in result.stderr
    teachers = Bundle.open(tmp_path / "m" / "1").manifest.chain.teachers
    assert [(t.recipe, t.batch_seed) for t in teachers] == [
        ("tiny", 7), ("tiny", 8), ("kneser-ney", 0)
    ]  # fmt: skip
    assert teachers[0].settings["steps"] == "300"
    assert teachers[0].weight == teachers[1].weight
    assert sum(teacher.weight for teacher in teachers) == pytest.approx(1)
    assert teachers[0].losses[0].loss != teachers[1].losses[0].loss


@pytest.mark.slow
def test_the_seed_after_the_largest_is_zero(tiny: list[str | Path], tmp_path: Path) -> None:
    """An ensemble whose seeds would leave the range goes on from its beginning."""
    manifest = trained(tmp_path, *tiny, "--seed", str(2**63 - 1)).manifest
    assert [teacher.batch_seed for teacher in manifest.chain.teachers] == [2**63 - 1, 0, 0]


def test_a_teacher_of_other_data_is_refused_before_any_is_trained(
    tiny: list[str | Path], repository: Path, tmp_path: Path
) -> None:
    """One line names the bundle and both data files."""
    folder = repository / "small" / "1"
    result = call("train", "--models", tmp_path, "--name", "m", *tiny, "--teacher", folder)
    assert result.exit_code == 1
    assert "teacher tiny" not in result.stderr
    assert result.stderr.endswith(
        f"Error: teacher {folder}: was trained on other data (us-names), whose splits are not those"
        " of names.txt\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--teacher", "kneser-ney"), "teacher: the recipe kneser-ney is no network"),
        (("--teacher", "wavenet", "--teacher", "distilled"), "the recipe distilled is no network"),
        (
            ("--teacher", "absent/1"),
            "teacher: 'absent/1' is neither a built-in recipe nor a folder",
        ),
        (("--teacher", "wavenet", "--teacher", "wavenet"), "teacher: 'wavenet' is given twice"),
        (("--recipe", "wavenet", "--teacher", "batchnorm"), "the recipe wavenet has no such"),
        (("--states", "0"), "states: 0 is not in 1 to"),
        (("--size", "nan"), "size: nan is not in 0.0 to"),
        (("--size", "0.01"), "size: 0.01 MB hold no state of 27 symbols; at least 0.065"),
    ],
)
def test_wrong_teachers_and_bounds_are_usage_errors(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    """One line, before anything is trained, and nothing is published."""
    result = call("train", "--models", tmp_path, "--name", "m", "--recipe", "distilled", *options)
    assert result.exit_code == 2
    assert message in result.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


SCRIPTS = {
    "ten names": ["ada", "bo", "cy", "dee", "eva", "flo", "gus", "hal", "ida", "jo"],
    "marks": ["\u1eb8\u0300b\u00f9n", "\u1ecc\u0301l\u00e1", "\u1eb8\u0301niol\u00e1"] * 10,
    "300 symbols": [chr(0x4E00 + k) + chr(0x4E00 + 7 * k % 299) for k in range(299)],
    "beyond 16 bits": [chr(0x20000 + k) + chr(0x1F600 + k) for k in range(40)],
}
"""Names of several scripts; the val split holds pairs of symbols that train lacks."""


@pytest.mark.slow
@pytest.mark.parametrize("which", SCRIPTS)
def test_any_names_are_distilled(which: str, tmp_path: Path) -> None:
    """Small data, combining marks, many symbols, and combinations that train never saw."""
    data = tmp_path / "names.txt"
    data.write_text("".join(f"{name}\n" for name in SCRIPTS[which]), encoding="utf-8")
    trained(tmp_path / "t", "--data", data, *NETWORK)
    options = ("--data", data, "--recipe", "distilled", *SMALL, "--block-size", "8")
    published = trained(tmp_path, *options, "--teacher", tmp_path / "t" / "m" / "1")
    assert all(0 <= split.teacher_kl < 10 for split in published.manifest.splits)
    (tmp_path / "chain").write_bytes(published.read(bundle.CHAIN))
    probabilities = np.exp(load_file(tmp_path / "chain")["log_probs"], dtype=np.float64)
    assert probabilities.sum(1) == pytest.approx(1, abs=1e-5)
    assert (probabilities > 0).all()  # any name has a probability


@pytest.mark.slow
def test_the_train_split_alone_teaches_without_sampled_names(
    command: list[str | Path], tmp_path: Path
) -> None:
    """``--sampled-names 0`` averages over the histories of train."""
    manifest = trained(tmp_path, *command, "--sampled-names", "0").manifest
    assert manifest.chain.sampled_names == 0
    assert manifest.chain.states > 1
