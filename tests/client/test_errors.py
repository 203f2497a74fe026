"""The errors that failed calls raise, and the details that they carry."""

import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

import namesmith_client
from fakes import Fake, serving, status
from namesmith_client import (
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    NamesmithError,
    NotFoundError,
    Resource,
    ResourceExhaustedError,
    UnavailableError,
    UnimplementedError,
    errors,
)

Caller = Callable[..., Any]
Connect = Callable[..., AbstractContextManager[Caller]]

NOWHERE = "127.0.0.1:1"


def failure(call: Caller, *args: object, **kwargs: object) -> NamesmithError:
    """Make a call that must fail, and return its error."""
    with pytest.raises(NamesmithError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, InvalidArgumentError),
        (grpc.StatusCode.NOT_FOUND, NotFoundError),
        (grpc.StatusCode.FAILED_PRECONDITION, FailedPreconditionError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, ResourceExhaustedError),
        (grpc.StatusCode.UNIMPLEMENTED, UnimplementedError),
        (grpc.StatusCode.INTERNAL, InternalError),
        (grpc.StatusCode.UNKNOWN, InternalError),
        (grpc.StatusCode.PERMISSION_DENIED, NamesmithError),
    ],
)
def test_each_code_has_its_class(
    connect: Connect, code: grpc.StatusCode, kind: type[NamesmithError]
) -> None:
    """The class follows from the code, the message is the server's, and there is one try."""
    service = Fake(status(code, "so it is"))
    with serving(service) as address, connect(address) as call:
        error = failure(call, "generate", 1)
    assert (type(error), error.code, str(error)) == (kind, code, "so it is")
    assert service.tries == 1


def test_an_error_carries_all_details(connect: Connect) -> None:
    """Reason, violations, resource and retry delay are read among unknown details."""
    sent = status(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "busy",
        details.DebugInfo(detail="ignored"),
        details.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)),
        details.ErrorInfo(reason="OVERLOADED", domain="namesmith"),
        details.ResourceInfo(resource_type="namesmith.model", resource_name="m"),
        details.BadRequest(
            field_violations=[
                details.BadRequest.FieldViolation(field="count", description="too many")
            ]
        ),
    )
    with serving(Fake(sent)) as address, connect(address) as call:
        error = failure(call, "generate", 1, timeout=1.4)  # shorter than the delay
    assert error.reason == "OVERLOADED"
    assert error.retry_delay == 1.5
    assert error.resource == Resource("namesmith.model", "m")
    assert error.violations == (FieldViolation("count", "too many"),)


@pytest.mark.parametrize("raw", [b"\xff", Status(code=5, message="other").SerializeToString()])
def test_malformed_or_contradicting_details_are_left_out(connect: Connect, raw: bytes) -> None:
    """Malformed details, or details of another code, leave the plain code and message."""
    sent = status(grpc.StatusCode.INTERNAL, "broken")
    forged = type(sent)(sent.code, sent.details, (("grpc-status-details-bin", raw),))  # type: ignore[call-arg]
    with serving(Fake(forged)) as address, connect(address) as call:
        error = failure(call, "generate", 1)
    assert (type(error), str(error), error.reason) == (InternalError, "broken", "")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"count": 0}, "count"),
        ({"temperature": float("nan")}, "sampling.temperature"),
        ({"top_k": -1}, "sampling.top_k"),
        ({"top_p": 0.0}, "sampling.top_p"),
        ({"min_p": 1.5}, "sampling.min_p"),
        ({"prefix": "é"}, "constraint.prefix"),
        ({"min_length": -1}, "constraint.min_length"),
        ({"max_length": 65}, "constraint.max_length"),
    ],
)
def test_a_refused_argument_is_named(call: Caller, arguments: dict[str, Any], field: str) -> None:
    """An argument out of its bounds is a violation of its field, and the next call works."""
    error = failure(call, "generate", **{"count": 1, **arguments})
    assert isinstance(error, InvalidArgumentError)
    assert [one.field for one in error.violations] == [field]
    assert error.reason == "INVALID_ARGUMENT"
    assert len(call("generate", 1).names) == 1


def test_an_unknown_model_or_split_is_named(call: Caller) -> None:
    """The error's resource is the unknown name, in every operation that takes a name."""
    for operation, *rest in (("generate", 1), ("score", ["a"]), ("evaluate", "val")):
        error = failure(call, operation, *rest, model="absent")
        assert isinstance(error, NotFoundError)
        assert error.resource == Resource("namesmith.model", "absent")
    assert failure(call, "model", "absent").reason == "UNKNOWN_MODEL"
    assert failure(call, "evaluate", "dev").resource == Resource("namesmith.split", "dev")


def test_arguments_that_admit_no_name_are_a_failed_precondition(call: Caller) -> None:
    """Valid arguments that together admit no name give another error than invalid arguments."""
    error = failure(call, "generate", 1, top_k=1, min_length=31)
    assert isinstance(error, FailedPreconditionError)


