"""The facts of a bundle's manifest as text for people."""

from collections.abc import Iterator

from namesmith.quoting import printable
from namesmith.v1.manifest_pb2 import Data, Manifest, Split, Training
from namesmith_trainer.words import counted

PARITY = "exports"
"""Name of the fact about the exported forms, which the report page leaves out."""


def summarise(manifest: Manifest) -> str:
    """Return the facts of the manifest as text for a terminal, one line for each value."""
    return "\n".join(f"{name:<13}{printable(value)}" for name, value in facts(manifest))


def facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield name and value of each fact; a fact without a name continues the fact before it."""
    training, symbols = manifest.training, manifest.vocabulary.symbols
    yield "model", f"{manifest.model}, version {manifest.version}"
    yield "created", manifest.created
    yield "vocabulary", f"{counted(len(symbols), 'symbol')}: {''.join(symbols)}"
    yield from _model(manifest)
    yield "training", f"recipe {training.recipe}, {_effort(training)}"
    if training.published_step not in {0, training.steps}:
        yield "", f"published as it was best on val, after step {training.published_step:,}"
    if training.steps:
        yield "seeds", f"{training.init_seed} (weights), {training.batch_seed} (minibatches)"
    for i, (key, value) in enumerate(sorted(training.settings.items())):
        yield "" if i else "settings", f"{key} = {value}"
    yield from _data(manifest.data)
    stands = manifest.chain.stands_for_network
    for split in manifest.splits:
        yield from _split(split, "the network itself" if stands else "the teachers' mixture")
    if manifest.max_log_prob_difference:
        difference = f"{manifest.max_log_prob_difference:.3g} nats"
        yield PARITY, f"differ from the network by at most {difference} in log-probability"
    yield "tools", ", ".join(f"{tool} {tag}" for tool, tag in sorted(manifest.tools.items()))
    for file in manifest.files:
        yield "file", f"{file.path}  {counted(file.size, 'byte')}  {file.sha256}"


def _data(data: Data) -> Iterator[tuple[str, str]]:
    """Yield the facts about the names that the model was trained on."""
    duplicates = "duplicates dropped" if data.distinct else "duplicates kept"
    if data.occurrences:
        duplicates = "counts of duplicates added"
    yield "data", f"{data.name}, {counted(data.names, 'name')}, {duplicates}"
    yield "", f"SHA-256 {data.sha256}"
    for said in (*_reading(data), *_cutting(data)):
        yield "", said
    if data.labels:
        yield "labels", ", ".join(f"{key} = {value}" for key, value in sorted(data.labels.items()))
    if data.licence:
        yield "licence", data.licence
    if data.source:
        yield "source", data.source


def _reading(data: Data) -> Iterator[str]:
    """Yield how the lines of the data were read, where they were not read as usual."""
    if data.column:
        yield f"column {data.column} of a table"
    if data.lower_case:
        yield "brought into lower case"
    if data.skipped_lines:
        yield f"{counted(data.skipped_lines, 'line')} left out, which hold no name"
    if data.occurrences:
        yield f"names have counts, {data.occurrences:,} together"


def _cutting(data: Data) -> Iterator[str]:
    """Yield how the names were cut into splits, where they were not cut as usual."""
    if data.split_shares:
        shares = ", ".join(f"{100 * share:g} %" for share in data.split_shares)
        yield f"cut into train, val and test of {shares}"
    if data.HasField("validation"):
        validation = data.validation
        yield f"val is {validation.name}, SHA-256 {validation.sha256}"
        if validation.left_out:
            yield f"{counted(validation.left_out, 'name')} of val left out"


def _model(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the facts about the sizes of the network or the chain."""
    architecture, chain = manifest.architecture, manifest.chain
    parameters = counted(architecture.parameters, "parameter")
    if not manifest.HasField("chain"):
        sizes = f"block size {architecture.block_size}, embedding {architecture.embedding}"
        yield "network", f"{sizes}, hidden {architecture.hidden}: {parameters}"
        return
    sizes = f"block size {architecture.block_size}, {counted(chain.states, 'state')}"
    stands = ", in the place of the network" if chain.stands_for_network else ""
    yield "chain", f"{sizes}{stands}: {parameters}"
    counts = ", ".join(f"{count:,}" for count in chain.states_by_length)
    yield "", f"states with contexts of 0, 1, ... symbols: {counts}"
    for teacher in chain.teachers:
        source = f", {teacher.model} version {teacher.version}" if teacher.model else ""
        losses = ", ".join(f"{each.split} {each.loss:.6f}" for each in teacher.losses)
        if chain.stands_for_network:
            yield "network", f"{teacher.recipe}: {losses}"
        else:
            yield "teacher", f"{teacher.recipe}{source}, weight {teacher.weight:.3f}: {losses}"
    if chain.sampled_names:
        sampled = "network" if chain.stands_for_network else "teachers"
        yield "", f"{counted(chain.sampled_names, 'name')} sampled from the {sampled}"


def _effort(training: Training) -> str:
    steps = f"{counted(training.steps, 'step')} " if training.steps else ""
    return f"{steps}on {training.device} in {training.seconds:.1f} s"


def _split(split: Split, teacher: str) -> Iterator[tuple[str, str]]:
    """Yield the facts about the losses of a split, among them those of a chain's teacher."""
    size = f"{counted(split.names, 'name')}, {counted(split.symbols, 'symbol')}"
    if split.occurrences:
        size += f", counts of {split.occurrences:,} together"
    yield split.name, f"loss {split.loss:.6f} ({size})"
    if split.seen.names and split.unseen.names:
        for part, where in ((split.seen, "that stand in train"), (split.unseen, "that do not")):
            yield "", f"loss {part.loss:.6f} on {counted(part.names, 'name')} {where}"
    if split.HasField("novel_loss"):
        yield "", f"loss {split.novel_loss:.6f} given novel"
    if split.HasField("teacher_kl"):
        kl = f"divergence from it {split.teacher_kl:.6f}"
        yield "", f"loss {split.teacher_loss:.6f} of {teacher}, {kl}"
