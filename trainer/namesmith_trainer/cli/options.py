"""Options of the commands, and the checks of their values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import torch

from namesmith.limits import MAX_MODEL_NAME_CHARACTERS
from namesmith.manifest import MODEL_NAME
from namesmith_trainer.cli.fitting import AUTO, LARGE, SMALL
from namesmith_trainer.distillation import FORMS
from namesmith_trainer.models import FULL, RECIPES, Recipe, RecipeError, find_recipes

Command = Callable[..., Any]
"""Function from which click makes a command."""

MAX_SEED = 2**63 - 1
"""Largest seed that torch.manual_seed accepts."""


def recipe(command: Command) -> Command:
    """Add the option ``--recipe``."""
    return click.option(
        "--recipe",
        default=AUTO,
        show_default=True,
        metavar="NAME|FILE.toml#NAME",
        callback=_recipe,
        help=f"One of {', '.join(RECIPES)}, or a recipe of a file; auto: {LARGE}, for a list of"
        f" fewer than {FULL:,} symbols {SMALL} of {LARGE}, unless a given setting is a network's.",
    )(command)


def settings(command: Command) -> Command:
    """Add an option for every setting that may be overridden in at least one recipe."""
    names = dict.fromkeys(name for each in RECIPES.values() for name in each.SETTINGS)
    for name in reversed(names):
        kinds = {
            type(each.SETTINGS[name].least) for each in RECIPES.values() if name in each.SETTINGS
        }
        option = "--" + name.replace("_", "-")
        if bool in kinds:
            pair, text = f"{option}/--no-{option.removeprefix('--')}", f"{_purpose(name)}."
            command = click.option(pair, default=None, help=text)(command)
            continue
        kind = float if float in kinds else int
        text = f"{_purpose(name)}: {_bounds(name)}."
        command = click.option(option, type=kind, metavar="N", help=text)(command)
    return command


def teachers(command: Command) -> Command:
    """Add the option ``--teacher``."""
    return click.option(
        "--teacher",
        "teachers",
        multiple=True,
        metavar="RECIPE|BUNDLE",
        help="For distilled alone: a recipe that is trained first, or the folder of a published"
        " bundle; may be given several times.  [default: wavenet]",
    )(command)


def seed(command: Command) -> Command:
    """Add the option ``--seed``."""
    return click.option(
        "--seed",
        type=click.IntRange(0, MAX_SEED),
        default=42,
        show_default=True,
        help="Seed of the minibatches.",
    )(command)


def device(command: Command) -> Command:
    """Add the option ``--device``."""
    return click.option(
        "--device",
        type=click.Choice(["cpu", "cuda"]),
        default="cpu",
        show_default=True,
        callback=_usable,
    )(command)


def form(command: Command) -> Command:
    """Add the option ``--form``."""
    return click.option(
        "--form",
        type=click.Choice(["auto", *FORMS]),
        default="auto",
        show_default=True,
        callback=lambda _context, _option, form: None if form == "auto" else form,
        help="For networks: publish the exact table of all contexts, or a chain of the contexts"
        " that occur, or the network alone; auto: a table up to 4 MiB, else a chain for contexts of"
        " up to 4 symbols.",
    )(command)


def sign_with(*, required: bool) -> Callable[[Command], Command]:
    """Return the decorator that adds the option ``--sign-with``."""
    return click.option(
        "--sign-with",
        type=click.Path(path_type=Path, dir_okay=False),
        required=required,
        metavar="KEY.pem",
        help="Sign the bundle with this Ed25519 private key: PEM, PKCS8, without a password.",
    )


def page(of: str) -> Callable[[Command], Command]:
    """Return the decorator that adds the option ``--report`` for a page ``of`` something."""
    return click.option(
        "--report",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE.html",
        callback=_page,
        help=f"Write the {of} as a page, and its numbers beside it as FILE.json.",
    )


def as_json(command: Command) -> Command:
    """Add the flag ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document, and nothing else."
    )(command)


def check_model_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Return the name of a model; a name that no bundle may have is a usage error."""
    if not MODEL_NAME.fullmatch(name):
        raise click.BadParameter(
            f"{name!r}: 1 to {MAX_MODEL_NAME_CHARACTERS} of a-z, 0-9, '.', '_' and '-',"
            " a letter or a digit first"
        )
    return name


def _purpose(setting: str) -> str:
    """Return the help text of a setting, with the recipes that have or lack the setting."""
    having = [name for name, recipe in RECIPES.items() if setting in recipe.SETTINGS]
    lacking = [name for name in RECIPES if name not in having]
    purpose = RECIPES[having[0]].SETTINGS[setting].help
    if not lacking:
        return purpose or "Instead of the recipe's"
    few = f"For {', '.join(having)} alone"
    if len(lacking) < len(having):
        few = f"Not for {', '.join(lacking)}"
    return f"{few}: {purpose}" if purpose else f"{few}, instead of the recipe's"


def _bounds(setting: str) -> str:
    """Return the bounds of a setting, the widest first, and recipes that have other bounds."""
    recipes: dict[str, list[str]] = {}
    having = [each for each in RECIPES.values() if setting in each.SETTINGS]
    for recipe in sorted(having, key=lambda each: each.SETTINGS[setting].least):
        least, most, _ = recipe.SETTINGS[setting]
        recipes.setdefault(f"{least:,} to {most:,}", []).append(recipe.name)
    widest, *others = recipes
    return "; ".join([widest, *(f"{', '.join(recipes[each])}: {each}" for each in others)])


def _recipe(_context: click.Context, _option: click.Parameter, text: str) -> Recipe | None:
    """Return the recipe that a text names, None for AUTO; an unknown name is a usage error."""
    if text == AUTO:
        return None
    try:
        recipes = find_recipes(text)
    except RecipeError as error:
        raise click.BadParameter(str(error)) from error
    if len(recipes) > 1:
        names = ", ".join(recipe.name for recipe in recipes)
        raise click.BadParameter(f"{text!r} holds several recipes, {text}#NAME is one: {names}")
    return recipes[0]


def _page(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Return the page's file; a suffix that is not .html or a missing folder is a usage error."""
    if file and file.suffix != ".html":
        raise click.BadParameter(f"{str(file)!r} does not end in .html")
    if file and not file.parent.is_dir():
        raise click.BadParameter(f"{str(file.parent)!r} is not a folder")
    return file


def _usable(_context: click.Context, _option: click.Parameter, device: str) -> str:
    """Return the device; a device that this machine does not have is a usage error."""
    if device == "cuda" and not torch.cuda.is_available():
        raise click.BadParameter("this machine has no usable CUDA device")
    return device
