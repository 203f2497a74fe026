"""The links of the documents lead to files that are there, and to headings of theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

FOLDERS = ("", "docs", "examples/stories", "examples/node", "examples/go", "deploy")

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
"""A link inside of the repository: its file, and its heading."""


def documents() -> list[Path]:
    """Return every document."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.md"))]


def anchors(document: Path) -> Iterator[str]:
    """Yield the anchors of a document's headings, as forges make them."""
    for heading in re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        yield kept.replace(" ", "-")


def is_whole(document: Path, file: str, anchor: str) -> bool:
    """Tell whether a link of a document leads somewhere."""
    target = document.parent / file if file else document
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    """No document names a file that is not there, or a heading that the file has not."""
    links = [
        (document, *found.groups(""))
        for document in documents()
        for found in LINK.finditer(document.read_text("utf-8"))
    ]
    assert len(links) > 100
    assert [link for link in links if not is_whole(*link)] == []
