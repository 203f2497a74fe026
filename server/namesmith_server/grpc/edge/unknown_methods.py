"""The handler of the calls of methods that the server does not have."""

from typing import TypeAlias

import grpc

from namesmith_server.grpc.call_record import CallRecord, Method, Observer
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.edge.ending import abort
from namesmith_server.grpc.errors import UnknownMethodError

UNKNOWN = Method("bidi_stream", "unknown", "unknown")
"""Method of the record of such a call: its own names are a stranger's, and without a bound."""

Handler: TypeAlias = "grpc.RpcMethodHandler[object, object]"


class UnknownMethods(grpc.GenericRpcHandler):
    """Refuses, where an observer sees it, every call that reaches this handler: the last of all."""

    def __init__(self, observer: Observer) -> None:
        """Set the watcher of the calls."""

        async def refuse(_requests: object, context: Context) -> None:
            record = CallRecord(UNKNOWN)
            observer.begin(record, context)
            try:
                await abort(context, record, UnknownMethodError(), stops=False)
            finally:
                observer.end(record, context)

        # gRPC calls a handler of this form, for a call of any kind, before there is a message.
        self._handler: Handler = grpc.stream_stream_rpc_method_handler(refuse)

    def service(self, _details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[object, object]":
        """Return the handler that refuses."""
        return self._handler
