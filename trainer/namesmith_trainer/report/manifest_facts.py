"""The facts of a bundle's manifest as text for people."""

from collections.abc import Iterator

from namesmith.v1.manifest_pb2 import Manifest

PARITY = "exports"
"""Name of the fact about the exported forms, which the report page leaves out."""


def summarise(manifest: Manifest) -> str:
    """Return the facts of the manifest as text, one line for each value."""
    return "\n".join(f"{name:<13}{value}" for name, value in facts(manifest))


def facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield name and value of each fact; a fact without a name continues the fact before it."""
    architecture, training, data = manifest.architecture, manifest.training, manifest.data
    symbols = manifest.vocabulary.symbols
    yield "model", f"{manifest.model}, version {manifest.version}"
    yield "created", manifest.created
    yield "vocabulary", f"{len(symbols)} symbols: {''.join(symbols)}"
    sizes = f"block size {architecture.block_size}, embedding {architecture.embedding}"
    yield (
        "network",
        f"{sizes}, hidden {architecture.hidden}: {architecture.parameters:,} parameters",
    )
    effort = f"{training.steps:,} steps on {training.device} in {training.seconds:.1f} s"
    yield "training", f"recipe {training.recipe}, {effort}"
    yield "seeds", f"{training.init_seed} (weights), {training.batch_seed} (minibatches)"
    for i, (key, value) in enumerate(sorted(training.settings.items())):
        yield "" if i else "settings", f"{key} = {value}"
    duplicates = "duplicates dropped" if data.distinct else "duplicates kept"
    yield "data", f"{data.name}, {data.names:,} names, {duplicates}"
    yield "", f"SHA-256 {data.sha256}"
    for split in manifest.splits:
        yield (
            split.name,
            f"loss {split.loss:.6f} ({split.names:,} names, {split.symbols:,} symbols)",
        )
    if manifest.max_log_prob_difference:
        difference = f"{manifest.max_log_prob_difference:.3g} nats"
        yield PARITY, f"differ from the network by at most {difference} in log-probability"
    yield "tools", ", ".join(f"{tool} {tag}" for tool, tag in sorted(manifest.tools.items()))
    for file in manifest.files:
        yield "file", f"{file.path}  {file.size:,} bytes  {file.sha256}"
