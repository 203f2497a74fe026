"""The command line ``namesmith-trainer``, a module for each of its commands."""

import click

from namesmith_trainer.cli import (
    compare,
    examples,
    find_rate,
    inspect_bundle,
    sign_bundle,
    train,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
def main() -> None:
    """Train character-level models of names and publish them as bundles."""


main.add_command(train.train)
main.add_command(inspect_bundle.inspect)
main.add_command(compare.compare)
main.add_command(find_rate.find_rate)
main.add_command(examples.examples)
main.add_command(sign_bundle.sign)

__all__ = ["main"]
