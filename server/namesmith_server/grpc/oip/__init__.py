"""The Open Inference Protocol, version 2, with Triton's extensions: NameService in tensors.

inference.proto   the protocol, and its stubs
service.py        a method for each RPC
target.py         names and versions of the protocol: which model, which job
jobs/             the jobs of a model, and the call of NameService that does each
inputs.py         tensors and parameters, read within bounds
outputs.py        tensors that are answered
datatypes.py      elements of tensors in their forms
describing.py     metadata, configurations and the index
errors.py         refusals that name inputs
"""

from namesmith_server.grpc.oip.inference_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from namesmith_server.grpc.oip.service import InferenceService

SERVICE = "inference.GRPCInferenceService"
"""Full name of the service."""

__all__ = ["SERVICE", "InferenceService", "add_GRPCInferenceServiceServicer_to_server"]
