"""The parts of a refused call's status, read from its rich details."""

from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2


async def refusal(call: Any) -> tuple[grpc.StatusCode, str, dict[str, str], set[str]]:
    """Return code, message, field violations and kinds of details of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailing = dict(caught.value.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    assert (status.code, status.message) == (caught.value.code().value[0], caught.value.details())
    violations = {}
    for detail in status.details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            violations = {one.field: one.description for one in bad.field_violations}
    kinds = {detail.TypeName().removeprefix("google.rpc.") for detail in status.details}
    return caught.value.code(), status.message, violations, kinds
