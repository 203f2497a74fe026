"""Makes the files and the manifest of a bundle from a finished run."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

from namesmith import bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.data import NOTEBOOK, SPLIT_SEED, Names
from namesmith_trainer.publish.forms import export_forms, measure_parity
from namesmith_trainer.publish.provenance import UNSTATED, Provenance
from namesmith_trainer.report import diagnose, dumps, report_page
from namesmith_trainer.training import ChainRun, NetworkRun, PartLoss, Run, StandIn, Teacher

TOOLS = ("namesmith", "torch", "onnx", "onnxruntime", "safetensors")
"""Packages whose versions the manifest records."""


def build_bundle(
    run: Run, model: str, provenance: Provenance = UNSTATED, *, with_report: bool = True
) -> tuple[pb.Manifest, dict[str, bytes]]:
    """Make the manifest of a bundle, without version and files, and the other files by path.

    Args:
        run: finished run.
        model: name of the model.
        provenance: labels, licence and source of the names.
        with_report: whether the files include the training report and its numbers.

    Raises:
        ParityError: an exported form differs from the model by more than is allowed.
    """
    manifest = describe(run, model, provenance)
    files = export_forms(run)
    manifest.max_log_prob_difference = measure_parity(run, files)
    files |= split_files(run)
    return manifest, files | report_files(run, manifest) if with_report else files


def split_files(run: Run) -> dict[str, bytes]:
    """Encode the names of each split, one name on each line, and likewise their counts, if any."""
    files = {
        bundle.split_path(split): "".join(f"{name}\n" for name in names).encode()
        for split, names in run.splits.items()
    }
    for split, names in run.splits.items():
        if names.counts is not None:
            files[bundle.counts_path(split)] = bundle.encode_counts(names.counts.tolist())
    return files


def report_files(run: Run, manifest: pb.Manifest) -> dict[str, bytes]:
    """Render the training report and its numbers for the bundle of this manifest."""
    diagnostics = diagnose(run)
    return {
        bundle.DIAGNOSTICS: dumps(diagnostics),
        bundle.REPORT: report_page(manifest, diagnostics),
    }


def describe(run: Run, model: str, provenance: Provenance = UNSTATED) -> pb.Manifest:
    """Make the manifest of a bundle, without version, files and the measured form difference."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model=model,
        created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        vocabulary=pb.Vocabulary(symbols=run.vocabulary.symbols),
        architecture=_architecture(run),
        training=_training(run),
        data=_data(run.data, provenance),
        splits=[_split(run, split) for split in run.splits],
        tools={tool: version(tool) for tool in TOOLS},
        chain=_chain(run),
    )


def _data(data: Names, provenance: Provenance) -> pb.Data:
    """Describe the data file, how it was read, and how it was cut unless as the notebook cuts."""
    described = pb.Data(
        name=data.name,
        sha256=data.sha256,
        names=len(data.names),
        distinct=data.distinct,
        split_seed=SPLIT_SEED,
        occurrences=data.whole.occurrences,
        skipped_lines=data.skipped,
        lower_case=data.lower,
        column=data.column,
        labels=provenance.labels,
        licence=provenance.licence,
        source=provenance.source,
    )
    if data.shares != NOTEBOOK:
        described.split_shares.extend(data.shares.numbers)
    if data.validation:
        described.validation.name = data.validation.name
        described.validation.sha256 = data.validation.sha256
        described.validation.left_out = data.left_out
    return described


def _architecture(run: Run) -> pb.Architecture:
    """Describe the sizes of the model."""
    architecture = pb.Architecture(block_size=run.recipe.block_size)
    if isinstance(run, ChainRun):
        architecture.parameters = run.chain.log_probs.size
    if isinstance(run, NetworkRun):
        architecture.embedding = run.recipe.embedding
        architecture.hidden = run.recipe.hidden
        architecture.parameters = sum(each.numel() for each in run.network.parameters())
    return architecture


def _training(run: Run) -> pb.Training:
    """Describe the recipe, its settings and the course of the run."""
    settings = run.recipe.described()
    name = str(settings.pop("name"))
    training = pb.Training(
        recipe=name,
        settings={key: json.dumps(value) for key, value in settings.items()},
        batch_seed=run.batch_seed,
        device=run.device,
        seconds=run.seconds,
    )
    if isinstance(run, NetworkRun):
        training.steps = len(run.step_losses)
        training.published_step = run.published_step
        training.init_seed = run.recipe.init_seed
    return training


def _split(run: Run, split: str) -> pb.Split:
    """Describe a split and the losses on it."""
    measured = run.split_losses[split]
    described = pb.Split(
        name=split,
        names=measured.names,
        symbols=measured.symbols,
        loss=measured.loss,
        seen=_part(measured.seen),
        unseen=_part(measured.unseen),
        novel_loss=measured.novel,
        occurrences=run.splits[split].occurrences,
    )
    published = _published_chain(run)
    if published and split in published.fits:
        described.teacher_loss = published.fits[split].losses.loss
        described.teacher_kl = published.fits[split].kl
    return described


def _part(part: PartLoss) -> pb.SplitPart:
    return pb.SplitPart(names=part.names, symbols=part.symbols, loss=part.loss)


def _published_chain(run: Run) -> ChainRun | StandIn | None:
    """Return the run or the part of the run that has the chain to publish; None without a chain."""
    if isinstance(run, NetworkRun):
        return run.stand_in
    return run if isinstance(run, ChainRun) else None


def _chain(run: Run) -> pb.Chain | None:
    """Describe the chain and its teachers; None where no chain is published."""
    published = _published_chain(run)
    if published is None:
        return None
    return pb.Chain(
        states=len(published.chain.contexts),
        states_by_length=published.chain.states_by_length,
        teachers=map(_teacher, published.teachers),
        sampled_names=published.sampled_names,
        stands_for_network=isinstance(published, StandIn),
    )


def _teacher(teacher: Teacher) -> pb.Teacher:
    return pb.Teacher(
        recipe=teacher.recipe,
        settings=teacher.settings,
        batch_seed=teacher.batch_seed,
        model=teacher.model,
        version=teacher.version,
        weight=teacher.weight,
        losses=[pb.SplitLoss(split=split, loss=loss) for split, loss in teacher.losses.items()],
    )
