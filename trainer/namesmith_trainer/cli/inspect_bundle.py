"""The command ``namesmith-trainer inspect``."""

from pathlib import Path

import click

from namesmith.bundle import Bundle, BundleError
from namesmith_trainer.cli.signals import dies_like_a_filter
from namesmith_trainer.report import summarise


@click.command("inspect")
@click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
def inspect(folder: Path) -> None:
    """Print a bundle's manifest and verify the hash of every file."""
    with dies_like_a_filter():
        try:
            bundle = Bundle.open(folder)
            click.echo(summarise(bundle.manifest))
            bundle.verify_all()
        except BundleError as error:
            raise click.ClickException(f"{click.format_filename(folder)}: {error}") from error
        click.echo(f"{len(bundle.manifest.files)} files verified")
