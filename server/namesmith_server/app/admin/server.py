"""The server of the AdminService: a gRPC server in threads, on an address of its own."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status

from namesmith.v1 import admin_pb2 as pb
from namesmith_server.app.admin.methods import AdminMethods
from namesmith_server.app.models import Controller
from namesmith_server.app.transport import is_loopback, listen_privately
from namesmith_server.engine import shown
from namesmith_server.grpc import (
    InvalidArgumentError,
    Violation,
    status_of,
)

MAX_CALLS = 32
"""Largest number of calls at once, each in a thread, most of which wait for the controller; gRPC
refuses the others with RESOURCE_EXHAUSTED."""

OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.http.overload_protection", 0),  # see app/transport/server.py
    ("grpc.max_receive_message_length", 64 << 10),
    # More than calls: a stream counts for a moment after its call has ended.
    ("grpc.max_concurrent_streams", 4 * MAX_CALLS),
    ("grpc.max_connection_idle_ms", 5 * 60_000),
    ("grpc.server_handshake_timeout_ms", 20_000),
    ("grpc.max_allowed_incoming_connections", 4 * MAX_CALLS),
)
"""Channel arguments of the server."""

SERVICE = pb.DESCRIPTOR.services_by_name["AdminService"]

log = logging.getLogger(__name__)


class AdminServer:
    """Serves the AdminService until the process ends.

    Args:
        address: HOST:PORT or unix:PATH; a socket is its owner's alone.
        controller: decides which versions are served.
    """

    def __init__(self, address: str, controller: Controller) -> None:
        self._address = address
        pool = ThreadPoolExecutor(MAX_CALLS, "admin")
        self._server = grpc.server(pool, options=OPTIONS, maximum_concurrent_rpcs=MAX_CALLS)
        methods = AdminMethods(controller)
        handlers = {
            "Reload": _handler(pb.ReloadRequest, methods.reload),
            "LoadModel": _handler(pb.LoadModelRequest, methods.load_model),
            "UnloadModel": _handler(pb.UnloadModelRequest, methods.unload_model),
            "SetLabel": _handler(pb.SetLabelRequest, methods.set_label),
            "ListVersions": _handler(pb.ListVersionsRequest, methods.list_versions),
        }
        handler = grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)
        self._server.add_generic_rpc_handlers((handler,))

    def start(self) -> None:
        """Listen and serve.

        Raises:
            PortError: the address cannot be listened on.
        """
        bound = listen_privately(self._address, self._server.add_insecure_port)
        if not is_loopback(bound):
            log.warning("admin address reachable from elsewhere", extra={"address": bound})
        self._server.start()
        log.info("admin serving", extra={"address": bound})


def _handler(
    kind: type[Message], method: Callable[..., Message]
) -> "grpc.RpcMethodHandler[bytes, bytes]":
    return grpc.unary_unary_rpc_method_handler(partial(_answer, kind, method))


def _answer(
    kind: type[Message],
    method: Callable[..., Message],
    raw: bytes,
    context: grpc.ServicerContext,
) -> bytes:
    """Answer a call; whatever is raised leaves as a status."""
    asked: dict[str, object] = {}
    try:
        message = _parsed(kind, raw)
        asked = _told(message)
        answer = method(message).SerializeToString()
    except Exception as error:
        code, status = status_of(error)
        if code is grpc.StatusCode.INTERNAL:
            log.exception("admin call failed")
        log.info("admin call", extra={**asked, "code": code.name})
    else:
        log.info("admin call", extra={**asked, "code": "OK"})
        return answer
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError  # abort raises


def _told(message: Message) -> dict[str, object]:
    """Return the kind of a request and its fields, for the log."""
    fields = {
        field.name: shown(value) if isinstance(value, str) else value
        for field, value in message.ListFields()
    }
    return {"request": message.DESCRIPTOR.name, **fields}


def _parsed(kind: type[Message], raw: bytes) -> Message:
    """Return the message in the bytes of a request.

    Raises:
        InvalidArgumentError: the bytes are no message of this kind.
    """
    try:
        return kind.FromString(raw)
    except DecodeError:
        raise InvalidArgumentError(
            [Violation("request", "is not a message of this call")]
        ) from None
