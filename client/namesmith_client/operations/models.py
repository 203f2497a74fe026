"""What is served, and whether it is."""

from grpc_health.v1 import health_pb2

from namesmith.v1 import models_pb2
from namesmith_client.call import Call
from namesmith_client.message import built, model_ref
from namesmith_client.results import Health, Model, Split


def model(name: str = "", *, timeout: float | None = None) -> Call[Model]:
    """Describes a model.

    Args:
        name: of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = models_pb2.GetModelRequest(model=model_ref(name))
    return Call(
        lambda stubs: stubs.models.GetModel, request, lambda one: _described(one.model), timeout
    )


def models(*, timeout: float | None = None) -> Call[tuple[Model, ...]]:
    """Describes every model, in the order of their names.

    Args:
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    return Call(
        lambda stubs: stubs.models.ListModels,
        models_pb2.ListModelsRequest(),
        lambda response: tuple(map(_described, response.models)),
        timeout,
    )


def health(*, service: str = "", timeout: float | None = None) -> Call[Health]:
    """The server's state, asked for once: there are no retries.

    Args:
        service: full name of a gRPC service; empty: the server as a whole.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(health_pb2.HealthCheckRequest, service=service)
    return Call(lambda stubs: stubs.health.Check, request, _health, timeout)


def wait_ready(*, timeout: float | None = None) -> Call[Health]:
    """Waits until the server serves, also while nothing listens at its address yet.

    Args:
        timeout: seconds to wait; None: the client's.

    Raises:
        DeadlineExceededError: it does not serve in time.
        UnavailableError: it went away while it was waited for.
    """
    request = health_pb2.HealthCheckRequest()
    return Call(lambda stubs: stubs.health.Watch, request, _health, timeout)


def _health(response: health_pb2.HealthCheckResponse) -> Health:
    return {
        health_pb2.HealthCheckResponse.SERVING: Health.SERVING,
        health_pb2.HealthCheckResponse.NOT_SERVING: Health.NOT_SERVING,
    }.get(response.status, Health.UNKNOWN)


def _described(message: models_pb2.Model) -> Model:
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
        splits=tuple(Split(one.name, one.names, one.symbols, one.loss) for one in manifest.splits),
    )
