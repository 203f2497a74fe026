"""CSV files: a written row reads back as its cells, and no row fills the memory."""

import csv
import io

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith_client.cli import csv_file
from namesmith_client.cli.csv_file import CsvFile

HEADERS = st.sampled_from(["a{}b\n", "a{}b\r\n", '"a"{}"b"\n', '"a"{}"b"\r\n', "\ufeffa{}b\n"])

ROWS = st.lists(st.lists(st.text('\r\n",;\t aé'), min_size=2, max_size=2), max_size=5)


def read(text: str, delimiter: str = ",") -> CsvFile:
    """Return a file of the text."""
    return CsvFile(io.BytesIO(text.encode()), delimiter)


@given(header=HEADERS, delimiter=st.sampled_from(",;\t"), rows=ROWS)
def test_written_rows_read_back_as_their_cells(
    header: str, delimiter: str, rows: list[list[str]]
) -> None:
    """Whatever cells hold, and whichever ends of lines and quotes the file has."""
    text = header.format(delimiter)
    file = read(text, delimiter)
    written = (file.written_header() + file.written(rows)).decode()
    assert written.startswith(text)
    assert written.endswith(file.written([["", ""]]).decode()[-1])
    expected = [["a", "b"], *rows]
    plain = written.removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter)) == expected
    again = read(written, delimiter)
    assert [again.header, *again.rows()] == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\n" + "x" * 99, "line 2 is longer than 64 bytes, the most of a row"),
        ("a\rb\r" * 33, "line 1 is longer than 64 bytes, the most of a row, and has CRs"),
        ("a\nb\n" + '"c\n' + "x\n" * 99, "line 3 opens a quote that is not closed within 64 bytes"),
    ],
)
def test_a_row_longer_than_the_bound_is_told(
    monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    """The error names the line and the bound, and little more than the bound was read."""
    monkeypatch.setattr(csv_file, "MAX_ROW", 64)
    source = io.BytesIO(text.encode())
    with pytest.raises(click.ClickException, match=told):
        list(CsvFile(source, ",").rows())
    assert source.tell() < 64 + 16
