"""NameKeys over a real connection: the vector of the documents, its bounds, and no chain."""

from typing import Any

import grpc
import pytest

from namesmith import limits
from namesmith.v1.names_pb2 import Constraint, NameKeysRequest
from namesmith.v1.names_pb2_grpc import NameServiceStub
from refusals import refusal

SECRET = bytes(range(32))

KEYS = [b"", b"anna", "Åsa".encode(), b"\x00\xff"]


async def test_the_names_of_the_documents_stay(names: Any) -> None:
    """The vector of docs/determinism.md on the embedded model."""
    answer = await names.NameKeys(NameKeysRequest(secret=SECRET, keys=KEYS))
    assert list(answer.names) == ["chymaaylee", "tren", "kaileeianna", "johne"]
    assert (answer.model, answer.version) == ("us-names", 1)
    assert answer.collision_probability == pytest.approx(7.91413002751631e-05, rel=1e-9)
    assert answer.bearable_keys == 112


async def test_long_lists_are_counted_apart(names: Any) -> None:
    """Ten thousand forbidden names stand beside twenty thousand keys; one key too many does not."""
    letters = str.maketrans("0123456789", "abcdefghij")
    forbidden = [f"{i:05}".translate(letters) for i in range(10_000)]
    request = NameKeysRequest(
        secret=SECRET,
        keys=[str(i).encode() for i in range(20_000)],
        constraint=Constraint(forbidden=forbidden),
    )
    answer = await names.NameKeys(request)
    assert len(answer.names) == 20_000
    assert not set(answer.names) & set(forbidden)
    many = NameKeysRequest(secret=SECRET, keys=[b""] * (limits.MAX_NAMED_KEYS + 1))
    code, message, _, _ = await refusal(names.NameKeys(many))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message == "keys: 100001 keys, at most 100000 are allowed"


async def test_without_a_chain_collisions_are_estimated(deep_channel: grpc.aio.Channel) -> None:
    """The estimate is a probability, the same again, and the names satisfy the constraint."""
    names: Any = NameServiceStub(deep_channel)
    request = NameKeysRequest(secret=SECRET, keys=KEYS, constraint=Constraint(max_length=3))
    answer = await names.NameKeys(request)
    assert all(1 <= len(name) <= 3 for name in answer.names)
    assert 0 < answer.collision_probability <= 1
    assert await names.NameKeys(request) == answer
