"""``Variation``: a setting and the values that compared runs have of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from namesmith_trainer.models import RECIPES

SEED = "seed"
"""Name of the variation of the minibatches' seed, which is no setting of a recipe."""


@dataclass(frozen=True)
class Variation:
    """A setting and its values.

    Attributes:
        setting: name of a setting of at least one recipe, or ``SEED``.
        values: different values, at least one; their bounds are each recipe's matter.
    """

    setting: str
    values: tuple[float, ...]


def parse_variations(
    _context: click.Context, _option: click.Parameter, texts: Sequence[str]
) -> list[Variation]:
    """Return the variations of ``--vary``; a text with a fault is a usage error."""
    variations = [_parse(text) for text in texts]
    settings = [each.setting for each in variations]
    for setting in settings:
        if settings.count(setting) > 1:
            raise click.BadParameter(f"{setting} is varied twice")
    return variations


def _parse(text: str) -> Variation:
    """Return the variation of one text, SETTING=VALUE,VALUE."""
    name, sign, values = text.partition("=")
    setting = name.strip().replace("-", "_")
    if not sign:
        raise click.BadParameter(f"{text!r} is not SETTING=VALUE,VALUE...")
    least = [each.SETTINGS[setting].least for each in RECIPES.values() if setting in each.SETTINGS]
    if not least and setting != SEED:
        known = sorted({SEED, *(one for each in RECIPES.values() for one in each.SETTINGS)})
        raise click.BadParameter(f"{setting!r} is not one of {', '.join(known)}")
    kind = float if any(isinstance(each, float) for each in least) else int
    try:
        numbers = tuple(dict.fromkeys(kind(value) for value in values.split(",")))
    except ValueError as error:
        whole = "whole " if kind is int else ""
        raise click.BadParameter(f"{setting}: {values!r} are no {whole}numbers") from error
    return Variation(setting, numbers)
