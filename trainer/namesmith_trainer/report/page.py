"""The pages: findings and pictures, set in their templates.

Names and settings are untrusted text: the template engine escapes every value, and the page's own
policy forbids it any request.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from namesmith.v1.manifest_pb2 import Manifest
from namesmith_trainer.diagnostics.diagnosis import Diagnosis, Training
from namesmith_trainer.diagnostics.histogram import Histogram
from namesmith_trainer.diagnostics.samples import Samples
from namesmith_trainer.diagnostics.snapshot import Layer
from namesmith_trainer.inspection import facts
from namesmith_trainer.report import findings, picture
from namesmith_trainer.report.findings import Finding
from namesmith_trainer.report.picture import Picture
from namesmith_trainer.report.shares import Shares


@dataclass(frozen=True)
class Section:
    """A heading, its finding and its pictures, which stand beside each other."""

    title: str
    finding: Finding
    pictures: tuple[Picture, ...]


def report(manifest: Manifest, diagnosis: Diagnosis) -> bytes:
    """``report.html`` of a bundle; of the manifest, version and files are not needed."""
    training, samples = diagnosis.training, diagnosis.samples
    return _render(
        "report.html.j2",
        manifest=manifest,
        training=training,
        samples=samples,
        splits=findings.splits(training),
        names=findings.names(samples),
        inside=[*_loss(training), *_output(training), *_hidden(training)],
        outside=list(_distributions(samples)),
        facts=[fact for fact in facts(manifest) if fact[0] not in {"model", "file"}],
    )


def _loss(training: Training) -> Iterator[Section]:
    expected = training.expected_loss
    finding = findings.loss_curve(training.curve, expected)
    yield Section("Loss", finding, (picture.curve(training.curve, math.log10(expected)),))


def _output(training: Training) -> Iterator[Section]:
    start, end = training.start, training.end
    logits = _histograms(training, "logit", start.logits, end.logits)
    yield Section("Logits", findings.logits(training), logits)
    weights = _histograms(training, "weight", start.W2, end.W2)
    yield Section("Output weights W2", findings.output_weights(training), weights)


def _hidden(training: Training) -> Iterator[Section]:
    count = len(training.start.layers)
    for i, (start, end) in enumerate(zip(training.start.layers, training.end.layers, strict=True)):
        of_layer = f", hidden layer {i + 1} of {count}" if count > 1 else ""
        yield from _layer(training, of_layer, start, end)


def _layer(training: Training, of_layer: str, start: Layer, end: Layer) -> Iterator[Section]:
    pre = _histograms(training, "pre-activation", start.pre_activations, end.pre_activations)
    yield Section(f"Pre-activations{of_layer}", findings.pre_activations(start, end), pre)
    h = _histograms(training, "tanh output h", start.tanh, end.tanh)
    yield Section(f"Outputs of tanh{of_layer}", findings.tanh(start, end), h)
    before, after = _moments(training)
    maps = (
        picture.saturation(start.saturation, before, "start"),
        picture.saturation(end.saturation, after, "end"),
    )
    yield Section(f"Saturation map{of_layer}", findings.saturation(start, end), maps)


def _distributions(samples: Samples) -> Iterator[Section]:
    trained, drawn = samples.trained, samples.drawn
    lengths = Shares.of_lengths(trained.lengths, drawn.lengths, samples.count)
    letters = Shares.of_letters(trained.first_letters, drawn.first_letters, samples.count)
    for title, label, shares in (
        ("Lengths", "length (characters)", lengths),
        ("First letters", "first letter", letters),
    ):
        bars = picture.bars(title, label, shares.rows)
        yield Section(title, findings.distribution(title.lower(), shares), (bars,))


def _histograms(
    training: Training, label: str, start: Histogram, end: Histogram
) -> tuple[Picture, ...]:
    before, after = _moments(training)
    pair, titles = {"start": start, "end": end}, {"start": before, "end": after}
    return tuple(picture.histograms(pair, titles, label))


def _moments(training: Training) -> tuple[str, str]:
    steps = training.curve.steps
    return "At step 0", f"After {steps:,} step{'s' if steps > 1 else ''}"


def _render(template: str, **values: object) -> bytes:
    environment = Environment(
        loader=PackageLoader("namesmith_trainer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values).encode()
