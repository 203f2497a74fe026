"""``Diagnostics``: all numbers that the report of a run shows, and their canonical JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.report.diagnostics.curve import LossCurve
from namesmith_trainer.report.diagnostics.lecture_losses import lecture_losses
from namesmith_trainer.report.diagnostics.samples import Samples, draw_samples
from namesmith_trainer.report.diagnostics.snapshot import Snapshot, choose_examples, snapshot
from namesmith_trainer.training import Run

DIGITS = 7
"""Number of significant digits of a float in the JSON."""


@dataclass(frozen=True)
class Diagnostics:
    """The inside of a run's network at the start and at the end, and names that it draws.

    Attributes:
        recipe: name of the recipe.
        expected_loss: loss of a network that favours no symbol, -ln(1/V), in nats.
        curve: losses of all steps.
        start: numbers of the network before the first step.
        end: numbers of the network after the last step.
        losses: loss of each split after the last step, in nats.
        published: loss that the lecture reports for this recipe and these names, by split; empty
            where the lecture reports no loss.
        seconds: wall-clock time of the training loop.
        samples: names drawn from the trained model.
    """

    recipe: str
    expected_loss: float
    curve: LossCurve
    start: Snapshot
    end: Snapshot
    losses: Mapping[str, float]
    published: Mapping[str, float]
    seconds: float
    samples: Samples


def diagnose(run: Run) -> Diagnostics:
    """Measure a finished run; the network of step 0 is built again from the recipe."""
    names, block_size = run.splits["train"], run.recipe.block_size
    contexts = choose_examples(contexts_and_targets(names, run.vocabulary, block_size)[0])
    return Diagnostics(
        recipe=run.recipe.name,
        expected_loss=math.log(len(run.vocabulary)),
        curve=LossCurve.of(run.step_losses),
        start=snapshot(run.initial_network(), contexts),
        end=snapshot(run.network, contexts.to(run.device)),
        losses=run.losses,
        published=lecture_losses(run.data, run.recipe.name),
        seconds=run.seconds,
        samples=draw_samples(run.network.fold().float(), run.vocabulary, block_size, names),
    )


def dumps(diagnostics: Diagnostics | Mapping[str, Diagnostics]) -> bytes:
    """Return the canonical JSON of one run, or of several runs by the names of their recipes.

    Canonical JSON has sorted keys, ``DIGITS`` significant digits, UTF-8, finite numbers only, and
    one newline at the end.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(
        _rounded(diagnostics),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    return f"{text}\n".encode()


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Convert a value to JSON types, with every float at ``DIGITS`` significant digits."""
    match value:
        case Diagnostics():
            return _rounded(asdict(value))
        case float():
            return float(f"{value:.{DIGITS}g}")
        case dict():
            return {str(key): _rounded(item) for key, item in value.items()}
        case list() | tuple():
            return [_rounded(item) for item in value]
        case _:
            return value
