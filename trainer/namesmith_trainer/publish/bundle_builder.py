"""Makes the files and the manifest of a bundle from a finished run."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

from namesmith import bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.data import SPLIT_SEED
from namesmith_trainer.publish import export, parity_check
from namesmith_trainer.report import diagnose, dumps, report_page
from namesmith_trainer.training import Run

TOOLS = ("namesmith", "torch", "onnx", "onnxruntime", "safetensors")
"""Packages whose versions the manifest records."""


def build_bundle(
    run: Run, model: str, *, with_report: bool = True
) -> tuple[pb.Manifest, dict[str, bytes]]:
    """Make the manifest of a bundle, without version and files, and the other files by path.

    Args:
        run: finished run.
        model: name of the model.
        with_report: whether the files include the training report and its numbers.

    Raises:
        ParityError: an exported form differs from the network by more than is allowed.
    """
    manifest = describe(run, model)
    files = export_forms(run)
    manifest.max_log_prob_difference = measure_parity(run, files)
    files |= split_files(run)
    return manifest, files | report_files(run, manifest) if with_report else files


def export_forms(run: Run) -> dict[str, bytes]:
    """Export the folded network as ONNX, TorchScript and, up to TABLE_LIMIT bytes, as a table."""
    size, block_size = len(run.vocabulary), run.recipe.block_size
    folded = run.network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    if export.table_bytes(size, block_size) <= bundle.TABLE_LIMIT:
        files[bundle.TABLE] = export.to_table(folded, size, block_size)
    return files


def measure_parity(run: Run, files: Mapping[str, bytes]) -> float:
    """Return the largest difference of the exported forms from the network, in nats.

    Raises:
        ParityError: an exported form differs from the network by more than is allowed.
    """
    contexts = parity_check.sample_contexts(len(run.vocabulary), run.recipe.block_size)
    expected = run.network.log_probs(contexts.to(run.device)).cpu()
    return parity_check.check_parity(files, contexts, expected)


def split_files(run: Run) -> dict[str, bytes]:
    """Encode the names of each split, one name on each line."""
    return {
        bundle.split_path(split): "".join(f"{name}\n" for name in names).encode()
        for split, names in run.splits.items()
    }


def report_files(run: Run, manifest: pb.Manifest) -> dict[str, bytes]:
    """Render the training report and its numbers for the bundle of this manifest."""
    diagnostics = diagnose(run)
    return {
        bundle.DIAGNOSTICS: dumps(diagnostics),
        bundle.REPORT: report_page(manifest, diagnostics),
    }


def describe(run: Run, model: str) -> pb.Manifest:
    """Make the manifest of a bundle, without version, files and the measured form difference."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model=model,
        created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        vocabulary=pb.Vocabulary(symbols=run.vocabulary.symbols),
        architecture=_architecture(run),
        training=_training(run),
        data=pb.Data(
            name=run.data.name,
            sha256=run.data.sha256,
            names=len(run.data.names),
            distinct=run.data.distinct,
            split_seed=SPLIT_SEED,
        ),
        splits=[
            pb.Split(
                name=split, names=len(names), symbols=run.symbols[split], loss=run.losses[split]
            )
            for split, names in run.splits.items()
        ],
        tools={tool: version(tool) for tool in TOOLS},
    )


def _architecture(run: Run) -> pb.Architecture:
    """Describe the sizes of the network."""
    return pb.Architecture(
        block_size=run.recipe.block_size,
        embedding=run.recipe.embedding,
        hidden=run.recipe.hidden,
        parameters=sum(parameter.numel() for parameter in run.network.parameters()),
    )


def _training(run: Run) -> pb.Training:
    """Describe the recipe, its settings and the course of the run."""
    settings = asdict(run.recipe)
    name = settings.pop("name")
    return pb.Training(
        recipe=name,
        settings={key: json.dumps(value) for key, value in settings.items()},
        steps=run.recipe.steps,
        init_seed=run.recipe.init_seed,
        batch_seed=run.batch_seed,
        device=run.device,
        seconds=run.seconds,
    )
