"""Every method, by the protocols that people have: what gRPC answers is what HTTP answers."""

import base64
import json
from typing import Any

import pytest
from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from google.rpc import error_details_pb2
from pyqwest import SyncClient

from asking import NAMES, WEB, Post, asked
from namesmith.v1 import names_pb2
from namesmith_client import Client
from namesmith_web.services import info_of
from processes import ServerProcess, running

METHODS = names_pb2.DESCRIPTOR.services_by_name["NameService"].methods_by_name


@pytest.fixture(
    params=[
        (ProtocolType.CONNECT, google_protobuf_binary_codec),
        (ProtocolType.CONNECT, google_protobuf_json_codec),
        (ProtocolType.GRPC_WEB, google_protobuf_binary_codec),
    ],
    ids=["connect", "connect-json", "grpc-web"],
)
def connect(front: ServerProcess, request: pytest.FixtureRequest) -> ConnectClientSync:
    """Provide Connect's own client, for each protocol."""
    protocol, codec = request.param
    return ConnectClientSync(
        f"http://{front.address}", protocol=protocol, codec=codec(), http_client=SyncClient()
    )


def test_curl_without_a_content_type_has_the_names_of_a_client(
    post: Post, grpc_server: ServerProcess
) -> None:
    """The README's call, with curl's own content type, answers the names of the seed."""
    form = "application/x-www-form-urlencoded"
    status, _, answer = post(NAMES + "GenerateNames", {"count": 5, "seed": 42}, content_type=form)
    with Client(grpc_server.address) as client:
        assert (status, answer["names"]) == (200, list(client.generate(5, seed=42).names))


def test_unary_calls_pass_unchanged(connect: ConnectClientSync, grpc_server: ServerProcess) -> None:
    """Connect's own client has the names and log-probabilities of gRPC, by each protocol."""
    request = names_pb2.GenerateNamesRequest(count=3, seed=7, with_log_probs=True)
    answer: Any = connect.execute_unary(request=request, method=info_of(METHODS["GenerateNames"]))
    with Client(grpc_server.address) as client:
        told = client.generate(3, seed=7, log_probs=True)
    assert (list(answer.names), list(answer.log_probs)) == (list(told.names), list(told.log_probs))


def test_streams_pass_both_ways(connect: ConnectClientSync) -> None:
    """A stream of names arrives whole, and names that are sent in parts are all counted."""
    wanted = names_pb2.StreamNamesRequest(count=5_000, seed=7)
    chunks: Any = connect.execute_server_stream(
        request=wanted, method=info_of(METHODS["StreamNames"])
    )
    names = [name for chunk in chunks for name in chunk.names]
    parts = (names_pb2.EvaluateNamesRequest(names=names[at::2]) for at in range(2))
    answer: Any = connect.execute_client_stream(
        request=parts, method=info_of(METHODS["EvaluateNames"])
    )
    assert (len(names), answer.names) == (5_000, 5_000)


