"""The sections of a page: each a finding and the pictures that show it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from namesmith_trainer.plurals import counted
from namesmith_trainer.report import chain_findings, findings
from namesmith_trainer.report.diagnostics import (
    ChainDiagnostics,
    Diagnostics,
    Histogram,
    Layer,
    NetworkDiagnostics,
    Samples,
    Teaching,
)
from namesmith_trainer.report.findings import Finding
from namesmith_trainer.report.pictures import Picture, areas, lines
from namesmith_trainer.report.shares import Shares


@dataclass(frozen=True)
class Section:
    """A section: its title, its finding, and its pictures, which stand beside each other."""

    title: str
    finding: Finding
    pictures: tuple[Picture, ...]


def inside(run: Diagnostics) -> Iterator[Section]:
    """Yield the sections that picture the inside of a run's model."""
    match run:
        case NetworkDiagnostics():
            yield from _inside_network(run)
        case ChainDiagnostics():
            yield from _inside_chain(run)


def _inside_network(run: NetworkDiagnostics) -> Iterator[Section]:
    yield _loss(run)
    yield from _output(run)
    count = len(run.start.layers)
    for i, (start, end) in enumerate(zip(run.start.layers, run.end.layers, strict=True)):
        of_layer = f", hidden layer {i + 1} of {count}" if count > 1 else ""
        yield from _layer(run, of_layer, start, end)


def outside(samples: Samples) -> Iterator[Section]:
    """Yield the sections that compare the drawn names with the training names."""
    trained, drawn = samples.trained, samples.drawn
    lengths = Shares.of_lengths(trained.lengths, drawn.lengths, samples.count)
    letters = Shares.of_letters(trained.first_letters, drawn.first_letters, samples.count)
    for title, label, shares in (
        ("Lengths", "length (characters)", lengths),
        ("First letters", "first letter", letters),
    ):
        bars = areas.bars(title, label, shares.rows)
        yield Section(title, findings.distribution(title.lower(), shares), (bars,))


def side_by_side(runs: Sequence[NetworkDiagnostics]) -> Iterator[Section]:
    """Yield the sections of a comparison: losses, and each run's last hidden layer at step 0."""
    curves = {run.recipe: run.curve for run in runs}
    losses = (lines.openings(curves), lines.endings(curves))
    yield Section("Loss", findings.losses(runs), losses)
    layers = {run.recipe: run.start.layers[-1] for run in runs}
    h = [areas.Shown(layer.tanh, name, "start") for name, layer in layers.items()]
    tanh = areas.histograms("tanh output h", h)
    yield Section("Outputs of tanh at step 0", findings.walls(runs), tanh)
    maps = [areas.saturation(layer.saturation, name, "start") for name, layer in layers.items()]
    yield Section("Saturation maps at step 0", findings.columns(runs), tuple(maps))


def _inside_chain(run: ChainDiagnostics) -> Iterator[Section]:
    states = sum(each.states for each in run.lengths)
    shares = tuple((str(each.length), each.states / states, each.mass) for each in run.lengths)
    bars = areas.bars(
        "States and symbols",
        "length of the context (symbols)",
        shares,
        value="share (%)",
        legend=("states", "symbols drawn from them"),
    )
    yield Section("Contexts", chain_findings.contexts(run), (bars,))


def teaching(run: Teaching) -> Iterator[Section]:
    """Yield the sections that picture where a chain diverges from its teachers."""
    lengths = [str(length) for length in range(len(run.by_length))]
    sizes = ["0", *(f"{edge:g}" for edge in run.edges)]
    for title, label, names, parts, finding in (
        ("Divergence by context", "length of the context (symbols)", lengths, run.by_length,
         chain_findings.divergence(run)),
        ("Divergence by state", "divergence of the state, from (nats a symbol)", sizes, run.by_size,
         chain_findings.unlike(run)),
    ):  # fmt: skip
        shares = [(name, part.mass, part.share) for name, part in zip(names, parts, strict=True)]
        legend = ("symbols of val drawn from them", "divergence that arises in them")
        bars = areas.bars(title, label, shares, value="share (%)", legend=legend)
        yield Section(title, finding, (bars,))


def _loss(run: NetworkDiagnostics) -> Section:
    curve, expected = run.curve, math.log10(run.expected_loss)
    pictures = [lines.curve(curve, expected)]
    if curve.steps > len(curve.opening):
        pictures.append(lines.opening(curve, expected))
    return Section("Loss", findings.loss_curve(curve, run.expected_loss), tuple(pictures))


def _output(run: NetworkDiagnostics) -> Iterator[Section]:
    start, end = run.start, run.end
    logits = _histograms(run, "logit", start.logits, end.logits)
    yield Section("Logits", findings.logits(run), logits)
    weights = _histograms(run, "weight", start.W2, end.W2)
    yield Section("Output weights W2", findings.output_weights(run), weights)


def _layer(run: NetworkDiagnostics, of_layer: str, start: Layer, end: Layer) -> Iterator[Section]:
    pre = _histograms(run, "pre-activation", start.pre_activations, end.pre_activations)
    yield Section(f"Pre-activations{of_layer}", findings.pre_activations(start, end), pre)
    h = _histograms(run, "tanh output h", start.tanh, end.tanh)
    yield Section(f"Outputs of tanh{of_layer}", findings.tanh(start, end), h)
    before, after = _moments(run)
    maps = (
        areas.saturation(start.saturation, before, "start"),
        areas.saturation(end.saturation, after, "end"),
    )
    yield Section(f"Saturation map{of_layer}", findings.saturation(start, end), maps)


def _histograms(
    run: NetworkDiagnostics, label: str, start: Histogram, end: Histogram
) -> tuple[Picture, ...]:
    before, after = _moments(run)
    pair = (areas.Shown(start, before, "start"), areas.Shown(end, after, "end"))
    return areas.histograms(label, pair)


def _moments(run: NetworkDiagnostics) -> tuple[str, str]:
    steps = run.curve.steps
    return "At step 0", f"After {counted(steps, 'step')}"
