"""The command ``namesmith-trainer sign``."""

from pathlib import Path

import click

from namesmith.bundle import SIGNATURE, BundleError
from namesmith_trainer import publish
from namesmith_trainer.cli import options
from namesmith_trainer.cli.errors import reported


@click.command("sign")
@click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
@options.sign_with(required=True)
def sign(folder: Path, sign_with: Path) -> None:
    """Verify every file of a published bundle and sign its manifest."""
    with reported():
        key = publish.SigningKey.read(sign_with)
        try:
            publish.sign(folder, key)
        except BundleError as error:
            raise click.ClickException(f"{click.format_filename(folder)}: {error}") from error
        click.echo(f"signed {click.format_filename(folder / SIGNATURE)}")
