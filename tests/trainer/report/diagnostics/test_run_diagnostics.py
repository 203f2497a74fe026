"""Tests of the numbers of a run and of their JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.report import NetworkDiagnostics, diagnose, dumps
from namesmith_trainer.report.diagnostics.lecture_losses import NAMES_TXT, lecture_losses
from namesmith_trainer.report.diagnostics.snapshot import EXAMPLES, choose_examples, snapshot
from namesmith_trainer.training import NetworkRun

NAMES = Path(__file__).parents[5] / "shared" / "data" / "names.txt"
"""File of makemore's names, where it stands beside this repository."""


def numbers(value: Any) -> Iterator[float]:
    """Yield every number of a JSON value."""
    match value:
        case bool() | str() | None:
            return
        case dict():
            for item in value.values():
                yield from numbers(item)
        case list():
            for item in value:
                yield from numbers(item)
        case _:
            yield value


def test_every_number_is_finite(diagnostics: NetworkDiagnostics) -> None:
    """The JSON holds more than 1,000 numbers, and neither NaN nor infinity."""
    raw = dumps(diagnostics)
    found = list(numbers(json.loads(raw, parse_constant=pytest.fail)))
    assert len(found) > 1_000
    assert all(map(math.isfinite, found))


def test_a_number_that_is_not_finite_is_refused(diagnostics: NetworkDiagnostics) -> None:
    """NaN has no JSON form."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(replace(diagnostics, seconds=math.nan))


def test_equal_runs_give_equal_bytes(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """``diagnose`` gives the same bytes twice, and does not change the network."""
    before = {name: tensor.clone() for name, tensor in small_run.network.state().items()}
    assert dumps(diagnose(small_run)) == dumps(diagnostics)
    assert all(torch.equal(before[name], t) for name, t in small_run.network.state().items())


def test_step_0_is_the_network_before_its_first_step(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """Batch statistics make the first pre-activations unit normal; training widens the logits."""
    [layer] = diagnostics.start.layers
    assert abs(layer.pre_activations.mean) < 1e-5
    assert layer.pre_activations.std == pytest.approx(1, abs=0.01)
    assert layer.saturation.examples == EXAMPLES
    assert layer.saturation.units == small_run.recipe.hidden
    assert diagnostics.start.logits.std < 0.2
    assert diagnostics.end.logits.std > 1
    assert diagnostics.curve.first == small_run.step_losses[0].item()


def test_histograms_count_examples_times_width(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """A layer's histogram counts contexts times units, the histogram of W2 counts its weights."""
    V, H = len(small_run.vocabulary), small_run.recipe.hidden
    for moment in (diagnostics.start, diagnostics.end):
        assert moment.logits.population == EXAMPLES * V
        assert moment.W2.population == H * V
        for layer in moment.layers:
            assert layer.pre_activations.population == EXAMPLES * H
            assert layer.tanh.population == EXAMPLES * H


def test_the_saturation_map_equals_the_networks_activations(small_run: NetworkRun) -> None:
    """Share and dead units of a snapshot equal the counts on the network's own activations."""
    contexts = choose_examples(torch.arange(3_000).view(1_000, 3) % 27)
    saturated = snapshot(small_run.network, contexts).layers[0].saturation
    h = small_run.network.activations(contexts).h
    assert saturated.share == pytest.approx((h.abs() > 0.99).double().mean().item())
    assert saturated.dead_units == (h.abs() > 0.99).all(0).sum()


def test_a_snapshot_holds_every_hidden_layer() -> None:
    """Layers stand from the input on; each place that a unit looks at counts as an example."""
    network = override(RECIPES["wavenet"], hidden=6).network(27)
    contexts = torch.randint(0, 27, (50, 8), generator=torch.Generator().manual_seed(3))
    layers = snapshot(network, contexts).layers
    assert [layer.saturation.examples for layer in layers] == [50 * 4, 50 * 2, 50]
    assert [layer.saturation.units for layer in layers] == [6, 6, 6]
    assert [layer.tanh.population for layer in layers] == [50 * 4 * 6, 50 * 2 * 6, 50 * 6]
    for layer in layers:
        assert abs(layer.pre_activations.mean) < 1e-5
        assert layer.pre_activations.std == pytest.approx(1, abs=0.01)


def test_few_contexts_are_all_examples() -> None:
    """Fewer contexts than examples are taken once each."""
    contexts = torch.arange(30).view(10, 3)
    assert sorted(choose_examples(contexts).tolist()) == contexts.tolist()


def test_lecture_losses_are_of_the_lectures_names_and_recipes_alone() -> None:
    """Only names.txt with its repeated names has reported losses, for the lectures' recipes."""
    data = Names("names.txt", "names.txt", min(NAMES_TXT), ("ana",), distinct=False)
    assert lecture_losses(data, "batchnorm") == {"train": 2.0668, "val": 2.1048}
    assert lecture_losses(data, "other") == {}
    assert lecture_losses(replace(data, distinct=True), "batchnorm") == {}
    assert lecture_losses(replace(data, sha256="0" * 64), "batchnorm") == {}


@pytest.mark.skipif(not NAMES.exists(), reason="names.txt is not here")
def test_names_txt_is_recognised() -> None:
    """The lectures' names.txt is recognised by its hash."""
    assert lecture_losses(Names.read(str(NAMES)), "baseline")["val"] == 2.1682
