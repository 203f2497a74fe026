"""The command line ``namesmith-trainer`` with its commands train, compare, inspect, sign."""

import click

from namesmith_trainer.cli import compare, inspect_bundle, sign_bundle, train


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
def main() -> None:
    """Train character-level models of names and publish them as bundles."""


main.add_command(train.train)
main.add_command(inspect_bundle.inspect)
main.add_command(compare.compare)
main.add_command(sign_bundle.sign)

__all__ = ["main"]
