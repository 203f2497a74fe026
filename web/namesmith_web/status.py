"""Statuses of gRPC as errors of Connect, with their details."""

import math
from typing import cast

import grpc
from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from protobuf.wkt import Any as WireAny

UNREACHABLE = "the gRPC server behind this front cannot be reached"
"""Message of a call that reached no server: where the server stands is nobody's business."""


def connect_error(failure: grpc.aio.AioRpcError) -> ConnectError:
    """Return the error that says what a failed call says, details included."""
    code = code_of(failure.code())
    status = rich_status(failure)
    if status is None:
        message = failure.details() or ""
        return ConnectError(code, UNREACHABLE if code is Code.UNAVAILABLE else message)
    details = [
        ErrorDetail(WireAny(type_url=one.type_url, value=one.value)) for one in status.details
    ]
    return ConnectError(code, status.message, details)


def code_of(code: grpc.StatusCode) -> Code:
    """Return Connect's code of a gRPC code: CANCELLED has one letter less."""
    return Code.CANCELED if code is grpc.StatusCode.CANCELLED else Code(code.name.lower())


def rich_status(failure: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    """Return the google.rpc status of a failed call; None where it has none that can be read."""
    try:
        return rpc_status.from_call(cast("grpc.Call", failure))  # it has all that is read of one
    except (ValueError, DecodeError):
        return None


def retry_seconds(failure: grpc.aio.AioRpcError) -> int | None:
    """Return the whole seconds after which a call may be tried again; None: nobody said."""
    status = rich_status(failure)
    retry: error_details_pb2.RetryInfo = error_details_pb2.RetryInfo()
    for detail in status.details if status else ():
        if detail.Unpack(retry):
            return max(1, math.ceil(float(retry.retry_delay.ToTimedelta().total_seconds())))
    return None
