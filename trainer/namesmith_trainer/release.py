"""From a finished run to the files and the manifest of its bundle."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

from namesmith import bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer import agreement, export
from namesmith_trainer.data import SPLIT_SEED
from namesmith_trainer.diagnostics.diagnostics import diagnose, dumps
from namesmith_trainer.report.page import report
from namesmith_trainer.run import Run

TOOLS = ("namesmith", "torch", "onnx", "onnxruntime", "safetensors")


def release(run: Run, model: str) -> tuple[pb.Manifest, dict[str, bytes]]:
    """What is published of a run: its manifest and every file beside it.

    Raises:
        DisagreementError: an exported form is not the network.
    """
    manifest = describe(run, model)
    return manifest, {**bundle_files(run), **report_files(run, manifest)}


def bundle_files(run: Run) -> dict[str, bytes]:
    """What is served and the splits, checked against the network.

    Raises:
        DisagreementError: an exported form is not the network.
    """
    size, block_size = len(run.vocabulary), run.recipe.block_size
    folded = run.network.fold()
    files = {
        bundle.ONNX: export.to_onnx(folded, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(folded),
    }
    if export.table_bytes(size, block_size) <= bundle.TABLE_LIMIT:
        files[bundle.TABLE] = export.to_table(folded, size, block_size)
    contexts = agreement.sample_contexts(size, block_size)
    expected = run.network.log_probs(contexts.to(run.device)).cpu()
    agreement.check_agreement(files, contexts, expected)
    for split, names in run.data.splits().items():
        files[bundle.split_path(split)] = "".join(f"{name}\n" for name in names).encode()
    return files


def report_files(run: Run, manifest: pb.Manifest) -> dict[str, bytes]:
    """The training report and its numbers, for the bundle of this manifest."""
    diagnostics = diagnose(run)
    return {
        bundle.DIAGNOSTICS: dumps(diagnostics),
        bundle.REPORT: report(manifest, diagnostics),
    }


def describe(run: Run, model: str) -> pb.Manifest:
    """The manifest, complete but for version and files."""
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
            for split, names in run.data.splits().items()
        ],
        tools={tool: version(tool) for tool in TOOLS},
    )


def _architecture(run: Run) -> pb.Architecture:
    return pb.Architecture(
        block_size=run.recipe.block_size,
        embedding=run.recipe.embedding,
        hidden=run.recipe.hidden,
        parameters=sum(parameter.numel() for parameter in run.network.parameters()),
    )


def _training(run: Run) -> pb.Training:
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
