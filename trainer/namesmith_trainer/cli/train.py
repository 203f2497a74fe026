"""The command ``namesmith-trainer train``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from namesmith.bundle import Bundle
from namesmith_trainer.cli import keeping, options, reading, watching
from namesmith_trainer.cli.document import bundle_document
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.fitting import Settings, asked, fitted, told
from namesmith_trainer.cli.losses import tell_losses
from namesmith_trainer.cli.plan import announce
from namesmith_trainer.cli.provenance import options_of_provenance
from namesmith_trainer.cli.publishing import keep, kept_at_failure, rehearse_new
from namesmith_trainer.cli.signals import signals_noted
from namesmith_trainer.cli.stopping import stop_told
from namesmith_trainer.cli.watching import RunWatch
from namesmith_trainer.data import Names
from namesmith_trainer.distillation import Form, choose_form, in_form
from namesmith_trainer.files import check_folder, check_writable
from namesmith_trainer.models import Recipe
from namesmith_trainer.publish import Provenance, SigningKey, build_bundle, next_version, publish
from namesmith_trainer.training import Checkpoint, Job, StoppedError
from namesmith_trainer.training import train as train_model


@click.command("train")
@reading.data
@options_of_provenance
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
@watching.watch
@keeping.checkpoint(
    "Keep the run in this file, also at SIGINT and SIGTERM; removed once published."
)
def train(
    *,
    data: Callable[[], Names],
    provenance: Provenance,
    recipe: Recipe | None,
    teachers: tuple[str, ...],
    seed: int,
    models: Path,
    name: str,
    sign_with: Path | None,
    device: str,
    form: Form | None,
    as_json: bool,
    watch: RunWatch,
    checkpoint: Checkpoint,
    **settings: float | None,
) -> None:
    """Train a model, print the loss of every split and publish the bundle."""
    with reported():
        resumable = asked(recipe, settings, teachers).RESUMABLE
        key = SigningKey.read(sign_with) if sign_with else None
        check_writable(models / name)
        next_version(models / name)
        for file in filter(None, (checkpoint.path, watch.metrics)):
            check_folder(file)
    kept = checkpoint if resumable else None
    with (
        reported(),
        signals_noted() as stop,
        stop_told(stop, lambda: f"; {keep(kept, models, name)}"),
    ):
        names = data()
        chosen = _fitted(recipe, settings, teachers, names)
        served_form = choose_form(form, chosen, len(names.vocabulary()))

        def begin(job: Job[Any]) -> None:
            announce(job, served_form)
            rehearse_new(chosen, names, kept)

        def check() -> None:
            if stop():
                raise StoppedError(watch.last)

        with kept_at_failure(kept, models, name):
            run = train_model(
                names, chosen, seed, device, watch, checkpoint=kept, stop=stop, announce=begin
            )
            run = in_form(run, served_form, watch.shown, stop=stop)
            tell_losses(run, as_json=as_json)
            stop.told = "stopping behind the export"
            click.echo("exporting and checking the forms", err=True)
            folder = publish(models, *build_bundle(run, name, provenance), ready=check, key=key)
        if kept:
            kept.remove()
        _tell_published(folder, as_json=as_json)
        stop.leave()  # too late to stop the run, not to end what runs it


def _fitted(
    recipe: Recipe | None, settings: Settings, teachers: tuple[str, ...], names: Names
) -> Recipe:
    """Return the recipe for the list of names, and say what a small list changed."""
    chosen = fitted(recipe, settings, teachers, names)
    note = told(chosen, names, settings, is_auto=recipe is None)
    if note:
        click.echo(note, err=True)
    return chosen


def _tell_published(folder: Path, *, as_json: bool) -> None:
    """Print where the bundle is, or all that is known of it as JSON."""
    if as_json:
        click.echo(bundle_document(folder, Bundle.open(folder)), nl=False)
    else:
        click.echo(f"published {click.format_filename(folder)}")
