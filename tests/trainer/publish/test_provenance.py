"""Labels, licence and source of names, as they are stated on the command line."""

import re
import shlex
from pathlib import Path

import pytest

from namesmith.bundle import Bundle
from namesmith_server.app.settings import EMBEDDED
from namesmith_trainer.publish import read_labels, read_licence, read_source

ROOT = Path(__file__).parents[3]
"""The checkout."""


def test_a_licence_is_spelt_as_spdx_spells_it() -> None:
    """An expression may combine several, or name one's own."""
    assert read_licence("cc0-1.0") == "CC0-1.0"
    assert read_licence("mit or apache-2.0") == "MIT OR Apache-2.0"
    assert read_licence("LicenseRef-own") == "LicenseRef-own"


def test_labels_are_read_by_their_keys() -> None:
    """A value may hold the sign of equality, and any printable character."""
    assert read_labels(["locale=fi", "note=a=b ä"]) == {"locale": "fi", "note": "a=b ä"}
    assert read_source("https://example.org/x") == "https://example.org/x"


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        (["locale"], "'locale' is not KEY=VALUE"),
        (["A=b"], "the key 'A' is not"),
        (["a="], "the value '' is not"),
        (["a=1", "a=2"], "the key 'a' stands twice"),
        ([f"a{i}=1" for i in range(17)], "17 labels, at most 16"),
    ],
)
def test_labels_at_fault_are_named(texts: list[str], fault: str) -> None:
    """The message tells the text and the bound."""
    with pytest.raises(ValueError, match=fault):
        read_labels(texts)


def test_licences_and_sources_at_fault_are_named() -> None:
    """No licence that SPDX does not know, no address that is none."""
    with pytest.raises(ValueError, match="'MITT' is not an SPDX licence expression"):
        read_licence("MITT")
    with pytest.raises(ValueError, match="'ftp://x' is not an http or https address"):
        read_source("ftp://x")
    with pytest.raises(ValueError, match=r"'https://\.\.\.@x/' holds a user or a password"):
        read_source("https://anna:private@x/")


def test_the_bundles_that_ship_state_their_names_as_make_bundles_does() -> None:
    """The options of the Makefile are the labels, the licence and the source of every manifest."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    words = shlex.split(re.search(r"^PROVENANCE := (.*)$", makefile, re.MULTILINE)[1])
    options = list(zip(words[::2], words[1::2], strict=True))
    labels = read_labels([value for option, value in options if option == "--label"])
    for folder in EMBEDDED.glob("*/1"):
        data = Bundle.open(folder).manifest.data
        assert dict(data.labels) == labels
        assert data.licence == read_licence(dict(options)["--licence"])
        assert data.source == read_source(dict(options)["--source"])
