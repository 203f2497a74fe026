"""Tests of tables: their columns of names and of counts, and their lines that cannot be taken."""

import re
from pathlib import Path

import pytest

from namesmith_trainer.data import DataError, Names


def write(folder: Path, raw: bytes) -> str:
    """Write a data file with the given bytes and return its path."""
    path = folder / "names.txt"
    path.write_bytes(raw)
    return str(path)


@pytest.mark.parametrize(
    ("raw", "column", "names"),
    [
        (b"name,sex\nana,f\nmia,f\n", None, ("ana", "mia")),
        (b"sex\tName\nf\tana\nf\tmia\n", None, ("ana", "mia")),
        (b'"ana"\n"mia, jr."\n', None, ("ana", "mia, jr.")),
        (b"name\nana\nmia\n", None, ("ana", "mia")),
        (b"Vorname\nana\nmia\n", "vorname", ("ana", "mia")),
        ("Prénom,Sexe\nana,f\nmia,f\n".encode(), None, ("ana", "mia")),
        ("Prénom,Sexe\nana,f\nmia,f\n".encode(), "1", ("ana", "mia")),
        ("Prénom,Nombre\nana,2\nmia,3\n".encode(), "1", ("ana", "mia")),
        ("Имя\nana\nmia\n".encode(), None, ("ana", "mia")),
        ('"名前"\n"ana"\n"mia"\n'.encode(), None, ("ana", "mia")),
        (b"sep=;\nname;sex\nana;f\nmia;f\n", None, ("ana", "mia")),
        (b"ana,b,c\n", "1", ("ana",)),
        (b"ana\nmia\n", "1", ("ana", "mia")),
        (b"first;last\nana;may\nmia;june\n", "last", ("may", "june")),
        (b"first;last\nana;may\nmia;june\n", "2", ("last", "may", "june")),
        (b"ana|f|2\nmia|f|3\n", "1", ("ana", "mia")),
        (b"ana,12\nmia,3\n", "1", ("ana", "mia")),
        (b'name,sex\n"may, ana",f\n', None, ("may, ana",)),
        (b"Paris, France\nRome, Italy\n", None, ("Paris, France", "Rome, Italy")),
        (b"ana\nmay, mia\nzoe\n", None, ("ana", "may, mia", "zoe")),
    ],
)
def test_a_column_holds_the_names(
    tmp_path: Path, raw: bytes, column: str | None, names: tuple[str, ...]
) -> None:
    """The column is called name, or is asked for by heading or number; prose has no columns."""
    assert Names.read(write(tmp_path, raw), column=column).names == names


@pytest.mark.parametrize(
    ("raw", "names", "counts"),
    [
        (b"ana,12\nmia,3\n", ("ana", "mia"), (12, 3)),
        (b"12\tana\n3\tmia\n", ("ana", "mia"), (12, 3)),
        (b"name,count\nana,12\n\nmia,3\n", ("ana", "mia"), (12, 3)),
        (b"Name;Jahr;Count\nana;1990;12\nmia;1990;3\n", ("ana", "mia"), (12, 3)),
        (b"ana,12\nmia,3\nana,2\n", ("ana", "mia", "ana"), (12, 3, 2)),
        ("Prénom;Nombre\nana;12\nmia;3\n".encode(), ("ana", "mia"), (12, 3)),
        (b"name,rank,births\nana,1,12\nmia,2,3\n", ("ana", "mia"), (12, 3)),
    ],
)
def test_counts_are_read_with_weights(
    tmp_path: Path, raw: bytes, names: tuple[str, ...], counts: tuple[int, ...]
) -> None:
    """The counts stand in the only column of whole numbers, or in the one that is called so."""
    read = Names.read(write(tmp_path, raw), weights=True)
    assert (read.names, read.counts) == (names, counts)


def test_distinct_adds_up_the_counts_of_equal_names(tmp_path: Path) -> None:
    """A name that stands twice is kept once, with the sum of its counts."""
    path = write(tmp_path, b"ana,12\nmia,3\nana,2\n")
    read = Names.read(path, weights=True, distinct=True)
    assert (read.names, read.counts) == (("ana", "mia"), (14, 3))


