"""The bytes of the wire: names as records of a response.

Names never become objects: the codec writes the bytes that protobuf would write for the names.
"""

from google.protobuf.message import Message

from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Codec, EncodedNames

LENGTH_DELIMITED = 2
"""Wire type of a string in protobuf's encoding, https://protobuf.dev/programming-guides/encoding."""

NAMES_TAG = pb.GenerateNamesResponse.NAMES_FIELD_NUMBER << 3 | LENGTH_DELIMITED
"""Header byte of each name in the responses of GenerateNames, StreamNames and ListTopNames."""


def serialize_names(codec: Codec, names: EncodedNames, rest: Message) -> bytes:
    """Serialize a response: its names as records, and its other fields in ``rest``.

    Protobuf merges concatenated messages, so that records and ``rest`` together are one response.
    """
    return codec.records(names, NAMES_TAG) + rest.SerializeToString()
