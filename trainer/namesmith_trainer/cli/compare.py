"""The command ``namesmith-trainer compare``."""

from collections.abc import Callable
from pathlib import Path

import click
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table

from namesmith_trainer.cli import keeping, options, reading
from namesmith_trainer.cli.contest import Contest
from namesmith_trainer.cli.entries import vary, with_settings
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.fitting import LARGE, fit
from namesmith_trainer.cli.signals import signals_noted
from namesmith_trainer.cli.stopping import stop_told
from namesmith_trainer.cli.variation import Variation, parse_variations
from namesmith_trainer.data import Names
from namesmith_trainer.files import check_folder, write_whole
from namesmith_trainer.models import Recipe, RecipeError, family_of, find_recipes
from namesmith_trainer.report import Diagnostics, comparison_page, comparison_table, dumps
from namesmith_trainer.training import Checkpoint

LESSON = ["bigram", *family_of(LARGE), "kneser-ney"]
"""Names of the recipes that are compared unless ``--recipes`` names other recipes.

The notebook's recipes between counting and counting: the lecture's bigrams, which every network
beats, and Kneser-Ney, which beats every network at the notebook's three characters.
"""

WIDTH = 120
"""Least width of the table in columns, so that a narrow terminal does not cut its numbers."""


def _recipes(_context: click.Context, _option: click.Parameter, text: str) -> list[Recipe]:
    """Return the recipes that a comma-separated text names; an unknown name is a usage error."""
    try:
        found = [recipe for name in text.split(",") for recipe in find_recipes(name.strip())]
    except RecipeError as error:
        raise click.BadParameter(str(error)) from error
    recipes = list(dict.fromkeys(found))
    names = [recipe.name for recipe in recipes]
    for name in names:
        if names.count(name) > 1:
            raise click.BadParameter(f"{name!r} is the name of two recipes")
    return recipes


@click.command("compare")
@reading.data
@click.option(
    "--recipes",
    default=",".join(LESSON),
    show_default=True,
    metavar="NAME|FILE.toml[#NAME],...",
    callback=_recipes,
    help="Recipes to train, in this order; a file stands for all its recipes.",
)
@options.settings
@click.option(
    "--vary",
    "variations",
    multiple=True,
    metavar="SETTING=VALUE,VALUE...",
    callback=parse_variations,
    help="Train each recipe that has the setting (or: seed) with each value; several times: with"
    " each combination.",
)
@options.seed
@options.device
@keeping.checkpoint(
    "Keep each run in a file FILE.part-RUN, also at SIGINT and SIGTERM; removed at the end."
)
@options.page("comparison")
@options.as_json
def compare(
    *,
    data: Callable[[], Names],
    recipes: list[Recipe],
    variations: list[Variation],
    seed: int,
    device: str,
    checkpoint: Checkpoint,
    report: Path | None,
    as_json: bool,
    **settings: float | None,
) -> None:
    """Train recipes one after another and print their results side by side.

    On CUDA, recipes of the notebook that have one shape are trained at once.
    """
    for each in variations:
        if settings.get(each.setting) is not None:
            raise click.UsageError(f"--vary: {each.setting} has a value already")
        if each.setting == "patience" and any(each.values) and settings.get("keep_best") is False:
            raise click.UsageError("--no-keep-best and --vary patience exclude each other")
    kept = checkpoint if checkpoint.path else None
    with reported(), signals_noted() as stop:
        vary(with_settings(recipes, settings), seed, variations)  # refused before names are read
        for file in filter(None, (report, checkpoint.path)):
            check_folder(file)
        names = data()
        fitted = [fit(recipe, names) for recipe in recipes]
        entries = vary(with_settings(fitted, settings), seed, variations)
        with stop_told(stop, lambda: _rest(kept)):
            runs = Contest(names, device, kept, stop).train(entries)
        _tell(names, runs, report, as_json=as_json)
        if kept:
            kept.remove()
        stop.leave()  # too late to stop the runs, not to end what runs them


def _rest(kept: Checkpoint | None) -> str:
    """Return the words about runs that stopped: whether and how they go on."""
    if kept and kept.used:
        return f"; --resume continues from {kept.path}"
    return ", nothing is kept"


def _tell(names: Names, runs: list[Diagnostics], report: Path | None, *, as_json: bool) -> None:
    """Print the runs, and write the page and its numbers beside it where they were asked for."""
    numbers = dumps({run.recipe: run for run in runs})
    if report:
        write_whole(report, comparison_page(names.name, runs))
        write_whole(report.with_suffix(".json"), numbers)
        click.echo(f"wrote {report} and {report.with_suffix('.json')}", err=as_json)
    if as_json:
        click.echo(numbers, nl=False)
    else:
        _print(runs)


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
