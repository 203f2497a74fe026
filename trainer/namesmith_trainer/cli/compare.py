"""The command ``namesmith-trainer compare``."""

from collections.abc import Callable, Hashable
from pathlib import Path

import click
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table

from namesmith_trainer.cli import options
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.fitting import LARGE
from namesmith_trainer.cli.progress import with_progress
from namesmith_trainer.data import Names
from namesmith_trainer.files import check_folder, write_whole
from namesmith_trainer.models import RECIPES, NetworkRecipe, Recipe, family_of, override
from namesmith_trainer.report import (
    Diagnostics,
    comparison_page,
    comparison_table,
    diagnose,
    dumps,
)
from namesmith_trainer.training import Run, train, train_networks
from namesmith_trainer.words import counted

LESSON = [*family_of(LARGE), "kneser-ney"]
"""Names of the recipes that are compared unless ``--recipes`` names other recipes.

The notebook's recipes, and counting: at the notebook's three characters it beats every network.
"""

WIDTH = 120
"""Least width of the table in columns, so that a narrow terminal does not cut its numbers."""


def _recipes(_context: click.Context, _option: click.Parameter, text: str) -> list[Recipe]:
    """Return the recipes that a comma-separated text names; an unknown name is a usage error."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in RECIPES:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(RECIPES)}")
    return [RECIPES[name] for name in names]


def _page(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Return the page's file; a suffix that is not .html or a missing folder is a usage error."""
    if file and file.suffix != ".html":
        raise click.BadParameter(f"{str(file)!r} does not end in .html")
    if file and not file.parent.is_dir():
        raise click.BadParameter(f"{str(file.parent)!r} is not a folder")
    return file


@click.command("compare")
@options.data
@click.option(
    "--recipes",
    default=",".join(LESSON),
    show_default=True,
    metavar="NAME,NAME...",
    callback=_recipes,
    help="Recipes to train, in this order.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    help="Instead of each recipe's, where a recipe takes steps.",
)
@options.seed
@options.device
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    callback=_page,
    help="Write the comparison as a page, and its numbers beside it as FILE.json.",
)
def compare(
    *,
    data: Callable[[], Names],
    recipes: list[Recipe],
    steps: int | None,
    seed: int,
    device: str,
    report: Path | None,
) -> None:
    """Train recipes one after another and print their results side by side.

    On CUDA, recipes of the notebook that have one shape are trained at once.
    """
    with reported():
        chosen = [
            override(recipe, steps=steps if "steps" in recipe.SETTINGS else None)
            for recipe in recipes
        ]
        if report:
            check_folder(report)
        names = data()
        if steps is None:
            chosen = [recipe.for_data(names.symbols) for recipe in chosen]
        runs = _train(names, chosen, seed, device)
        _print(runs)
        if report:
            _write(report, names, runs)


def _train(names: Names, recipes: list[Recipe], seed: int, device: str) -> list[Diagnostics]:
    """Train the recipes, and return the numbers of each run in the order of the recipes.

    On CUDA, networks of one shape are trained side by side.
    """
    runs: dict[str, Diagnostics] = {}
    for group in groups(recipes, device):
        for recipe in group:
            effort = (
                f": {counted(recipe.steps, 'step')}" if isinstance(recipe, NetworkRecipe) else ""
            )
            click.echo(f"{recipe.name}{effort}", err=True)
        networks = [recipe for recipe in group if isinstance(recipe, NetworkRecipe)]
        if len(networks) > 1:
            trained: list[Run] = [*train_networks(names, networks, seed, device, with_progress)]
        else:
            trained = [train(names, group[0], seed, device, with_progress)]
        runs |= {run.recipe.name: diagnose(run) for run in trained}
    return [runs[recipe.name] for recipe in recipes]


def groups(recipes: list[Recipe], device: str) -> list[list[Recipe]]:
    """Return the recipes by shape where they can be trained side by side, else one by one."""
    groups: dict[Hashable, list[Recipe]] = {}
    for recipe in recipes:
        shape = recipe.shape() if isinstance(recipe, NetworkRecipe) and device == "cuda" else None
        groups.setdefault(shape or recipe.name, []).append(recipe)
    return list(groups.values())


def _print(runs: list[Diagnostics]) -> None:
    """Print the table of the runs."""
    headings, rows = comparison_table(runs)
    shown = Table(box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for heading in headings:
        side: JustifyMethod = "right" if shown.columns else "left"
        shown.add_column(heading, justify=side)
    for row in rows:
        shown.add_row(*row)
    Console(width=max(WIDTH, Console().width)).print(shown)


def _write(report: Path, names: Names, runs: list[Diagnostics]) -> None:
    """Write the comparison page, and its numbers beside it."""
    write_whole(report, comparison_page(names.name, runs))
    write_whole(report.with_suffix(".json"), dumps({run.recipe: run for run in runs}))
    click.echo(f"wrote {report} and {report.with_suffix('.json')}")
