"""The sections of a page: each a finding and the pictures that show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from namesmith_trainer.report import chain_findings, comparison_findings, findings
from namesmith_trainer.report.diagnostics import (
    EXTREME,
    FACTOR,
    THRESHOLD,
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
from namesmith_trainer.report.pictures import runs as together
from namesmith_trainer.report.shares import Shares
from namesmith_trainer.words import counted


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes:
        title: title of the section.
        finding: sentences about its pictures.
        pictures: pictures, which stand beside each other.
        choices: pictures of which a reader sees one choice at a time, by the choice's label.
    """

    title: str
    finding: Finding
    pictures: tuple[Picture, ...] = ()
    choices: Mapping[str, tuple[Picture, ...]] = field(default_factory=dict)


def inside(run: Diagnostics) -> Iterator[Section]:
    """Yield the sections that picture the inside of a run's model."""
    match run:
        case NetworkDiagnostics():
            yield from _inside_network(run)
        case ChainDiagnostics():
            yield from _inside_chain(run)


def _inside_network(run: NetworkDiagnostics) -> Iterator[Section]:
    yield from _loss(run)
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
        bars = replace(areas.bars(title, label, shares.rows), note=_others(shares))
        yield Section(title, findings.distribution(title.lower(), shares), (bars,))


def side_by_side(runs: Sequence[Diagnostics]) -> Iterator[Section]:
    """Yield the sections of a comparison: losses, and networks at step 0; none without networks."""
    networks = [run for run in runs if isinstance(run, NetworkDiagnostics)]
    if not networks:
        return
    curves = {run.recipe: run.curve for run in networks}
    losses = (together.openings(curves, networks[0].symbols), together.endings(curves))
    yield Section("Loss", comparison_findings.losses(networks), losses)
    if evaluated := [run for run in networks if run.evaluations]:
        counted = {
            run.recipe: run.losses["val"] for run in runs if not isinstance(run, NetworkDiagnostics)
        }
        val = together.validations({run.recipe: run.evaluations for run in evaluated}, counted)
        yield Section("Loss on val", comparison_findings.validations(evaluated), (val,))
    yield from _starts(networks)


def _starts(runs: Sequence[NetworkDiagnostics]) -> Iterator[Section]:
    """Yield the sections that compare networks before their first step."""
    for title, label, finding, of_run in (
        ("Output weights W2 at step 0", "weight", comparison_findings.weights(runs),
         {run.recipe: run.start.W2 for run in runs}),
        ("Logits at step 0", "logit", comparison_findings.logits(runs),
         {run.recipe: run.start.logits for run in runs}),
        ("Outputs of tanh at step 0", "tanh output h", comparison_findings.walls(runs),
         {run.recipe: run.start.layers[-1].tanh for run in runs}),
    ):  # fmt: skip
        shown = [areas.Shown(each, recipe, "start") for recipe, each in of_run.items()]
        yield Section(title, finding, areas.histograms(label, shown))
    layers = {run.recipe: (run.start.layers[-1], "start") for run in runs}
    maps = _maps(layers)
    yield Section("Saturation maps at step 0", comparison_findings.columns(runs), choices=maps)


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


def _loss(run: NetworkDiagnostics) -> Iterator[Section]:
    curve = run.curve
    pictures = [lines.curve(curve, run.symbols)]
    if curve.steps > len(curve.opening):
        pictures.append(lines.opening(curve, run.symbols))
    yield Section("Loss", findings.loss_curve(curve, run.expected_loss), tuple(pictures))
    if run.evaluations:
        val = lines.validation(curve, run.evaluations)
        yield Section("Loss on val", findings.validation(run), (val,))


def _output(run: NetworkDiagnostics) -> Iterator[Section]:
    start, end = run.start, run.end
    logits = _histograms(run, "logit", start.logits, end.logits)
    yield Section("Logits", findings.logits(run), logits)
    weights = _histograms(run, "weight", start.W2, end.W2)
    yield Section("Output weights W2", findings.output_weights(run), weights)
    if start.logits.std >= 1:  # the notebook looks at it where the logits are too wide
        scaled = (
            *areas.histograms("weight", [areas.Shown(run.scaled.W2, "W2", "start")]),
            *areas.histograms("logit", [areas.Shown(run.scaled.logits, "Logits", "start")]),
        )
        title = f"W2 \N{MULTIPLICATION SIGN} {FACTOR:g} at step 0"
        yield Section(title, findings.scaled(run), scaled)


def _layer(run: NetworkDiagnostics, of_layer: str, start: Layer, end: Layer) -> Iterator[Section]:
    pre = _histograms(run, "pre-activation", start.pre_activations, end.pre_activations)
    yield Section(f"Pre-activations{of_layer}", findings.pre_activations(start, end), pre)
    h = _histograms(run, "tanh output h", start.tanh, end.tanh)
    yield Section(f"Outputs of tanh{of_layer}", findings.tanh(start, end), h)
    before, after = _moments(run)
    maps = _maps({before: (start, "start"), after: (end, "end")})
    yield Section(f"Saturation map{of_layer}", findings.saturation(start, end), choices=maps)


def _maps(layers: Mapping[str, tuple[Layer, str]]) -> dict[str, tuple[Picture, ...]]:
    """Return the saturation maps of layers by threshold; layers are given by title, with style."""
    return {
        f"|h| > {THRESHOLD}": tuple(
            areas.saturation(layer.saturation, title, style)
            for title, (layer, style) in layers.items()
        ),
        f"|h| > {EXTREME}": tuple(
            areas.saturation(layer.extreme, title, style)
            for title, (layer, style) in layers.items()
        ),
    }


def _others(shares: Shares) -> str:
    """Return the sentence about the letters that have no bars; empty where none is left out."""
    if not shares.others:
        return ""
    of_trained, of_drawn = shares.rest
    return (
        f"Without a bar: {shares.others:,} further letter{'s' * (shares.others > 1)},"
        f" {of_trained:.1%} of the training names and {of_drawn:.1%} of the drawn names."
    )


def _histograms(
    run: NetworkDiagnostics, label: str, start: Histogram, end: Histogram
) -> tuple[Picture, ...]:
    before, after = _moments(run)
    pair = (areas.Shown(start, before, "start"), areas.Shown(end, after, "end"))
    return areas.histograms(label, pair)


def _moments(run: NetworkDiagnostics) -> tuple[str, str]:
    steps = run.published_step
    return "At step 0", f"After {counted(steps, 'step')}"
