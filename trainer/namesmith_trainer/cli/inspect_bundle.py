"""The command ``namesmith-trainer inspect``."""

from pathlib import Path

import click

from namesmith.bundle import Bundle, BundleError, KeyFileError, TrustedKeys
from namesmith_trainer.cli import options
from namesmith_trainer.cli.document import bundle_document
from namesmith_trainer.cli.signals import dies_like_a_filter
from namesmith_trainer.report import summarise
from namesmith_trainer.words import counted


@click.command("inspect")
@click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--trusted-keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Require a signature by one of the Ed25519 public keys of this PEM file.",
)
@options.as_json
def inspect(*, folder: Path, trusted_keys: Path | None, as_json: bool) -> None:
    """Print a bundle's manifest and verify the hash of every file."""
    with dies_like_a_filter():
        try:
            keys = TrustedKeys.read(trusted_keys) if trusted_keys else None
            bundle = Bundle.open(folder, trusted_keys=keys)
            if not as_json:
                click.echo(summarise(bundle.manifest))
            bundle.verify_all()
        except KeyFileError as error:
            raise click.ClickException(str(error)) from error
        except BundleError as error:
            raise click.ClickException(f"{click.format_filename(folder)}: {error}") from error
        if as_json:
            click.echo(bundle_document(folder, bundle, verified=True, trusted=bool(keys)), nl=False)
            return
        click.echo(f"{counted(len(bundle.manifest.files), 'file')} verified")
        if keys:
            click.echo("signed by a trusted key")
