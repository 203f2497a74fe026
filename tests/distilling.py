"""Distilling on small data, as a person does it by the command line."""

import re
from pathlib import Path

from click.testing import CliRunner, Result

from namesmith.bundle import Bundle
from namesmith_trainer.cli import main

SMALL = ("--states", "300", "--sampled-names", "3000", "--block-size", "4", "--counts", "4")
"""Settings of a small chain."""

NETWORK = ("--steps", "200", "--hidden", "16", "--embedding", "4")
"""Settings of a small network."""


def call(*arguments: str | Path) -> Result:
    """Run the trainer."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def trained(models: Path, *arguments: str | Path) -> Bundle:
    """Train the model ``m`` and return its bundle, verified."""
    result = call("train", "--models", models, "--name", "m", *arguments)
    assert result.exit_code == 0, result.output
    published = re.search(r"published (.*)", result.output)
    assert published
    found = Bundle.open(Path(published[1]))
    found.verify()
    return found
