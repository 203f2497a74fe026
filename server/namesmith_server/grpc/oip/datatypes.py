"""The datatypes of tensors, and their elements in each of the forms that the protocol has."""

from typing import NamedTuple

from namesmith_server.grpc.oip import inference_pb2 as pb


class Datatype(NamedTuple):
    """A datatype.

    Attributes:
        contents: field of InferTensorContents that holds the elements.
        config: the datatype in a configuration.
        layout: numpy's word for an element in little-endian bytes; empty: elements are texts.
        parameters: fields of InferParameter that may hold an element.
        least: least element, of whole numbers.
        most: largest element, of whole numbers.
    """

    contents: str
    config: "pb.DataType.ValueType"
    layout: str = ""
    parameters: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


WHOLE = ("int64_param", "uint64_param")

DATATYPES = {
    "BOOL": Datatype("bool_contents", pb.TYPE_BOOL, "?", ("bool_param",)),
    "INT32": Datatype("int_contents", pb.TYPE_INT32, "<i4", WHOLE, -(1 << 31), (1 << 31) - 1),
    "INT64": Datatype("int64_contents", pb.TYPE_INT64, "<i8", WHOLE, -(1 << 63), (1 << 63) - 1),
    "UINT64": Datatype("uint64_contents", pb.TYPE_UINT64, "<u8", WHOLE, 0, (1 << 64) - 1),
    "FP32": Datatype("fp32_contents", pb.TYPE_FP32, "<f4"),
    "FP64": Datatype("fp64_contents", pb.TYPE_FP64, "<f8", ("double_param", *WHOLE)),
    "BYTES": Datatype("bytes_contents", pb.TYPE_STRING, "", ("string_param",)),
}
"""The datatypes of the tensors of this server, by the protocol's names."""
