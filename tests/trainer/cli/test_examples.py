"""Tests of ``examples``, run as a person runs it."""

from pathlib import Path

from click.testing import CliRunner

from namesmith_trainer.cli import main
from namesmith_trainer.data import Names


def test_the_examples_are_the_contexts_of_the_first_names_of_train(tmp_path: Path) -> None:
    """Each symbol of the first names stands behind the symbols before it, padded with the end."""
    path = tmp_path / "names.txt"
    path.write_text("\n".join(Names.read("us-names").names[:100]), encoding="utf-8")
    command = ["examples", "--data", str(path), "--count", "2", "--block-size", "4"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    expected = []
    for name in Names.read(str(path)).splits()["train"][:2]:
        padded = f"....{name}."
        expected += [f"{padded[i : i + 4]} ---> {padded[i + 4]}" for i in range(len(name) + 1)]
    assert result.stdout.splitlines() == expected