def test_statuses_keep_their_details(connect: ConnectClientSync) -> None:
    """A refusal has the code, the message and the field violation that gRPC has."""
    request = names_pb2.GenerateNamesRequest(count=0)
    with pytest.raises(ConnectError) as caught:
        connect.execute_unary(request=request, method=info_of(METHODS["GenerateNames"]))
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert caught.value.message == "count: 0 is not in [1, 100000]"
    details = {one.type_name: one.message_bytes for one in caught.value.details}
    violation = error_details_pb2.BadRequest.FromString(details["google.rpc.BadRequest"])
    assert violation.field_violations[0].field == "count"


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"count": 1, "model": {"name": "nobody"}}, 404, "not_found", "nobody"),
        ({"cuont": 1}, 400, "invalid_argument", "cuont"),
        ({"count": "many"}, 400, "invalid_argument", "count"),
        (b"{", 400, "invalid_argument", "body: is not JSON from line 1, column 2"),
        (b"[" * 50_000, 400, "invalid_argument", "body: is nested too deeply"),
        ({"count": 1, "constraint": {"pattern": "("}}, 400, "invalid_argument", "pattern"),
        (
            {"count": 1, "constraint": {"prefix": "<b>\u202e\x00"}},
            400,
            "invalid_argument",
            "prefix",
        ),
        (b"\x00" * 100_100, 413, "resource_exhausted", "100000"),
        ({"count": 1, "seed": "18446744073709551616"}, 400, "invalid_argument", "seed"),
    ],
    ids=["model", "unknown field", "kind", "json", "depth", "pattern", "hostile", "size", "seed"],
)
def test_refusals_are_json_that_says_why(
    post: Post, body: object, status: int, code: str, words: str
) -> None:
    """A fault of a request is named, as Connect's error in JSON."""
    told, headers, answer = post(NAMES + "GenerateNames", body, content_type="application/json")
    assert (told, answer["code"]) == (status, code)
    assert words in answer["message"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        (b"", "body", 'is empty; an object is expected, such as {"count": 5}'),
        (b"hi", "body", "is not JSON from line 1, column 1 on; strings need double quotes"),
        (b"\xff", "body", "is not UTF-8 at byte 0"),
        (b'{"count": 1, "count": 2}', "body", "has the key 'count' twice in one object"),
        (
            b'{"constraint": {"prefix": "a", "prefix": "b"}}',
            "body",
            "has the key 'prefix' twice in one object",
        ),
        (b'{"count": NaN}', "body", "holds NaN, which is no number of JSON"),
        (
            b'{"sampling": {"temperature": -Infinity}}',
            "body",
            "holds -Infinity, which is no number of JSON",
        ),
        (b"null", "body", 'null is no object, such as {"count": 5}'),
        (b"[]", "body", '[] is no object, such as {"count": 5}'),
        (b'{"count": "x"}', "count", '"x" is no whole number in [-2147483648, 2147483647]'),
        (b'{"count": 1.5}', "count", "1.5 is no whole number in [-2147483648, 2147483647]"),
        (b'{"count": true}', "count", "true is no whole number in [-2147483648, 2147483647]"),
        (b'{"seed": -1}', "seed", "-1 is not in [0, 18446744073709551615]"),
        (b'{"cuont": 1}', "cuont", "is no field; did you mean count? there are "),
        (b'{"temperature": 1}', "temperature", "is no field here; it is sampling.temperature"),
        (b'{"model": "a"}', "model", '"a" is no object, such as {"name": "us-names"}'),
        (b'{"distinct": 1}', "distinct", "1 is neither true nor false"),
        (b'{"sampling": {"topP": "x"}}', "sampling.topP", '"x" is no number'),
        (b'{"constraint": {"prefix": 1}}', "constraint.prefix", "1 is no string"),
        (b'{"constraint": {"forbidden": "a"}}', "constraint.forbidden", '"a" is no list'),
        (b'{"constraint": {"forbidden": [1]}}', "constraint.forbidden[0]", "1 is no string"),
        (b'{"constraint": {"prefix": "\\ud800"}}', "body", "is not the JSON of"),
    ],
)
def test_what_is_no_request_is_told_in_the_services_own_words(
    post: Post, body: bytes, field: str, told: str
) -> None:
    """Field, value and bound are named, in the message and in the details, and nothing internal."""
    status, _, answer = post(NAMES + "GenerateNames", body, content_type="application/json")
    assert (status, answer["code"]) == (400, "invalid_argument")
    assert answer["message"].startswith(f"{field}: {told}")
    (bad,) = [one for one in answer["details"] if one["type"] == "google.rpc.BadRequest"]
    violations = error_details_pb2.BadRequest.FromString(base64.b64decode(bad["value"] + "=="))
    assert [one.field for one in violations.field_violations] == [field]


SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQ="  # noqa: S105 - it opens nothing
"""A secret, in base64."""


@pytest.mark.parametrize(
    ("method", "body", "field", "told"),
    [
        ("NameKeys", {"secret": "no base 64"}, "secret", "is not base64, in which JSON has bytes"),
        ("NameKeys", {"keys": ["YW5uYQ==", 7]}, "keys[1]", "is not base64, in which JSON has"),
        ("NameKeys", {"numbers": ["x"]}, "numbers[0]", '"x" is no whole number in'),
        ("KeyOfName", {"names": [1]}, "names[0]", "1 is no string"),
    ],
)
def test_a_fault_of_bytes_is_named_and_its_bytes_are_not_shown(
    post: Post, method: str, body: dict[str, Any], field: str, told: str
) -> None:
    """A key or a secret that is no base64 is told by its field: it may be private."""
    status, _, answer = post(NAMES + method, body)
    assert status == 400
    assert answer["message"].startswith(f"{field}: {told}")


