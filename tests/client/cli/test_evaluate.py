"""The command evaluate, run by a script."""

import json
from dataclasses import asdict
from pathlib import Path

from namesmith_client import Client
from terminal import answer, run


def test_evaluate_prints_the_loss_with_its_provenance(server: str, client: Client) -> None:
    """The command evaluates the split val unless an argument or an option names another one."""
    shown = json.loads(answer(server, "evaluate", "--json"))
    keys = ["split", "loss", "names", "symbols", "model", "version", "data_sha256"]
    assert list(shown)[: len(keys)] == keys
    assert (shown["split"], shown["loss"]) == ("val", client.evaluate("val").loss)
    for arguments in (("test",), ("--split", "test")):
        lines = answer(server, "evaluate", *arguments).splitlines()
        assert lines[:2] == ["split\ttest", f"loss\t{client.evaluate('test').loss!r}"]


def test_evaluate_prints_the_parts_of_a_split(server: str, client: Client) -> None:
    """JSON holds the parts as objects, lines one figure each; a loss of no names has no line."""
    for split in ("val", "train"):
        evaluation = client.evaluate(split)
        shown = json.loads(answer(server, "evaluate", split, "--json"))
        assert shown == asdict(evaluation)
        lines = answer(server, "evaluate", split).splitlines()
        parts = [line for line in lines if line.startswith(("seen_", "unseen_", "novel_"))]
        some, none = ("unseen", "seen") if split == "val" else ("seen", "unseen")
        expected = [f"{some}_{figure}\t{value}" for figure, value in shown[some].items()]
        expected.append(f"{none}_names\t0")
        if split == "val":
            expected.append(f"novel_loss\t{evaluation.novel_loss!r}")
        assert sorted(parts) == sorted(expected)


def test_evaluate_takes_names_from_a_file_or_a_pipe(
    server: str, client: Client, tmp_path: Path
) -> None:
    """A file and standard input give the same loss; BOM, CRLF and blanks are no part of names."""
    text = "\ufeffanna\r\n\r\n \n  zoe\t\n\notto".encode()
    (tmp_path / "names.txt").write_bytes(text)
    expected = client.evaluate_names(["anna", "zoe", "otto"])
    shown = json.loads(answer(server, "evaluate", "--names", "-", "--json", given=text))
    assert list(shown)[:5] == ["loss", "names", "symbols", "model", "version"]
    assert shown == asdict(expected)
    lines = answer(server, "evaluate", "--names", f"{tmp_path / 'names.txt'}").splitlines()
    assert lines == [f"{figure}\t{value}" for figure, value in shown.items()]


def test_a_file_in_a_splits_place_is_told_its_option(server: str, tmp_path: Path) -> None:
    """A path of a file is no split of any model, and the message names ``--names``."""
    path = tmp_path / "names.txt"
    path.write_text("anna\n", encoding="utf-8")
    refused = run(server, "evaluate", f"{path}")
    assert refused.returncode == 2
    assert f"is a file, and no split: --names {path}" in refused.stderr
