"""The table of compared runs, for the terminal and for the comparison page."""

from collections.abc import Sequence

from namesmith_trainer.report.diagnostics import Diagnostics, NetworkDiagnostics

NETWORK = ("loss at\nstep 0", "expected", "saturated\nat step 0", "dead\nunits")
"""Headings of the columns that are there where any run is of a network."""

HONEST = ("val\nseen", "val\nunseen", "val given\nnovel")
"""Headings of the losses on val's names that stand in train, on the others, and given novel."""

PUBLISHED = ("published\ntrain", "published\nval")
"""Headings of the columns with the losses that the lectures report."""


def comparison_table(
    runs: Sequence[Diagnostics],
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings, and a row of cells for each run.

    Losses are in nats; dead units are counted at step 0. Beside recipe, losses and seconds stand
    the columns in which any run has a value.
    """
    headings = ("recipe", "train", "val", *NETWORK, *HONEST, *PUBLISHED, "seconds")
    rows = [
        (
            run.recipe,
            *_shown(run.losses["train"], run.losses["val"]),
            *_network(run),
            *_honest(run),
            *_shown(run.published.get("train"), run.published.get("val")),
            f"{run.seconds:.1f}",
        )
        for run in runs
    ]
    kept = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    return tuple(headings[i] for i in kept), [tuple(row[i] for i in kept) for row in rows]


def _network(run: Diagnostics) -> tuple[str, ...]:
    if not isinstance(run, NetworkDiagnostics):
        return ("",) * len(NETWORK)
    return (
        *_shown(run.curve.first, run.expected_loss),
        f"{run.start.share:.1%}",
        f"{run.start.dead_units:,}",
    )


def _honest(run: Diagnostics) -> tuple[str, ...]:
    val = run.parts["val"]
    if not val.seen.names:  # then the loss on unseen names is the loss
        return _shown(None, None, val.novel)
    return _shown(val.seen.loss, val.unseen.loss if val.unseen.names else None, None)


def _shown(*losses: float | None) -> tuple[str, ...]:
    return tuple("" if loss is None else f"{loss:.4f}" for loss in losses)
