"""The table of compared runs, for the terminal and for the comparison page."""

from collections.abc import Sequence

from namesmith_trainer.report.diagnostics import Diagnostics

HEADINGS = (
    "recipe",
    "loss at\nstep 0",
    "expected",
    "saturated\nat step 0",
    "dead\nunits",
    "train",
    "val",
    "seconds",
)
"""Headings of the columns that every comparison has."""

PUBLISHED = ("published\ntrain", "published\nval")
"""Headings of the columns with the losses that the lectures report."""


def comparison_table(
    runs: Sequence[Diagnostics],
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings, and a row of cells for each run.

    Losses are in nats; dead units are counted at step 0. The columns of published losses are
    there where any run has published losses.
    """
    if not any(run.published for run in runs):
        return HEADINGS, [_row(run) for run in runs]
    at = HEADINGS.index("seconds")
    headings = (*HEADINGS[:at], *PUBLISHED, *HEADINGS[at:])
    rows = [(row, _published(run)) for run, row in zip(runs, map(_row, runs), strict=True)]
    return headings, [(*row[:at], *published, *row[at:]) for row, published in rows]


def _row(run: Diagnostics) -> tuple[str, ...]:
    return (
        run.recipe,
        f"{run.curve.first:.4f}",
        f"{run.expected_loss:.4f}",
        f"{run.start.share:.1%}",
        f"{run.start.dead_units:,}",
        f"{run.losses['train']:.4f}",
        f"{run.losses['val']:.4f}",
        f"{run.seconds:.1f}",
    )


def _published(run: Diagnostics) -> tuple[str, ...]:
    losses = [run.published.get(split) for split in ("train", "val")]
    return tuple("" if loss is None else f"{loss:.4f}" for loss in losses)
