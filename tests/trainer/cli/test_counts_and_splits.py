"""Tests of ``--weights``, ``--split`` and ``--val-data``, run as a person runs them."""

from pathlib import Path

import pytest

from distilling import NETWORK, SMALL, call, trained
from namesmith.bundle import Bundle, counts_path, parse_counts, split_path
from namesmith_trainer.data import Names, Shares
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.training import Checkpoint, CheckpointError, StoppedError, train

NAMES = Names.read("us-names").names[:400]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a file of names with counts."""
    path = tmp_path_factory.mktemp("data") / "counted.csv"
    path.write_text("".join(f"{name},{i % 90 + 1}\n" for i, name in enumerate(NAMES)))
    return path


def split_of(bundle: Bundle, split: str) -> dict[str, int]:
    """Return the names of a split of a bundle with counts, and their counts."""
    (described,) = (one for one in bundle.manifest.splits if one.name == split)
    names = bundle.read(split_path(split)).decode().splitlines()
    assert len(names) == described.names
    raw = bundle.read(counts_path(split))
    counts = parse_counts(raw, split, described.names, described.occurrences).tolist()
    return dict(zip(names, counts, strict=True))


def test_a_bundle_holds_the_counts_of_its_splits(counted: Path, tmp_path: Path) -> None:
    """Names, counts, shares and the val file are those of the options, and ``inspect`` says so."""
    validation = tmp_path / "val.csv"
    validation.write_text(f"{NAMES[0]},5\nzoe,7\n{NAMES[0]},1\n")
    options = ("--weights", "--split", "90,5,5", "--val-data", validation)
    bundle = trained(tmp_path, "--data", counted, "--recipe", "kneser-ney", *options)
    train, test = split_of(bundle, "train"), split_of(bundle, "test")
    assert (len(train), len(test)) == (380, 20)
    assert train | test == {name: i % 90 + 1 for i, name in enumerate(NAMES)}
    assert split_of(bundle, "val") == {NAMES[0]: 6, "zoe": 7}
    data = bundle.manifest.data
    assert (data.names, data.occurrences) == (400, sum(i % 90 + 1 for i in range(400)))
    assert list(data.split_shares) == [0.9, 0.05, 0.05]
    assert data.validation.name == "val.csv"
    shown = call("inspect", bundle.folder).output
    assert f"names have counts, {data.occurrences:,} together" in shown
    assert "cut into train, val and test of 90 %, 5 %, 5 %" in shown
    assert f"val is val.csv, SHA-256 {data.validation.sha256}" in shown


@pytest.mark.slow
def test_names_with_counts_are_distilled_by_teachers_of_the_same_counts(
    counted: Path, tmp_path: Path
) -> None:
    """The network and its chain have the same splits; a teacher of other splits is refused."""
    options = ("--data", counted, "--weights")
    network = trained(tmp_path / "n", *options, "--recipe", "batchnorm", *NETWORK)
    distil = ("--recipe", "distilled", *SMALL, "--teacher", network.folder)
    chain = trained(tmp_path / "c", *options, *distil)
    assert split_of(chain, "val") == split_of(network, "val")
    losses = [one.loss for one in chain.manifest.splits]
    assert losses[0] < losses[1] < 3.3
    for other in (("--split", "90,5,5"), ("--val-data", counted)):
        models = ("--models", tmp_path, "--name", "m")
        result = call("train", *models, *options, *distil, *other)
        assert (
            "trained with other --lower, --column, --weights, --split or --val-data"
            in result.output
        )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--split", "90,10"), "'--split': '90,10' is not three numbers TRAIN,VAL,TEST"),
        (("--split", "100,0,0"), "'--split': '100,0,0': val is 0, each number must be above 0"),
        (("--val-data", ""), "'--val-data': the name of the file is empty"),
        (("--val-data", "missing.txt"), "missing.txt: No such file"),
        (("--weights",), "--weights: no counts stand beside the names"),
    ],
)
def test_splits_that_cannot_be_are_refused(
    options: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    """The message names the option or the file, and what was given."""
    result = call("train", "--models", tmp_path, "--name", "m", "--recipe", "kneser-ney", *options)
    assert result.exit_code != 0
    assert told in result.output


def test_a_run_of_other_splits_is_not_continued(tmp_path: Path) -> None:
    """A checkpoint that was made with other shares is refused by the option's name."""
    data = Names("list", "list", "0" * 64, NAMES, distinct=True)
    recipe = override(RECIPES["batchnorm"], steps=200, hidden=8)
    kept = Checkpoint(tmp_path / "c", every=100, resume=True)

    def run(data: Names) -> None:
        train(data, recipe, 1, "cpu", lambda events: events, checkpoint=kept, stop=lambda: True)

    with pytest.raises(StoppedError):
        run(data)
    with pytest.raises(
        CheckpointError, match=r"was made with split None, .* \[0\.5, 0\.25, 0\.25\]"
    ):
        run(data.cut(Shares.parse("2,1,1")))