@pytest.mark.parametrize(
    ("operation", "arguments", "field"),
    [
        ("generate", {"count": 2**31}, "count"),
        ("generate", {"count": 1, "seed": -1}, "seed"),
        ("generate", {"count": 1, "seed": 2**64}, "seed"),
        ("generate", {"count": 1, "top_k": -(2**31) - 1}, "sampling.top_k"),
        ("generate", {"count": 1, "max_length": 2**40}, "constraint.max_length"),
        ("generate", {"count": 10**5000}, "count"),
        ("generate", {"count": 1, "temperature": 10**400}, "sampling.temperature"),
        ("generate", {"count": 1, "min_p": -(10**5000)}, "sampling.min_p"),
        ("generate", {"count": 1, "prefix": "\udcff"}, "constraint.prefix"),
        ("generate", {"count": 1, "model": "\udcff"}, "model.name"),
        ("stream", {"count": 2**63}, "count"),
        ("score", {"names": ["anna", "b\udcff"]}, "names[1]"),
        ("evaluate_names", {"names": ["anna", "b\udcff"]}, "names[1]"),
        ("evaluate_names", {"names": ["anna"], "model": "\udcff"}, "model.name"),
        ("score", {"names": [b"\xff"]}, "names[0]"),
        ("evaluate", {"split": "\udcff"}, "split"),
        ("evaluate", {"split": b"\xff"}, "split"),
        ("name_numbers", {"numbers": [0, 2**63], "secret": b"\xff" * 16}, "numbers[1]"),
        ("name_numbers", {"numbers": [0], "capacity": 2**63}, "capacity"),
        ("numbers_of_names", {"names": ["b\udcff"]}, "names[0]"),
    ],
)
def test_a_value_that_the_wire_cannot_carry_is_refused_before_it_is_sent(
    connect: Connect, operation: str, arguments: dict[str, Any], field: str
) -> None:
    """The error has the class, the code and the fields of the server's."""
    with connect(NOWHERE) as call:
        error = failure(call, operation, **arguments)
    assert isinstance(error, InvalidArgumentError)
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [one.field for one in error.violations] == [field]
    assert str(error).startswith(f"{field}: ")


PRIVATE = "hidden"
"""A text that no error may show."""


@pytest.mark.parametrize(
    ("operation", "arguments", "told"),
    [
        ("name_keys", {"keys": [5]}, "keys[0]: int, bytes or a string are expected"),
        ("name_keys", {"keys": PRIVATE}, "keys: one key is given, a list of keys is expected"),
        ("name_keys", {"keys": [f"{PRIVATE}\udcff"]}, "keys[0]: is not Unicode text"),
        *(
            (operation, {argument: [], **secret}, told)
            for operation, argument in (
                ("name_keys", "keys"),
                ("name_numbers", "numbers"),
                ("numbers_of_names", "names"),
            )
            for secret, told in (
                ({"secret": PRIVATE}, "secret: str, bytes or None are expected"),
                ({"secret_name": 5}, "secret_name: int, a string is expected"),
                ({"secret_name": f"{PRIVATE}\udcff"}, "secret_name: is not Unicode text"),
            )
        ),
    ],
)
def test_no_error_shows_a_key_or_a_secret(
    connect: Connect, operation: str, arguments: dict[str, Any], told: str
) -> None:
    """The argument is named, and what is expected; its value is not."""
    with connect(NOWHERE) as call, pytest.raises((TypeError, InvalidArgumentError)) as caught:
        call(operation, **arguments)
    assert str(caught.value) == told


def test_one_name_is_no_list_of_names(connect: Connect) -> None:
    """A string, which is an iterable of its letters, is refused."""
    for operation in ("score", "evaluate_names"):
        with connect(NOWHERE) as call, pytest.raises(TypeError, match="'anna' is one name"):
            call(operation, "anna")


def test_an_unreachable_server_is_told_by_its_address(connect: Connect) -> None:
    """The error is UNAVAILABLE, and its message holds the address and the reason."""
    with connect(NOWHERE) as call:
        error = failure(call, "health")
    assert isinstance(error, UnavailableError)
    assert str(error).startswith(f"{NOWHERE} cannot be reached: ")
    assert "Connection refused" in str(error)


def test_errors_can_be_pickled(call: Caller) -> None:
    """A pickled error keeps its class and all its attributes."""
    error = failure(call, "evaluate", "dev")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(copy), vars(copy)) == (type(error), vars(error))


def test_the_tree_of_errors_in_the_docstring_is_complete() -> None:
    """The docstring's tree shows every error that the package exports, below the one base class."""
    kinds = [
        kind
        for name, kind in vars(namesmith_client).items()
        if name.endswith("Error") and kind is not NamesmithError
    ]
    assert errors.__doc__ is not None
    drawn = [
        line[4:].split()[0] for line in errors.__doc__.splitlines() if line[:1] in "├└" and line
    ]
    assert sorted(kind.__name__ for kind in kinds) == sorted(drawn)
    assert all(kind.__bases__ == (NamesmithError,) for kind in kinds)
