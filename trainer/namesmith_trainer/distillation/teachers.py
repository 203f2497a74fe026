"""Teachers that are networks: trained for the chain, or read from bundles.

Several networks of one recipe, of different seeds, are averaged to one teacher (an ensemble).
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its builds report to their maker otherwise

import numpy as np
import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError, Message
from onnx.external_data_helper import uses_external_data

from namesmith import bundle
from namesmith.bundle import Bundle, BundleError
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.vocabulary import Vocabulary
from namesmith_trainer.chains import Integers
from namesmith_trainer.data import SPLIT_SEED, Names
from namesmith_trainer.distillation.histories import Distributions

CHUNK = 2_048
"""Number of histories that a network is asked for at once."""

Ask = Callable[[Integers], Distributions]
"""Function from contexts int64 [N, L] to the distributions after them, float32 [N, V]."""


class TeacherError(ValueError):
    """Raised for a bundle that cannot teach; the message names the bundle and the reason."""


@dataclass(frozen=True)
class Member:
    """One network of a teacher.

    Attributes:
        recipe: name of its recipe.
        settings: settings of the recipe, each value as JSON.
        batch_seed: seed of its minibatches.
        losses: its own loss on each split, in nats.
        model: name of the bundle's model; empty for a network that was trained for the chain.
        version: version of that model; 0 without a model.
    """

    recipe: str
    settings: Mapping[str, str]
    batch_seed: int
    losses: Mapping[str, float]
    model: str = ""
    version: int = 0


@dataclass(frozen=True)
class NetworkTeacher:
    """Networks of one recipe, averaged.

    Attributes:
        block_size: number of symbols of a context of the networks.
        members: the networks.
        asks: function that asks each network.
    """

    block_size: int
    members: tuple[Member, ...]
    asks: tuple[Ask, ...]

    def probabilities(self, histories: Integers) -> Distributions:
        """Return the average distributions float32 [N, V] after histories int64 [N, >= L]."""
        contexts = np.ascontiguousarray(histories[:, -self.block_size :])
        parts = []
        for at in range(0, len(contexts), CHUNK):
            asked = [ask(contexts[at : at + CHUNK]) for ask in self.asks]
            parts.append(np.mean(asked, axis=0, dtype=np.float64).astype(np.float32))
        return np.concatenate(parts)


def ask_network(log_probs: Callable[[torch.Tensor], torch.Tensor], device: str) -> Ask:
    """Return the function that asks a network of torch on a device."""

    def ask(contexts: Integers) -> Distributions:
        answer = log_probs(torch.from_numpy(contexts).to(device)).exp()
        distributions: Distributions = answer.float().cpu().numpy()
        return distributions

    return ask


def open_bundles(
    folders: Sequence[Path], data: Names, vocabulary: Vocabulary
) -> list[NetworkTeacher]:
    """Open published networks; networks of the same recipe and settings are one teacher.

    Raises:
        TeacherError: a bundle cannot be read, or was trained on other data: its splits are not
            those of the chain, and its teacher may have seen the val and test splits.
    """
    groups: dict[tuple[str, str], list[tuple[Member, Ask, int]]] = {}
    for folder in folders:
        member, ask, block_size = _open(folder, data, vocabulary)
        groups.setdefault((member.recipe, str(sorted(member.settings.items()))), []).append(
            (member, ask, block_size)
        )
    return [
        NetworkTeacher(
            group[0][2], tuple(member for member, _, _ in group), tuple(ask for _, ask, _ in group)
        )
        for group in groups.values()
    ]


def _open(folder: Path, data: Names, vocabulary: Vocabulary) -> tuple[Member, Ask, int]:
    if not (folder / bundle.MANIFEST).exists():
        raise TeacherError(f"teacher {folder}: is no bundle; a bundle is a folder MODEL/VERSION")
    try:
        opened = Bundle.open(folder, allow_hard_links=True)  # may be one that uv installed
        manifest = opened.manifest
        _check(folder, manifest, data, vocabulary)
        raw = opened.read(bundle.ONNX)
    except BundleError as error:
        raise TeacherError(f"teacher {folder}: {error}") from error
    ask = _ask_onnx(folder, raw)
    _try(folder, ask, manifest.architecture.block_size, len(vocabulary))

    member = Member(
        recipe=manifest.training.recipe,
        settings=dict(manifest.training.settings),
        batch_seed=manifest.training.batch_seed,
        losses={split.name: split.loss for split in manifest.splits},
        model=manifest.model,
        version=manifest.version,
    )
    return member, ask, manifest.architecture.block_size


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Yield every tensor of an ONNX message, at any depth."""
    for field, value in message.ListFields():
        if field.message_type:
            for part in value if field.is_repeated else [value]:
                if isinstance(part, onnx.TensorProto):
                    yield part
                yield from _tensors(part)


