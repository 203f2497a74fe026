"""Fault 37: text of a manifest reaches no message, log or terminal as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bundles import copy_version, rewrite_json, tiny_manifest, write_tiny
from namesmith.bundle import Bundle, BundleError
from namesmith_trainer.cli import main
from processes import refused

FORGED = 'x\n{"event": "serving"}\r\x1b[31m\x1b]0;t\x07\x9b1m\x00\x7f\u202e\u2066\u2028\ufeff'
"""Text that forges a line, colours a terminal and turns the direction of writing."""

PLACES: dict[str, Callable[[dict[str, Any]], object]] = {
    "path": lambda fields: fields["files"][0].update(path=FORGED),
    "path that leaves": lambda fields: fields["files"][0].update(path=f"../{FORGED}"),
    "path that is long": lambda fields: fields["files"][0].update(path=FORGED * 1_000),
    "key": lambda fields: fields.update({FORGED: 1}),
    "key of a file": lambda fields: fields["files"][0].update({FORGED: 1}),
    "key that is long": lambda fields: fields.update({FORGED * 1_000: 1}),
    "number": lambda fields: fields.update(version=FORGED),
    "model": lambda fields: fields.update(model=FORGED),
    "model that is long": lambda fields: fields.update(model=FORGED * 1_000),
    "split": lambda fields: fields["splits"][0].update(name=FORGED),
    "symbol": lambda fields: fields["vocabulary"]["symbols"].append(FORGED),
    "symbol that ends a line": lambda fields: fields["vocabulary"]["symbols"].append("\u2028"),
    "type": lambda fields: fields.update(files=FORGED),
}
"""Places of the forged text in the JSON of a manifest whose text a message may repeat."""


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_fault_37_text_of_a_manifest_is_escaped_and_cut(
    tmp_path: Path, place: Callable[[dict[str, Any]], object]
) -> None:
    """A refusal is one printable line of at most 400 characters."""
    folder = write_tiny(tmp_path, tiny_manifest())
    rewrite_json(folder, place)
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.slow
def test_fault_37_a_start_that_is_refused_prints_no_path_as_it_is(
    repository: Path, tmp_path: Path
) -> None:
    """The last line of the server is printable; no line of the log is forged."""
    folder = copy_version(repository / "small" / "1", tmp_path, 1)
    for name in ("path", "path that leaves", "key", "split"):
        copied = copy_version(folder, tmp_path / name.replace(" ", "-"), 1)
        rewrite_json(copied, PLACES[name])
        ended = refused("--models", tmp_path / name.replace(" ", "-"))
        assert ended.returncode == 1
        assert all(line.isprintable() for line in ended.stderr.split("\n"))
        assert not any(line.startswith('{"event": "serving"') for line in ended.stderr.split("\n"))


def test_fault_37_inspect_prints_a_manifest_escaped(tmp_path: Path) -> None:
    """Text that no rule restricts: tools, settings, the name of the data."""
    described = tiny_manifest(created=FORGED)
    described.tools[FORGED] = FORGED
    described.training.settings[FORGED] = FORGED
    described.data.name = described.data.sha256 = described.training.recipe = FORGED
    folder = write_tiny(tmp_path, described)
    shown = CliRunner().invoke(main, ["inspect", str(folder)])
    assert shown.exit_code == 0
    assert all(line.isprintable() for line in shown.output.split("\n"))
    assert "\\x1b[31m" in shown.output