@pytest.mark.parametrize(
    ("raw", "options", "words"),
    [
        (b"ana\nmia\n", {"weights": True}, "--weights: no counts stand beside the names"),
        (b"ana,1,2\nmia,3,4\n", {"weights": True}, "the columns 2 and 3 hold numbers"),
        (b"ana,1\nmia,2\n", {"column": "3"}, "--column 3: is none of the columns, which are 1, 2"),
        (b"name,n\nmia,2\n", {"column": "x"}, "--column x: is none of the columns, which are name"),
        (b"ana\nmia\n", {"column": "name"}, "--column name: is none of the columns, which are 1"),
        (b"ana,f,1\nmia,f,2\n", {"weights": True}, "--column 1 takes the names of one"),
        (b"ana,1\nmia,2\n", {"column": "9" * 5_000}, "is none of the columns, which are 1, 2"),
        (b"name,sex\nana,f\n", {"weights": True}, "the column sex holds 'f', no whole number"),
    ],
)
def test_a_column_that_is_not_there_is_refused(
    tmp_path: Path, raw: bytes, options: dict[str, object], words: str
) -> None:
    """The message names the option, and the columns that there are."""
    with pytest.raises(DataError, match=re.escape(words)):
        Names.read(write(tmp_path, raw), **options)  # type: ignore[arg-type]


def test_lines_that_lack_columns_or_counts_are_faults(tmp_path: Path) -> None:
    """Few lines that differ from a table's others do not hide the table."""
    lines = [f"ana,{count}" for count in range(1, 31)]
    path = write(tmp_path, "\n".join([*lines, "mia", "zoe,x", "lea,0"]).encode())
    with pytest.raises(DataError) as caught:
        Names.read(path, weights=True)
    assert str(caught.value).splitlines()[1:] == [
        "  line 31: 1 column, where other lines have 2",
        "  line 32: the count 'x' is not a whole number from 1 to 1,099,511,627,776",
        "  line 33: the count '0' is not a whole number from 1 to 1,099,511,627,776",
    ]
    read = Names.read(path, weights=True, skip_invalid=True)
    assert (read.names, read.skipped) == (("ana",) * 30, 3)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('"Bob" Smith,3', "line 3: a quotation mark neither opens nor closes a cell"),
        ('"Bob,3', "line 3: a quotation mark neither opens nor closes a cell"),
        ('B"ob,3', "line 3: a quotation mark neither opens nor closes a cell"),
        ("bob,1.5", "line 3: the count '1.5' is not a whole number from 1"),
        ("bob,-4", "line 3: the count '-4' is not a whole number from 1"),
        ('bob,"1,000"', "line 3: the count '1,000' has marks between its digits: write 1000"),
        ("bob,", "line 3: the count '' is not a whole number"),
        ("bob", "line 3: 1 column, where other lines have 2"),
    ],
)
@pytest.mark.parametrize("lines", [2, 3, 30])
def test_a_line_that_cannot_be_taken_hides_no_other(
    tmp_path: Path, line: str, fault: str, lines: int
) -> None:
    """Quotation marks and counts are faults of their line, also where few lines stand beside."""
    text = "name,count\nana,1\n" + f"{line}\n" + "mia,2\n" * (lines - 1)
    path = write(tmp_path, text.encode())
    with pytest.raises(DataError, match=re.escape(fault)):
        Names.read(path, weights=True)
    read = Names.read(path, weights=True, skip_invalid=True)
    assert (read.names, read.skipped) == (("ana", *["mia"] * (lines - 1)), 1)


def test_a_cell_ends_in_its_line(tmp_path: Path) -> None:
    """Both lines of a cell with a line break are faults, and no line between marks is lost."""
    path = write(tmp_path, b'name,count\n"Smith\nJohn",3\nana,4\nmia,5\n')
    read = Names.read(path, weights=True, skip_invalid=True)
    assert (read.names, read.skipped) == (("ana", "mia"), 2)
