"""The command ``namesmith-trainer find-rate``."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from namesmith_trainer.cli import options, reading
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.fitting import LARGE
from namesmith_trainer.cli.progress import with_progress
from namesmith_trainer.cli.signals import signals_noted
from namesmith_trainer.cli.stopping import stop_told
from namesmith_trainer.data import Names
from namesmith_trainer.files import check_folder, write_whole
from namesmith_trainer.models import RECIPES, NetworkRecipe, Recipe, RecipeError, override
from namesmith_trainer.report import rates_page
from namesmith_trainer.training import LEAST_STEPS, RateSweep, sweep_rates

STEPS = 1_000
"""Number of steps of a sweep unless ``--steps`` gives another, the notebook's."""

RATE = click.FloatRange(1e-9, 1_000.0)


@click.command("find-rate")
@reading.data
@options.recipe
@options.settings
@click.option(
    "--lowest", type=RATE, default=0.001, show_default=True, help="Learning rate of the first step."
)
@click.option(
    "--highest", type=RATE, default=1.0, show_default=True, help="Learning rate of the last step."
)
@options.seed
@options.device
@options.page("plot")
@options.as_json
def find_rate(
    *,
    data: Callable[[], Names],
    recipe: Recipe | None,
    lowest: float,
    highest: float,
    seed: int,
    device: str,
    report: Path | None,
    as_json: bool,
    **settings: float | None,
) -> None:
    """Train for 1,000 steps (or --steps) at rising learning rates, and suggest a rate.

    Suggested is half the rate at which the mean loss is lowest, with one digit.
    """
    with reported(), signals_noted() as stop:
        chosen = _network(recipe or RECIPES[LARGE], settings)
        if not lowest < highest:
            raise RecipeError(f"lowest: {lowest:g} is not below highest, {highest:g}")
        if report:
            check_folder(report)
        names = data()
        bounds = lowest, highest
        with stop_told(stop, lambda: ", nothing is kept"):
            found = sweep_rates(
                names, chosen, seed, device, with_progress, bounds=bounds, stop=stop
            )
        numbers = f"{json.dumps(found.described(), sort_keys=True)}\n".encode()
        if report:
            shown = found.rates.tolist(), found.losses.tolist(), found.suggestion
            write_whole(report, rates_page(names.name, found.recipe, *shown))
            write_whole(report.with_suffix(".json"), numbers)
            click.echo(f"wrote {report} and {report.with_suffix('.json')}", err=as_json)
        if as_json:
            click.echo(numbers, nl=False)
        else:
            click.echo(_suggestion(found, lowest, highest))


def _suggestion(found: RateSweep, lowest: float, highest: float) -> str:
    """Return the rate that a sweep between two rates suggests, or where to look for one."""
    lowest_loss = f"the loss is lowest near a rate of {found.valley:.2g}"
    if found.has_valley:
        return f"{lowest_loss}\nsuggested: --learning-rate {found.suggestion:g}"
    is_low = found.valley**2 < lowest * highest  # nearer to the lowest, in logarithms
    beyond = f"lower --lowest than {lowest:g}" if is_low else f"higher --highest than {highest:g}"
    return f"{lowest_loss}, an end of the sweep: no rate is suggested, try a {beyond}"


def _network(recipe: Recipe, settings: dict[str, float | None]) -> NetworkRecipe:
    """Return the recipe with the settings of a sweep.

    Raises:
        RecipeError: the recipe is no network's, or a setting is not one of a sweep.
    """
    if not isinstance(recipe, NetworkRecipe):
        raise RecipeError(f"recipe: {recipe.name} has no learning rate")
    for name in ("learning_rate", "decay_step"):
        if settings.get(name) is not None:
            raise RecipeError(f"{name}: the rates of a sweep are from --lowest to --highest")
    chosen = override(recipe, **{**settings, "steps": settings.get("steps") or STEPS})
    if not isinstance(chosen, NetworkRecipe) or chosen.steps < LEAST_STEPS:
        raise RecipeError(f"steps: a sweep has at least {LEAST_STEPS}")
    return chosen
