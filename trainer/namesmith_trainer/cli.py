"""The command line: ``namesmith-trainer`` and its commands."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from torch import Tensor

from namesmith.bundle import Bundle, BundleError
from namesmith.manifest import MODEL_NAME
from namesmith_trainer import options
from namesmith_trainer.checkpoint import Checkpoint
from namesmith_trainer.comparison.cli import compare
from namesmith_trainer.data import Names
from namesmith_trainer.faults import reported
from namesmith_trainer.files import check_folder, check_writable
from namesmith_trainer.inspection import summary
from namesmith_trainer.interruption import filtering, interruption
from namesmith_trainer.recipe import BOUNDS, RECIPES, override
from namesmith_trainer.release import release
from namesmith_trainer.repository import publish
from namesmith_trainer.run import StoppedError, run
from namesmith_trainer.watch import with_metrics, with_progress, with_tensorboard

NOTES = {
    "decay_step": "Not for wavenet: step from which the rate is a tenth, instead of half-way",
    "weight_decay": "For wavenet alone, instead of the recipe's",
    "dropout": "For wavenet alone, instead of the recipe's",
}
"""What the help says of a setting that not every recipe has."""


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
        least, most = BOUNDS[name]
        kind = int if isinstance(least, int) else float
        note = NOTES.get(name, "Instead of the recipe's")
        text = f"{note}: {least:,} to {most:,}."
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
    help="How often, at multiples of 100 steps; and after the last step.",
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
    with reported():
        chosen = override(RECIPES[recipe], **settings)
        check_writable(models / name)
        for file in filter(None, (checkpoint, metrics)):
            check_folder(file)

    def watch(blocks: Iterator[Tensor]) -> Iterator[Tensor]:
        blocks = with_metrics(blocks, metrics) if metrics else blocks
        blocks = with_tensorboard(blocks, tensorboard) if tensorboard else blocks
        return with_progress(blocks, chosen.steps)

    with reported(), interruption() as stop:

        def check() -> None:
            if stop():
                raise StoppedError(chosen.steps)

        try:
            names = Names.read(data, distinct=distinct)
            finished = run(names, chosen, seed, device, watch, checkpoint=kept, stop=stop)
            for split, loss in finished.losses.items():
                click.echo(f"{split:5} loss {loss:.4f}")
            folder = publish(models, *release(finished, name), ready=check)
        except StoppedError as stopped:
            rest = f"; --resume continues from {checkpoint}" if checkpoint else ", nothing is kept"
            click.echo(f"{stopped}{rest}", err=True)
            sys.exit(128 + stop.signal)
        if kept:
            kept.remove()
        click.echo(f"published {click.format_filename(folder)}")
        if stop():  # too late to stop the run, not to end what runs it
            sys.exit(128 + stop.signal)


@main.command("inspect")
@click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
def inspect(folder: Path) -> None:
    """Prints a bundle's manifest and verifies the hash of every file."""
    with filtering():
        try:
            bundle = Bundle.open(folder)
            click.echo(summary(bundle.manifest))
            bundle.verify()
        except BundleError as error:
            raise click.ClickException(f"{click.format_filename(folder)}: {error}") from error
        click.echo(f"{len(bundle.manifest.files)} files verified")


main.add_command(compare)
