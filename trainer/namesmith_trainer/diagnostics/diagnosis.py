"""Everything that the report of a run shows, as numbers, and their canonical JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.diagnostics.curve import LossCurve
from namesmith_trainer.diagnostics.samples import Samples, take
from namesmith_trainer.diagnostics.snapshot import Snapshot, sample, snapshot
from namesmith_trainer.fold import fold
from namesmith_trainer.model import Network
from namesmith_trainer.published import figures
from namesmith_trainer.run import Run

DIGITS = 6
"""Significant digits of a number in the JSON."""


@dataclass(frozen=True)
class Training:
    """What a run looked like from the inside, from the first step to the last.

    Attributes:
        recipe: its name.
        expected_loss: of a network that favours no symbol, -ln(1/V), nats.
        curve: the loss of every step.
        start: before the first step.
        end: after the last.
        losses: of each split after the last step, nats; None where it is not finite.
        published: what the lecture reports for this recipe and data, by split; empty where it
            reports nothing.
        seconds: wall-clock time of the training loop.
    """

    recipe: str
    expected_loss: float
    curve: LossCurve
    start: Snapshot
    end: Snapshot
    losses: Mapping[str, float | None]
    published: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Diagnosis:
    """A run's training, and the names that came of it."""

    training: Training
    samples: Samples


def look_back(run: Run, losses: NDArray[np.float32]) -> Training:
    """The inside of a finished run.

    Args:
        run: the run; its network at step 0 is made again from its recipe.
        losses: of every step [S], nats.
    """
    names = run.data.splits()["train"]
    contexts, _ = contexts_and_targets(names, run.vocabulary, run.recipe.block_size)
    contexts = sample(contexts).to(run.device)
    untrained = Network(len(run.vocabulary), run.recipe).to(run.device)
    return Training(
        recipe=run.recipe.name,
        expected_loss=math.log(len(run.vocabulary)),
        curve=LossCurve.of(losses),
        start=snapshot(untrained, contexts),
        end=snapshot(run.network, contexts),
        losses={k: v if math.isfinite(v) else None for k, v in run.losses.items()},
        published=dict(figures(run.data, run.recipe.name)),
        seconds=run.seconds,
    )


def diagnose(run: Run, losses: NDArray[np.float32]) -> Diagnosis:
    """The inside of a finished run, and a sample of its names; arguments as ``look_back``."""
    model = fold(run.network).float()
    names = run.data.splits()["train"]
    return Diagnosis(
        training=look_back(run, losses),
        samples=take(model, run.vocabulary, run.recipe.block_size, names),
    )


def dumps(diagnosis: Diagnosis | Mapping[str, Training]) -> bytes:
    """Canonical JSON: keys sorted, ``DIGITS`` significant digits, UTF-8, finite numbers only."""
    plain = asdict(diagnosis) if isinstance(diagnosis, Diagnosis) else {
        name: asdict(training) for name, training in diagnosis.items()
    }
    text = json.dumps(
        _rounded(plain),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    return f"{text}\n".encode()


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The same with every float at ``DIGITS`` significant digits."""
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case dict():
            return {str(key): _rounded(item) for key, item in value.items()}
        case list() | tuple():
            return [_rounded(item) for item in value]
        case _:
            return value
