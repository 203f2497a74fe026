"""Names as they go over the wire."""

from hypothesis import given
from hypothesis import strategies as st

from namesmith.v1.names_pb2 import GenerateNamesResponse, StreamNamesResponse
from namesmith_server.engine import frames

NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=64)
    | st.sampled_from(["", "a" * 127, "a" * 128, "😀" * 64]),
    max_size=6,
)


@given(names=NAMES, seed=st.integers(0, 2**64 - 1))
def test_frames_are_the_names_of_a_response(names: list[str], seed: int) -> None:
    """Frames are what protobuf makes of the names, and with the rest behind them a response."""
    framed = frames.framed(names)
    for response in (GenerateNamesResponse, StreamNamesResponse):
        assert framed == response(names=names).SerializeToString()
        whole = response.FromString(framed + response(seed=seed).SerializeToString())
        assert whole == response(names=names, seed=seed)


@given(names=NAMES)
def test_unframing_undoes_framing(names: list[str]) -> None:
    """Names of any script and length come back, from parts too."""
    parts = [frames.framed([name]) for name in names]
    assert frames.names(frames.joined(parts)) == names
