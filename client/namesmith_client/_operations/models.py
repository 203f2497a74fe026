"""The models that a server serves: their manifests, and statistics of their names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from namesmith.manifest import dumps
from namesmith.v1 import models_pb2
from namesmith_client._calls import UnaryCall
from namesmith_client._messages import build
from namesmith_client._model_reference import model_ref

__all__ = ["Description", "Model", "Split"]


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a model's data, as the trainer measured it.

    Attributes:
        name: train, val or test.
        names: number of names in the split.
        symbols: number of predicted symbols, end symbols included.
        loss: mean negative log-probability per predicted symbol, in nats.
        occurrences: sum of the counts of the names, each of which weighs in the loss like as many
            names; 0 where names have no counts.
    """

    name: str
    names: int
    symbols: int
    loss: float
    occurrences: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """A version of a model that is served.

    Attributes:
        name: name by which calls ask for the model.
        version: version of the model, >= 1.
        default: whether the version answers calls that name no model.
        backend: table, onnx or torchscript.
        device: cpu or cuda.
        created: time at which the model was published, RFC 3339, UTC.
        symbols: the vocabulary; its first symbol, shown as ".", starts and ends a name, and a "."
            behind it is the character.
        block_size: number of symbols in a context.
        parameters: number of trained parameters.
        recipe: name of the recipe that trained the model.
        steps: number of training steps.
        data: name of the data set.
        data_sha256: SHA-256 of the data file, hexadecimal.
        splits: the splits train, val and test, in this order.
        labels: labels of the version, in the order of the alphabet.
        served_versions: versions of the model that are served, the newest first.
        manifest_sha256: SHA-256 of the bundle's manifest.json, hexadecimal; the manifest names the
            SHA-256 of every other file.
        data_labels: labels of the data, such as ``{"locale": "fi"}``, in the order of their keys.
        licence: SPDX licence expression of the data; empty: not stated.
        source: http or https address that the data comes from; empty: not stated.
    """

    name: str
    version: int
    default: bool
    backend: str
    device: str
    created: str
    symbols: tuple[str, ...]
    block_size: int
    parameters: int
    recipe: str
    steps: int
    data: str
    data_sha256: str
    splits: tuple[Split, ...]
    labels: tuple[str, ...] = ()
    served_versions: tuple[int, ...] = ()
    manifest_sha256: str = ""
    data_labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    licence: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """Statistics of all names that a model can generate without a constraint.

    The names have any length; the empty name is among them.

    Attributes:
        entropy_per_name: entropy of a name, in nats.
        entropy_per_symbol: entropy of a name divided by its expected number of symbols, end symbol
            included, in nats.
        expected_length: expected number of characters of a name.
        length_probabilities: probabilities of the lengths 0 to 64; longer names have the remaining
            probability.
        training_probability: probability that a name stands in the training split, in [0, 1].
        training_names: number of distinct names in the training split.
        perplexities: perplexity of each split, by the split's name, >= 1.
        model: name of the model described.
        version: version of the model, >= 1.
    """

    entropy_per_name: float
    entropy_per_symbol: float
    expected_length: float
    length_probabilities: tuple[float, ...]
    training_probability: float
    training_names: int
    perplexities: dict[str, float]
    model: str
    version: int


def model(name: str = "") -> UnaryCall[Model]:
    """Describe a model by its manifest.

    Args:
        name: NAME, NAME/VERSION or NAME@LABEL; empty: the server's default model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = models_pb2.GetModelRequest(model=model_ref(name))
    return UnaryCall(
        lambda stubs: stubs.models.GetModel,
        request,
        lambda response: _model(response.model),
    )


def models(
    *, data_labels: Mapping[str, str] | None = None, licence: str = ""
) -> UnaryCall[tuple[Model, ...]]:
    """Describe every version that is served, by model in the order of names, the newest first.

    Args:
        data_labels: labels that the data of a model must have, each with this value: up to 16,
            of up to 64 characters; None: any.
        licence: SPDX licence that the data must have, in upper or lower case, of up to 128
            characters; empty: any licence, or none.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.models.ListModels,
        build(models_pb2.ListModelsRequest, data_labels=data_labels or {}, licence=licence),
        lambda response: tuple(map(_model, response.models)),
    )


def describe(model: str = "") -> UnaryCall[Description]:
    """Compute exact statistics of all names of a model; the model must have a chain.

    Args:
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = models_pb2.DescribeModelRequest(model=model_ref(model))
    return UnaryCall(lambda stubs: stubs.models.DescribeModel, request, _description)


def _model(message: models_pb2.Model) -> Model:
    manifest = message.manifest
    return Model(
        name=message.name,
        version=message.version,
        default=message.default,
        backend=message.backend,
        device=message.device,
        created=manifest.created,
        symbols=tuple(manifest.vocabulary.symbols),
        block_size=manifest.architecture.block_size,
        parameters=manifest.architecture.parameters,
        recipe=manifest.training.recipe,
        steps=manifest.training.steps,
        data=manifest.data.name,
        data_sha256=manifest.data.sha256,
        splits=tuple(
            Split(one.name, one.names, one.symbols, one.loss, one.occurrences)
            for one in manifest.splits
        ),
        labels=tuple(message.labels),
        served_versions=tuple(message.served_versions),
        manifest_sha256=hashlib.sha256(dumps(manifest)).hexdigest(),
        data_labels=dict(sorted(manifest.data.labels.items())),
        licence=manifest.data.licence,
        source=manifest.data.source,
    )


def _description(response: models_pb2.DescribeModelResponse) -> Description:
    return Description(
        entropy_per_name=response.entropy_per_name,
        entropy_per_symbol=response.entropy_per_symbol,
        expected_length=response.expected_length,
        length_probabilities=tuple(response.length_probabilities),
        training_probability=response.training_probability,
        training_names=response.training_names,
        perplexities={one.split: one.perplexity for one in response.perplexities},
        model=response.model,
        version=response.version,
    )
