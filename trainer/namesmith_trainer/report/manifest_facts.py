"""The facts of a bundle's manifest as text for people."""

from collections.abc import Iterator

from namesmith.quoting import printable
from namesmith.v1.manifest_pb2 import Manifest, Split, Training

PARITY = "exports"
"""Name of the fact about the exported forms, which the report page leaves out."""


def summarise(manifest: Manifest) -> str:
    """Return the facts of the manifest as text for a terminal, one line for each value."""
    return "\n".join(f"{name:<13}{printable(value)}" for name, value in facts(manifest))


def facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield name and value of each fact; a fact without a name continues the fact before it."""
    training, data = manifest.training, manifest.data
    symbols = manifest.vocabulary.symbols
    yield "model", f"{manifest.model}, version {manifest.version}"
    yield "created", manifest.created
    yield "vocabulary", f"{len(symbols)} symbols: {''.join(symbols)}"
    yield from _model(manifest)
    yield "training", f"recipe {training.recipe}, {_effort(training)}"
    if training.published_step not in {0, training.steps}:
        yield "", f"published as it was best on val, after step {training.published_step:,}"
    if training.steps:
        yield "seeds", f"{training.init_seed} (weights), {training.batch_seed} (minibatches)"
    for i, (key, value) in enumerate(sorted(training.settings.items())):
        yield "" if i else "settings", f"{key} = {value}"
    duplicates = "duplicates dropped" if data.distinct else "duplicates kept"
    yield "data", f"{data.name}, {data.names:,} names, {duplicates}"
    yield "", f"SHA-256 {data.sha256}"
    for split in manifest.splits:
        yield from _split(split)
    if manifest.max_log_prob_difference:
        difference = f"{manifest.max_log_prob_difference:.3g} nats"
        yield PARITY, f"differ from the network by at most {difference} in log-probability"
    yield "tools", ", ".join(f"{tool} {tag}" for tool, tag in sorted(manifest.tools.items()))
    for file in manifest.files:
        yield "file", f"{file.path}  {file.size:,} bytes  {file.sha256}"


def _model(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the facts about the sizes of the network or the chain."""
    architecture, chain = manifest.architecture, manifest.chain
    if not manifest.HasField("chain"):
        sizes = f"block size {architecture.block_size}, embedding {architecture.embedding}"
        parameters = f"hidden {architecture.hidden}: {architecture.parameters:,} parameters"
        yield "network", f"{sizes}, {parameters}"
        return
    sizes = f"block size {architecture.block_size}, {chain.states:,} states"
    yield "chain", f"{sizes}: {architecture.parameters:,} parameters"
    counts = ", ".join(f"{count:,}" for count in chain.states_by_length)
    yield "", f"states with contexts of 0, 1, ... symbols: {counts}"
    for teacher in chain.teachers:
        source = f", {teacher.model} version {teacher.version}" if teacher.model else ""
        losses = ", ".join(f"{each.split} {each.loss:.6f}" for each in teacher.losses)
        yield "teacher", f"{teacher.recipe}{source}, weight {teacher.weight:.3f}: {losses}"
    if chain.sampled_names:
        yield "", f"{chain.sampled_names:,} names sampled from the teachers"


def _effort(training: Training) -> str:
    steps = f"{training.steps:,} steps " if training.steps else ""
    return f"{steps}on {training.device} in {training.seconds:.1f} s"


def _split(split: Split) -> Iterator[tuple[str, str]]:
    """Yield the facts about the losses of a split."""
    yield (
        split.name,
        f"loss {split.loss:.6f} ({split.names:,} names, {split.symbols:,} symbols)",
    )
    if split.seen.names and split.unseen.names:
        for part, where in ((split.seen, "that stand in train"), (split.unseen, "that do not")):
            yield "", f"loss {part.loss:.6f} on {part.names:,} names {where}"
    if split.HasField("novel_loss"):
        yield "", f"loss {split.novel_loss:.6f} given novel"
    if split.HasField("teacher_kl"):
        kl = f"divergence from it {split.teacher_kl:.6f}"
        yield "", f"loss {split.teacher_loss:.6f} of the teachers' mixture, {kl}"
