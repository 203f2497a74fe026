"""The page and the numbers of a learning-rate finder."""

import json

from namesmith_trainer.report.findings import Finding
from namesmith_trainer.report.pages import render
from namesmith_trainer.report.pictures import sweep
from namesmith_trainer.report.sections import Section
from namesmith_trainer.training import RateSweep


def rates_page(data: str, found: RateSweep) -> bytes:
    """Render the page of a sweep of learning rates, UTF-8.

    Args:
        data: name of the data set or file that the network was trained on.
        found: losses by rate.
    """
    section = Section("Loss by learning rate", finding(found), (sweep(found),))
    return render("rates.html.j2", data=data, found=found, section=section)


def rates_json(found: RateSweep) -> bytes:
    """Return the numbers of a sweep as JSON: rates, losses, ``valley`` and ``suggestion``."""
    numbers = {
        "recipe": found.recipe,
        "rates": [float(f"{rate:.7g}") for rate in found.rates.tolist()],
        "losses": [float(f"{loss:.7g}") for loss in found.losses.tolist()],
        "valley": float(f"{found.valley:.7g}"),
        "has_valley": found.has_valley,
        "suggestion": found.suggestion,
    }
    return f"{json.dumps(numbers, sort_keys=True)}\n".encode()


def finding(found: RateSweep) -> Finding:
    """Return the finding about the rate at which the loss is lowest."""
    look = (
        "A slope down, a valley and a steep rise: left of the slope steps are too short to learn,"
        " on the rise too long."
    )
    shows = f"The mean loss is lowest, {found.means.min():.4f}, near a rate of {found.valley:.2g}"
    if not found.has_valley:
        shows += ", the end of the sweep: the valley may lie beyond it"
    return Finding(look, f"{shows}; half of it is {found.suggestion:g}.", good=found.has_valley)
