"""The group that the commands belong to."""

import click

from namesmith_client.cli.connection import connection_options


@click.group("namesmith", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
@connection_options
def namesmith() -> None:
    """Sample names from a model, and tell how probable names are."""
