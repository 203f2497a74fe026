"""The command line ``namesmith-trainer``, a module for each of its commands."""

import click

from namesmith_trainer.cli.lazy_group import LazyGroup, Place


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="namesmith")
def main() -> None:
    """Train character-level models of names and publish them as bundles."""


main.places = {
    name: Place(f"{__name__}.{module}", name.replace("-", "_"), text)
    for name, module, text in (
        ("train", "train", "Train a model, print the loss of every split and publish the bundle."),
        (
            "inspect",
            "inspect_bundle",
            "Print a bundle's manifest and verify the hash of every file.",
        ),
        (
            "compare",
            "compare",
            "Train recipes one after another and print their results side by side.",
        ),
        (
            "find-rate",
            "find_rate",
            "Train for 1,000 steps (or --steps) at rising learning rates, and suggest a rate.",
        ),
        ("examples", "examples", 'Print what a network learns from, "context ---> symbol".'),
        ("sign", "sign_bundle", "Verify every file of a published bundle and sign its manifest."),
    )
}

__all__ = ["main"]
