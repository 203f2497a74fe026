"""Everything that the report of a run shows, as numbers, and their canonical JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.diagnostics.curve import LossCurve
from namesmith_trainer.diagnostics.samples import Samples, take
from namesmith_trainer.diagnostics.snapshot import Snapshot, sample, snapshot
from namesmith_trainer.published import figures
from namesmith_trainer.run import Run

DIGITS = 7
"""Significant digits of a number in the JSON."""


@dataclass(frozen=True)
class Diagnostics:
    """What a run looked like from the inside, and the names that came of it.

    Attributes:
        recipe: its name.
        expected_loss: of a network that favours no symbol, -ln(1/V), nats.
        curve: the loss of every step.
        start: before the first step.
        end: after the last.
        losses: of each split after the last step, nats.
        published: what the lecture reports for this recipe and these names, by split; empty
            where it reports nothing.
        seconds: wall-clock time of the training loop.
        samples: names of the trained model.
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
    """Looks back on a finished run; its network at step 0 is made again from its recipe."""
    names, block_size = run.data.splits()["train"], run.recipe.block_size
    contexts = sample(contexts_and_targets(names, run.vocabulary, block_size)[0])
    return Diagnostics(
        recipe=run.recipe.name,
        expected_loss=math.log(len(run.vocabulary)),
        curve=LossCurve.of(run.step_losses),
        start=snapshot(run.initial(), contexts),
        end=snapshot(run.network, contexts.to(run.device)),
        losses=run.losses,
        published=figures(run.data, run.recipe.name),
        seconds=run.seconds,
        samples=take(run.network.fold().float(), run.vocabulary, block_size, names),
    )


def dumps(diagnostics: Diagnostics | Mapping[str, Diagnostics]) -> bytes:
    """Canonical JSON of a run, or of several by name.

    Canonical: keys sorted, ``DIGITS`` significant digits, UTF-8, finite numbers only, one newline
    at the end.

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
    """The same with every float at ``DIGITS`` significant digits."""
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
