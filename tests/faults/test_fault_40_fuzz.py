"""Fault 40: any request and any manifest is answered, read, or refused with a typed error.

These are the long runs; ``tests/fuzz`` has the short ones, the corpus, and the other formats.
"""

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import MethodDescriptor
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import (
    ALMOST_MANIFESTS,
    METHODS,
    WatchedServer,
    check_request,
    fuzzed,
    mutated,
    read_manifest,
    serialized,
)


@pytest.fixture(scope="module")
def server() -> Iterator[WatchedServer]:
    """Provide a server of a chain and of a network; calls are bounded, so that each is short."""
    options = ("--only", "us-names,us-names-wavenet", "--max-symbols", "20000")
    with WatchedServer.running(*options, "--log-level", "debug") as one:
        yield one


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_fault_40_any_request_has_a_typed_answer(
    server: WatchedServer, method: MethodDescriptor
) -> None:
    """Messages at and beyond every bound, and bytes that are none, leave the server well."""
    sound = serialized(method.input_type)

    @fuzzed(250)
    @given(sound | mutated(sound) | st.binary(max_size=40))
    def answers(raw: bytes) -> None:
        check_request(server, method, raw)

    answers()
    server.check()


@pytest.mark.slow
@fuzzed(2_000)
@given(ALMOST_MANIFESTS)
def test_fault_40_any_manifest_is_read_or_refused(raw: bytes) -> None:
    """Bytes that are almost a manifest are a manifest, or refused in words that can be logged."""
    read_manifest(raw)
