"""The command line: ``namesmith-trainer`` and its commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from torch import Tensor

from namesmith.bundle import Bundle, BundleError
from namesmith.manifest import MODEL_NAME
from namesmith_trainer import options
from namesmith_trainer.agreement import DisagreementError
from namesmith_trainer.checkpoint import Checkpoint, CheckpointError
from namesmith_trainer.comparison.cli import compare
from namesmith_trainer.data import DataError, Names
from namesmith_trainer.inspection import summary
from namesmith_trainer.interruption import interruption
from namesmith_trainer.recipe import BOUNDS, RECIPES, Recipe, RecipeError, override
from namesmith_trainer.release import release
from namesmith_trainer.repository import publish
from namesmith_trainer.run import DivergedError, StoppedError, run
from namesmith_trainer.watch import (
    MissingPackageError,
    with_metrics,
    with_progress,
    with_tensorboard,
)

FAULTS = (CheckpointError, DataError, DisagreementError, DivergedError, MissingPackageError)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
def main() -> None:
    """Trains character-level models of names and publishes them as bundles."""


def _model_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if not MODEL_NAME.fullmatch(name):
        raise click.BadParameter(
            f"{name!r}: 1 to 128 of a-z, 0-9, '.', '_' and '-', a letter or a digit first"
        )
    return name


def _settings(command: options.Command) -> options.Command:
    """An option for every setting of a recipe that may be overridden."""
    for name in reversed(BOUNDS):
        kind = int if isinstance(BOUNDS[name][0], int) else float
        text = f"Instead of the recipe's: {BOUNDS[name][0]:,} to {BOUNDS[name][1]:,}."
        option = "--" + name.replace("_", "-")
        command = click.option(option, type=kind, metavar="N", help=text)(command)
    return command


@main.command("train")
@options.data
@click.option("--recipe", type=click.Choice(list(RECIPES)), default="batchnorm", show_default=True)
@_settings
@options.seed
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="REPOSITORY",
    help="Folder to publish the bundle in.",
)
@click.option("--name", required=True, callback=_model_name, help="Name of the model.")
@options.device
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
    help="How often.",
)
@click.option("--resume", is_flag=True, help="Continue from the checkpoint, where there is one.")
def train(
    *,
    data: str,
    distinct: bool,
    recipe: str,
    seed: int,
    models: Path,
    name: str,
    device: str,
    metrics: Path | None,
    tensorboard: Path | None,
    checkpoint: Path | None,
    checkpoint_every: int,
    resume: bool,
    **settings: float | None,
) -> None:
    """Trains a model, prints the loss of every split and publishes the bundle."""
    if resume and not checkpoint:
        raise click.UsageError("--resume: there is no --checkpoint to resume from")
    kept = Checkpoint(checkpoint, checkpoint_every, resume) if checkpoint else None
    chosen = _overridden(recipe, settings)

    def watch(blocks: Iterator[Tensor]) -> Iterator[Tensor]:
        blocks = with_metrics(blocks, metrics) if metrics else blocks
        blocks = with_tensorboard(blocks, tensorboard) if tensorboard else blocks
        return with_progress(blocks, chosen.steps)

    with _reported(models), interruption() as stop:
        names = Names.read(data, distinct=distinct)
        try:
            finished = run(names, chosen, seed, device, watch, checkpoint=kept, stop=stop)
        except StoppedError as stopped:
            rest = f"; --resume continues from {checkpoint}" if checkpoint else ", nothing is kept"
            click.echo(f"{stopped}{rest}", err=True)
            sys.exit(128 + stop.signal)
    for split, loss in finished.losses.items():
        click.echo(f"{split:5} loss {loss:.4f}")
    with _reported(models):
        folder = publish(models, *release(finished, name))
    if kept:
        kept.remove()
    click.echo(f"published {folder}")


def _overridden(recipe: str, settings: dict[str, float | None]) -> Recipe:
    try:
        return override(RECIPES[recipe], **settings)
    except RecipeError as error:
        raise click.UsageError(str(error)) from error


@contextmanager
def _reported(models: Path) -> Iterator[None]:
    """Says each fault that a user can meet in one line."""
    try:
        yield
    except FAULTS as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or models}: {error.strerror}") from error


@main.command("inspect")
@click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
def inspect(folder: Path) -> None:
    """Prints a bundle's manifest and verifies the hash of every file."""
    try:
        bundle = Bundle.open(folder)
        click.echo(summary(bundle.manifest))
        bundle.verify()
    except BundleError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(bundle.manifest.files)} files verified")


main.add_command(compare)