def _ask_onnx(folder: Path, raw: bytes) -> Ask:
    """Return the function that asks the network in a bundle's ONNX file."""
    try:
        if any(map(uses_external_data, _tensors(onnx.load_model_from_string(raw)))):
            raise TeacherError(f"teacher {folder}: model.onnx refers to data in other files")
    except DecodeError as error:
        raise TeacherError(f"teacher {folder}: model.onnx cannot be loaded") from error
    try:
        session = onnxruntime.InferenceSession(
            raw, _single_threaded(), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime raises its own, one class a status
        raise TeacherError(f"teacher {folder}: model.onnx cannot be loaded") from error

    def ask(contexts: Integers) -> Distributions:
        answer: Distributions = np.exp(session.run(["log_probs"], {"context": contexts})[0])
        return answer

    return ask


def _try(folder: Path, ask: Ask, block_size: int, vocab_size: int) -> None:
    """Raise ``TeacherError`` unless a network answers distributions for contexts of its size."""
    try:
        answer = ask(np.zeros((2, block_size), np.int64))
    except Exception as error:  # ONNX Runtime raises its own, one class a status
        raise TeacherError(f"teacher {folder}: model.onnx does not run on its contexts") from error
    if answer.shape != (2, vocab_size) or not np.isfinite(answer).all():
        raise TeacherError(f"teacher {folder}: model.onnx answers no distributions")


def _check(folder: Path, manifest: Manifest, data: Names, vocabulary: Vocabulary) -> None:
    """Raise ``TeacherError`` unless a bundle was trained on the same splits of the same data."""
    if (manifest.data.sha256, not manifest.data.distinct) == (data.sha256, data.distinct):
        how = "with" if manifest.data.distinct else "without"
        raise TeacherError(f"teacher {folder}: was trained {how} --distinct, and has other splits")
    if (manifest.data.sha256, manifest.data.split_seed) != (data.sha256, SPLIT_SEED):
        raise TeacherError(
            f"teacher {folder}: was trained on other data ({manifest.data.name}), whose splits are"
            f" not those of {data.name}"
        )
    if _choices(manifest) != data.choices():
        raise TeacherError(
            f"teacher {folder}: was trained with other --lower, --column, --weights, --split or"
            " --val-data, and has other splits"
        )
    if tuple(manifest.vocabulary.symbols) != vocabulary.symbols:
        raise TeacherError(f"teacher {folder}: has another vocabulary")


def _choices(manifest: Manifest) -> dict[str, object]:
    """Return ``Names.choices`` of the names that a bundle was trained on."""
    data = manifest.data
    choices: dict[str, object] = {}
    if data.lower_case:
        choices["lower"] = True
    if data.column:
        choices["column"] = data.column
    if data.occurrences:
        choices["weights"] = True
    if data.split_shares:
        choices["split"] = [*data.split_shares]
    if data.HasField("validation"):
        choices["val_data"] = data.validation.sha256
    return choices


def _single_threaded() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return options