@pytest.mark.parametrize(
    ("method", "body", "told"),
    [
        ("NameKeys", {"keys": "PRIVATE"}, "keys: is no list"),
        ("NameKeys", {"keys": {"PRIVATE": "PRIVATE"}}, "keys: is no list"),
        ("NameKeys", {"keys": [["PRIVATE"]]}, "keys[0]: is not base64, in which JSON has bytes"),
        ("NameKeys", {"secret": ["PRIVATE"]}, "secret: is not base64, in which JSON has bytes"),
        ("NameKeys", {"secretName": ["PRIVATE"]}, "secret_name: is no string"),
        ("KeyOfName", {"secret": {"PRIVATE": 1}}, "secret: is not base64, in which JSON has bytes"),
        ("KeyOfName", {"secret_name": {"a": "PRIVATE"}}, "secret_name: is no string"),
        ("NameKeys", b'{"keys": {"PRIVATE": 1, "PRIVATE": 2}}', "body: has a key twice in one obj"),
    ],
)
def test_no_fault_shows_a_key_or_a_secret(
    post: Post, method: str, body: dict[str, Any] | bytes, told: str
) -> None:
    """Whatever type of JSON stands in the place of one: field and fault are told, no value."""
    status, _, answer = post(NAMES + method, body, content_type="application/json")
    assert status == 400
    assert answer["message"].startswith(told)
    assert "PRIVATE" not in json.dumps(answer)
    assert not any(b"PRIVATE" in base64.b64decode(one["value"] + "==") for one in answer["details"])


def test_labels_are_an_object_of_strings(post: Post) -> None:
    """A filter by labels goes to the server; one that is no object of strings is refused."""
    path = "/namesmith.v1.ModelService/ListModels"
    assert post(path, {"data_labels": {"locale": "xx"}})[0] == 200
    told = [post(path, {"data_labels": one}) for one in (["fi"], {"locale": 1})]
    assert [one[0] for one in told] == [400, 400]
    assert 'data_labels: ["fi"] is no object' in told[0][2]["message"]
    assert "data_labels['locale']: 1 is no string" in told[1][2]["message"]


def test_no_line_of_the_log_holds_a_secret(grpc_server: ServerProcess) -> None:
    """Whatever becomes of calls with keys and a secret, the front's log has method and status."""
    bodies = (
        {"secret": SECRET, "keys": ["YW5uYQ=="]},
        {"secret": SECRET, "keys": []},
        {"secret": SECRET + "!", "keys": [SECRET]},
        {"secret": SECRET, SECRET: 1},
    )
    with running("--server", grpc_server.address, "--rate", "0", program=WEB) as front:
        answers = [asked(front, NAMES + "NameKeys", body) for body in bodies]
        front.process.terminate()
        lines = [json.dumps(one) for one in front.events(passed_over=())]
    assert [one[0] for one in answers[1:]] == [400, 400, 400]
    assert len([one for one in lines if "NameKeys" in one]) == len(bodies)
    assert not any(SECRET in one for one in (*lines, *map(str, answers[:3])))


def test_request_ids_go_and_come(post: Post) -> None:
    """The id that a caller sends is the answer's, also of a refusal; one with a tab is left out."""
    for count, status in ((1, 200), (0, 400)):
        sent = post(NAMES + "GenerateNames", {"count": count}, x_request_id="mine-1")
        assert (sent[0], sent[1]["x-request-id"]) == (status, "mine-1")
    status, headers, _ = post(NAMES + "GenerateNames", {"count": 1}, x_request_id="a\tb")
    assert (status, "\t" in headers["x-request-id"]) == (200, False)


def test_details_are_bytes_that_any_client_reads(post: Post) -> None:
    """The details in JSON are the messages of google.rpc, in base64."""
    _, _, answer = post(NAMES + "GenerateNames", {"count": 0})
    (first,) = [one for one in answer["details"] if one["type"] == "google.rpc.ErrorInfo"]
    told = error_details_pb2.ErrorInfo.FromString(base64.b64decode(first["value"] + "=="))
    assert told.domain == "namesmith"


def test_health_is_that_of_the_server(front: ServerProcess) -> None:
    """/healthz and the health service say SERVING."""
    assert asked(front, "/healthz", method="GET")[2] == {"status": "SERVING"}
    assert asked(front, "/grpc.health.v1.Health/Check", {})[2] == {"status": "SERVING"}
