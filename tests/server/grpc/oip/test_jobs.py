"""Jobs: every field that NameService takes is an input, of the datatype of its type."""

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from namesmith.v1 import names_pb2
from namesmith_server.grpc.oip.jobs import JOBS, Job

GENERATE, SCORE, EVALUATE = JOBS

PARTS = {
    "sampling": names_pb2.Sampling.DESCRIPTOR,
    "constraint": names_pb2.Constraint.DESCRIPTOR,
}
"""Messages of a request whose fields are inputs."""

OUTSIDE = {"model", "with_log_probs", "per_character", "with_plausibility"}
"""Fields that the name of the model and the outputs that are wanted stand for."""

DATATYPES = {
    FieldDescriptor.TYPE_BOOL: "BOOL",
    FieldDescriptor.TYPE_DOUBLE: "FP64",
    FieldDescriptor.TYPE_INT32: "INT32",
    FieldDescriptor.TYPE_INT64: "INT64",
    FieldDescriptor.TYPE_STRING: "BYTES",
    FieldDescriptor.TYPE_UINT64: "UINT64",
}


def fields_of(request: Descriptor, above: str = "") -> dict[str, str]:
    """Return the datatype of each field of a request that is an input, by its path."""
    found = {}
    for field in request.fields:
        if field.name in PARTS:
            found |= fields_of(PARTS[field.name], f"{field.name}.")
        elif field.name not in OUTSIDE:
            found[f"{above}{field.name}"] = DATATYPES[field.type]
    return found


@pytest.mark.parametrize(
    ("job", "requests"),
    [
        (GENERATE, [names_pb2.GenerateNamesRequest]),
        (SCORE, [names_pb2.ScoreNamesRequest]),
        (EVALUATE, [names_pb2.EvaluateSplitRequest, names_pb2.EvaluateNamesRequest]),
    ],
    ids=["generate", "score", "evaluate"],
)
def test_every_field_of_a_request_is_an_input(job: Job, requests: list[type]) -> None:
    """A field that NameService learns to take is missed here."""
    inputs = {one.field or one.name: one.datatype for one in job.inputs}
    expected = {}
    for request in requests:
        expected |= fields_of(request.DESCRIPTOR)  # type: ignore[attr-defined]
    assert inputs == expected


def test_a_stream_takes_the_inputs_of_a_call() -> None:
    """StreamNamesRequest has the fields of GenerateNamesRequest, of whatever width."""
    fields = [
        {field.name for field in request.DESCRIPTOR.fields}
        for request in (names_pb2.GenerateNamesRequest, names_pb2.StreamNamesRequest)
    ]
    assert fields[0] == fields[1]
    numbers = [
        {field.name: field.number for field in response.DESCRIPTOR.fields}
        for response in (names_pb2.GenerateNamesResponse, names_pb2.StreamNamesResponse)
    ]
    assert numbers[0] == numbers[1]
