"""Tests of the options that are derived from the registered recipes."""

import click
import pytest

from namesmith_trainer.cli.train import train
from namesmith_trainer.models import RECIPES

OPTIONS = {option.name: option for option in train.params if isinstance(option, click.Option)}
"""Options of ``train`` by name."""


def test_every_setting_has_an_option_with_its_bounds() -> None:
    """The help of a setting's option holds the bounds that the recipe enforces."""
    for recipe in RECIPES.values():
        for name, (least, most, _) in recipe.SETTINGS.items():
            if isinstance(least, bool):
                assert OPTIONS[name].secondary_opts == [f"--no-{name.replace('_', '-')}"]
                continue
            assert f": {least:,} to {most:,}" in (OPTIONS[name].help or "")


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("hidden", "Not for bigram, distilled, kneser-ney, instead of the recipe's: 1 to 65,536."),
        ("decay_step", "Not for bigram, distilled, kneser-ney, wavenet: step from which the"),
        (
            "block_size",
            "Not for bigram, instead of the recipe's: 1 to 64; distilled: 2 to 16; ",
        ),
        ("dropout", "For wavenet alone, instead of the recipe's: 0.0 to 0.9."),
    ],
)
def test_the_help_names_the_recipes_of_a_setting(setting: str, text: str) -> None:
    """A setting that not every recipe has is listed with the recipes that have or lack it."""
    assert (OPTIONS[setting].help or "").startswith(text)
