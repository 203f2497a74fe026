"""Tests of the splits: shares of one's own, a val file, and names with counts."""

from dataclasses import replace
from pathlib import Path

import pytest

from namesmith_trainer.data import NOTEBOOK, DataError, Names, Shares
from namesmith_trainer.data.counts import add_counts

LIST = Names(
    "list", "list", "0" * 64, tuple(f"n{chr(97 + i % 26)}{i}" for i in range(200)), distinct=False
)
"""A list of 200 distinct names."""


def read(folder: Path, text: str, *, weights: bool = False) -> Names:
    """Return the names of a file with this text."""
    path = folder / f"names-{len(text)}.csv"
    path.write_text(text)
    return Names.read(str(path), weights=weights)


def test_the_usual_shares_cut_where_the_notebook_cuts() -> None:
    """80,10,10 ends at int(0.8 n) and int(0.9 n) for every n, also where floats round."""
    for n in range(20_000):
        assert NOTEBOOK.ends(n) == (int(0.8 * n), int(0.9 * n))


@pytest.mark.parametrize("text", ["90,5,5", "0.9, 0.05, 0.05", "18,1,1"])
def test_shares_are_percent_or_a_ratio(text: str) -> None:
    """Only the ratio of the three numbers matters."""
    assert Shares.parse(text) == Shares.parse("90,5,5")
    cut = LIST.cut(Shares.parse(text)).splits()
    assert [len(names) for names in cut.values()] == [180, 10, 10]
    assert cut["train"][:160] == LIST.splits()["train"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("90,10", "is not three numbers"),
        ("90,5,5,0", "is not three numbers"),
        ("90,5,-5", "is not three numbers"),
        ("90,5,nan", "is not three numbers"),
        ("1e9,1,1", "is not three numbers"),
        ("90,0,10", "val is 0"),
        ("90,10,0.0", "test is 0"),
    ],
)
def test_shares_that_make_no_three_splits_are_refused(text: str, fault: str) -> None:
    """The message repeats the text and names the fault."""
    with pytest.raises(ValueError, match=fault) as caught:
        Shares.parse(text)
    assert repr(text) in str(caught.value)


def test_a_split_without_a_name_is_refused() -> None:
    """Shares that leave a split of this list empty are told with the number of names."""
    with pytest.raises(DataError, match="200 names leave the val split empty"):
        LIST.cut(Shares.parse("9999,1,100")).splits()


def test_a_val_file_leaves_test_as_it_is(tmp_path: Path) -> None:
    """Val is the file in its order, test is the same as without, and train is the rest."""
    validation = read(tmp_path, "na1\nnew\nna1\n".replace("new", "nb2"))
    usual, cut = LIST.splits(), LIST.cut(None, validation).splits()
    assert cut["val"] == ["na1", "nb2", "na1"]
    assert cut["test"] == usual["test"]
    assert cut["train"] == [*usual["train"], *usual["val"]]


def test_a_val_file_with_characters_that_train_lacks_is_refused_or_skipped(tmp_path: Path) -> None:
    """The message names the file, the first name, its character and how many there are."""
    validation = read(tmp_path, "na1\nnaß1\nß\n")
    with pytest.raises(DataError, match=r"names-.*: 'naß1' holds 'ß', .* such characters: 2"):
        LIST.cut(None, validation)
    cut = LIST.cut(None, validation, skip_invalid=True)
    assert (cut.splits()["val"], cut.left_out) == (["na1"], 2)
    with pytest.raises(DataError, match="every name holds a character that train lacks"):
        LIST.cut(None, read(tmp_path, "ß\n"), skip_invalid=True)


def test_counts_are_needed_in_both_files_or_none(tmp_path: Path) -> None:
    """A val file without counts cannot stand beside a list with counts."""
    with pytest.raises(DataError, match="counts are needed in both files or none"):
        LIST.cut(None, read(tmp_path, "na1,2\n", weights=True))


def test_a_name_stands_in_one_split_with_its_whole_count(tmp_path: Path) -> None:
    """Equal names' counts are added; the distinct names are cut as a list without counts is."""
    lines = [f"{name},{i % 7 + 1}\n" for i, name in enumerate(LIST.names)]
    names = read(tmp_path, "".join([*lines, *lines[:50]]), weights=True)
    counts = {name: (i % 7 + 1) * (2 if i < 50 else 1) for i, name in enumerate(LIST.names)}
    splits = names.splits()
    assert splits == LIST.splits()
    for split in splits.values():
        assert split.counts is not None
        assert split.counts.tolist() == [counts[name] for name in split]
    assert sum(split.occurrences for split in splits.values()) == sum(counts.values())


def test_counts_of_equal_names_are_added_before_the_cut() -> None:
    """Also where the reader has left equal names apart."""
    names = replace(LIST, names=(*LIST.names, *LIST.names), counts=tuple(range(1, 401)))
    splits = names.splits()
    assert splits == LIST.splits()
    assert sum(split.occurrences for split in splits.values()) == sum(range(1, 401))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ana,0\n", "the count '0' is not a whole number from 1"),
        ("ana,-1\n", "no counts stand beside the names, as in 'ana,-1'"),
        ("ana\n", "no counts stand beside the names, as in 'ana'"),
        ("ana,1 5\n", "no counts stand beside the names, as in 'ana,1 5'"),
        (f"ana,{2**40}\nana,1\n", "the count of 'ana', 1,099,511,627,777, is not in"),
        (f"ana,{2**40 + 1}\nana,1\n", "is not a whole number from 1 to 1,099,511,627,776"),
    ],
)
def test_a_count_out_of_range_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    """The message names the file, the name and the count; a sum of counts is held to the bound."""
    with pytest.raises(DataError, match=fault):
        read(tmp_path, text, weights=True).splits()


def test_counts_of_too_many_symbols_are_refused() -> None:
    """Sums stay exact in float64: all counts stand for at most 2^53 predicted symbols."""
    names = [f"{'a' * 1023}{i}" for i in range(10)]
    with pytest.raises(DataError, match="at most 9,007,199,254,740,992 are taken"):
        add_counts("list", names, [1 << 40] * len(names))


def test_choices_tell_splits_of_one_file_apart(tmp_path: Path) -> None:
    """Usual names have none, so that runs and bundles of old continue and teach."""
    validation = read(tmp_path, "na1\n")
    assert LIST.choices() == {}
    assert LIST.cut(Shares.parse("8,1,1")).choices() == {}
    assert LIST.cut(Shares.parse("90,5,5")).choices() == {"split": [0.9, 0.05, 0.05]}
    assert LIST.cut(None, validation).choices() == {"val_data": validation.sha256}
    assert replace(LIST, counts=(1,) * 200).choices() == {"weights": True}
