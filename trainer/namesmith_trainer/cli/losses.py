"""The losses of a run that has ended, as lines for people."""

from collections.abc import Iterator

import click

from namesmith_trainer.training import NetworkRun, Run, SplitLoss, warning_of
from namesmith_trainer.words import counted


def tell_losses(run: Run, *, as_json: bool) -> None:
    """Print the losses of a run, and the warning about a model that is worth little.

    Args:
        run: run that has ended.
        as_json: whether standard output belongs to a document, so that all lines go to the other.
    """
    for line in _lines(run):
        click.echo(line, err=as_json)
    warning = warning_of(run)
    if warning:
        click.echo(warning, err=True)


def _lines(run: Run) -> Iterator[str]:
    """Yield a line for the loss of each split, and one for a chain in a network's place."""
    for split, measured in run.split_losses.items():
        yield f"{split:5} loss {_told(measured)}"
    if isinstance(run, NetworkRun) and run.stand_in:
        fit, loss = run.stand_in.fits["val"], run.network_losses["val"]
        states = counted(len(run.stand_in.chain.contexts), "state")
        yield (
            f"chain of {states} in the network's place: val loss of the network"
            f" {loss:.4f}, divergence from it {fit.kl:.4f} nats a symbol"
        )


def _told(measured: SplitLoss) -> str:
    """Return the loss of a split, and its losses apart for names that stand in train or do not."""
    told = f"{measured.loss:.4f}"
    if measured.seen.names and measured.unseen.names:
        for part, where in ((measured.seen, "seen in train"), (measured.unseen, "not seen")):
            told += f", {part.loss:.4f} on {counted(part.names, 'name')} {where}"
    if measured.novel is not None:
        told += f", {measured.novel:.4f} given novel"
    return told
