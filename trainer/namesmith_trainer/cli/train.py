"""The command ``namesmith-trainer train``."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from namesmith.bundle import Bundle
from namesmith_trainer.cli import options
from namesmith_trainer.cli.document import bundle_document
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.fitting import Settings, asked, fitted, told
from namesmith_trainer.cli.plan import announce
from namesmith_trainer.cli.progress import with_metrics, with_progress, with_tensorboard
from namesmith_trainer.cli.publishing import keep, kept_at_failure, rehearse_new
from namesmith_trainer.cli.signals import signals_noted
from namesmith_trainer.data import Names
from namesmith_trainer.distillation import Form, choose_form, in_form
from namesmith_trainer.files import check_folder, check_writable
from namesmith_trainer.models import Recipe
from namesmith_trainer.publish import SigningKey, build_bundle, next_version, publish
from namesmith_trainer.training import (
    Checkpoint,
    NetworkRun,
    Progress,
    Run,
    SplitLoss,
    StoppedError,
    warning_of,
)
from namesmith_trainer.training import train as train_model
from namesmith_trainer.words import counted


@click.command("train")
@options.data
@options.recipe
@options.settings
@options.teachers
@options.seed
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="REPOSITORY",
    help="Folder to publish the bundle in.",
)
@click.option("--name", required=True, callback=options.check_model_name, help="Name of the model.")
@options.sign_with(required=False)
@options.device
@options.form
@options.as_json
@click.option(
    "--metrics",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a JSON line a step: step, and loss in nats.",
)
@click.option(
    "--tensorboard",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Log the loss for TensorBoard; needs namesmith[tensorboard].",
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the run in this file, also at SIGINT and SIGTERM; removed once published.",
)
@click.option(
    "--checkpoint-every",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="STEPS",
    help="How often, at multiples of 100 steps; and after the last step.",
)
@click.option("--resume", is_flag=True, help="Continue from the checkpoint, where there is one.")
def train(
    *,
    data: Callable[[], Names],
    recipe: Recipe | None,
    teachers: tuple[str, ...],
    seed: int,
    models: Path,
    name: str,
    sign_with: Path | None,
    device: str,
    form: Form | None,
    as_json: bool,
    metrics: Path | None,
    tensorboard: Path | None,
    checkpoint: Path | None,
    checkpoint_every: int,
    resume: bool,
    **settings: float | None,
) -> None:
    """Train a model, print the loss of every split and publish the bundle."""
    if resume and not checkpoint:
        raise click.UsageError("--resume: there is no --checkpoint to resume from")
    with reported():
        resumable = asked(recipe, settings, teachers).RESUMABLE
        key = SigningKey.read(sign_with) if sign_with else None
        check_writable(models / name)
        next_version(models / name)
        for file in filter(None, (checkpoint, metrics)):
            check_folder(file)
    kept = Checkpoint(checkpoint, checkpoint_every, resume) if resumable else None

    watch = _Watch(metrics, tensorboard)
    with reported(), signals_noted() as stop:

        def check() -> None:
            if stop():
                raise StoppedError(watch.last)

        try:
            names = data()
            chosen = _fitted(recipe, settings, teachers, names)
            served_form = choose_form(form, chosen, len(names.vocabulary()))
            with kept_at_failure(kept, models, name):
                rehearse_new(chosen, names, kept)
                run = train_model(
                    names,
                    chosen,
                    seed,
                    device,
                    watch,
                    checkpoint=kept,
                    stop=stop,
                    announce=partial(announce, form=served_form),
                )
                run = in_form(run, served_form, check)
                _tell(run, as_json=as_json)
                folder = publish(models, *build_bundle(run, name), ready=check, key=key)
        except StoppedError as stopped:
            click.echo(f"{stopped}; {keep(kept, models, name)}", err=True)
            sys.exit(128 + stop.signal)
        if kept:
            kept.remove()
        _tell_published(folder, as_json=as_json)
        if stop():  # too late to stop the run, not to end what runs it
            sys.exit(128 + stop.signal)


class _Watch:
    """Shows the events of a run, and writes its losses into the files that were asked for.

    Attributes:
        last: last event of the run.
    """

    last: Progress

    def __init__(self, metrics: Path | None, tensorboard: Path | None) -> None:
        self._metrics, self._tensorboard = metrics, tensorboard

    def __call__(self, events: Iterator[Progress]) -> Iterator[Progress]:
        """Yield the events unchanged."""
        if self._metrics:
            events = with_metrics(events, self._metrics)
        if self._tensorboard:
            events = with_tensorboard(events, self._tensorboard)
        for event in with_progress(events):
            self.last = event
            yield event


def _fitted(
    recipe: Recipe | None, settings: Settings, teachers: tuple[str, ...], names: Names
) -> Recipe:
    """Return the recipe for the list of names, and say what a small list changed."""
    chosen = fitted(recipe, settings, teachers, names)
    note = told(chosen, names, settings)
    if note:
        click.echo(note, err=True)
    return chosen


def _tell(run: Run, *, as_json: bool) -> None:
    """Print the losses of the run, and the warning about a network that is worth little."""
    for line in _told_of(run):
        click.echo(line, err=as_json)
    warning = warning_of(run)
    if warning:
        click.echo(warning, err=True)


def _told_of(run: Run) -> Iterator[str]:
    """Yield a line for the loss of each split, and one for a chain in a network's place."""
    for split, measured in run.split_losses.items():
        yield f"{split:5} loss {_told(measured)}"
    if isinstance(run, NetworkRun) and run.stand_in:
        fit, loss = run.stand_in.fits["val"], run.network_losses["val"]
        states = len(run.stand_in.chain.contexts)
        yield (
            f"chain of {states:,} states in the network's place: val loss of the network"
            f" {loss:.4f}, divergence from it {fit.kl:.4f} nats a symbol"
        )


def _tell_published(folder: Path, *, as_json: bool) -> None:
    """Print where the bundle is, or all that is known of it as JSON."""
    if as_json:
        click.echo(bundle_document(folder, Bundle.open(folder)), nl=False)
    else:
        click.echo(f"published {click.format_filename(folder)}")


def _told(measured: SplitLoss) -> str:
    """Return the loss of a split, and its losses apart for names that stand in train or do not."""
    told = f"{measured.loss:.4f}"
    if measured.seen.names and measured.unseen.names:
        for part, where in ((measured.seen, "seen in train"), (measured.unseen, "not seen")):
            told += f", {part.loss:.4f} on {counted(part.names, 'name')} {where}"
    if measured.novel is not None:
        told += f", {measured.novel:.4f} given novel"
    return told
