"""``Diagnostics``: all numbers that the report of a run shows, and their canonical JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.report.diagnostics.context_lengths import ContextLength, context_lengths
from namesmith_trainer.report.diagnostics.curve import LossCurve
from namesmith_trainer.report.diagnostics.lecture_losses import lecture_losses
from namesmith_trainer.report.diagnostics.samples import Model, Samples, draw_samples
from namesmith_trainer.report.diagnostics.scaled_output import ScaledOutput
from namesmith_trainer.report.diagnostics.snapshot import Snapshot, choose_examples, snapshot
from namesmith_trainer.report.diagnostics.teaching import Teaching, measure_teaching
from namesmith_trainer.training import ChainRun, Evaluation, NetworkRun, Run, SplitLoss

DIGITS = 7
"""Number of significant digits of a float in the JSON."""


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """The numbers of every run: its losses, and names that the model draws.

    Attributes:
        recipe: name of the recipe.
        symbols: V, number of symbols of the vocabulary.
        expected_loss: loss of a model that favours no symbol, -ln(1/V), in nats.
        losses: loss of each split, in nats.
        parts: loss of each split and of its parts.
        published: loss that the lecture reports for this recipe and these names, by split; empty
            where the lecture reports no loss.
        seconds: wall-clock time of the training.
        samples: names drawn from the trained model.
    """

    recipe: str
    symbols: int
    expected_loss: float
    losses: Mapping[str, float]
    parts: Mapping[str, SplitLoss]
    published: Mapping[str, float]
    seconds: float
    samples: Samples


@dataclass(frozen=True, kw_only=True)
class NetworkDiagnostics(Diagnostics):
    """The inside of a run's network at the start and at the end.

    Attributes:
        curve: losses of all steps.
        evaluations: losses on the val split during the run, in the order of their steps.
        published_step: number of steps that made the network of the bundle.
        start: numbers of the network before the first step.
        end: numbers of the network of the bundle.
        scaled: output of the network before the first step, had its W2 been smaller.
    """

    curve: LossCurve
    evaluations: tuple[Evaluation, ...]
    published_step: int
    start: Snapshot
    end: Snapshot
    scaled: ScaledOutput


@dataclass(frozen=True, kw_only=True)
class ChainDiagnostics(Diagnostics):
    """The inside of a run's chain.

    Attributes:
        lengths: numbers of the states with each length of context, from 0 symbols on.
        teaching: teachers of the chain and how close it came to them; None without teachers.
    """

    lengths: tuple[ContextLength, ...]
    teaching: Teaching | None


def diagnose(run: Run) -> Diagnostics:
    """Measure a finished run, of a network or of a chain.

    Raises:
        TypeError: the run is of neither.
    """
    match run:
        case NetworkRun():
            return _diagnose_network(run)
        case ChainRun():
            return _diagnose_chain(run)
        case _:
            raise TypeError(f"{type(run).__name__} has no diagnostics")


def _diagnose_network(run: NetworkRun) -> NetworkDiagnostics:
    """Measure a network; the network of step 0 is built again from the recipe."""
    names, block_size = run.splits["train"], run.recipe.block_size
    pairs = contexts_and_targets(names, run.vocabulary, block_size)
    contexts, targets = map(choose_examples, pairs)
    initial = run.initial_network()
    return NetworkDiagnostics(
        **_of_every_run(run, run.network.fold().float()),
        curve=LossCurve.of(run.step_losses),
        evaluations=run.evaluations,
        published_step=run.published_step or len(run.step_losses),
        start=snapshot(initial, contexts),
        end=snapshot(run.network, contexts.to(run.device)),
        scaled=ScaledOutput.of(initial, contexts, targets),
    )


def _diagnose_chain(run: ChainRun) -> ChainDiagnostics:
    """Measure a chain."""
    chain = run.chain

    def model(contexts: Tensor) -> Tensor:
        return torch.from_numpy(chain.log_probs[chain.states_of(contexts.numpy())])

    return ChainDiagnostics(
        **_of_every_run(run, model),
        lengths=context_lengths(chain),
        teaching=measure_teaching(run, model),
    )


def _of_every_run(run: Run, model: Model) -> dict[str, Any]:
    """Return the fields of ``Diagnostics``, by name."""
    return {
        "recipe": run.recipe.name,
        "symbols": len(run.vocabulary),
        "expected_loss": math.log(len(run.vocabulary)),
        "losses": run.losses,
        "parts": run.split_losses,
        "published": lecture_losses(run.data, run.recipe.name),
        "seconds": run.seconds,
        "samples": draw_samples(model, run.vocabulary, run.recipe.block_size, run.splits["train"]),
    }


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
