"""Tests of the table of compared runs."""

from dataclasses import replace

from namesmith_trainer.report import NetworkDiagnostics, comparison_table, diagnose
from namesmith_trainer.training import ChainRun


def test_columns_are_there_where_a_run_has_a_value(
    counted_run: ChainRun, diagnostics: NetworkDiagnostics
) -> None:
    """Losses of seen and unseen names, given novel, of networks and published stand or fall."""
    counted = diagnose(counted_run)
    headings, [cells] = comparison_table([counted])
    assert headings == ("recipe", "train", "val", "val\nseen", "val\nunseen", "seconds")
    val = counted.parts["val"]
    assert cells[2:5] == tuple(f"{part.loss:.4f}" for part in (val, val.seen, val.unseen))
    headings, [of_network, of_chain] = comparison_table([diagnostics, counted])
    assert headings[:3] == ("recipe", "train", "val")  # within a phone's width
    row = dict(zip(headings, of_chain, strict=True))
    assert row["dead\nunits"] == row["expected"] == row["val given\nnovel"] == ""
    row = dict(zip(headings, of_network, strict=True))
    assert row["val\nseen"] == row["val\nunseen"] == ""  # no name of us-names stands twice
    assert row["val given\nnovel"] == f"{diagnostics.parts['val'].novel:.4f}"
    assert "published\nval" not in headings
    headings, _ = comparison_table([replace(counted, published={"val": 2.1})])
    assert "published\nval" in headings
    assert "published\ntrain" not in headings
