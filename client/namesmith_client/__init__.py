"""Calls a namesmith server: samples names from a model, and tells how probable names are.

    from namesmith_client import Client

    with Client("localhost:50051") as client:
        print(client.generate(10, seed=42).names)

The names below and the module ``namesmith_client.errors`` are the library; modules with an
underscore are its own affair.
"""

from namesmith_client import _operations, errors
from namesmith_client._channel import TLS
from namesmith_client._client import AsyncClient, Client
from namesmith_client._name_stream import AsyncNameStream, NameStream
from namesmith_client._operations import *  # noqa: F403 - the values that operations answer
from namesmith_client._sampling_and_constraint import SamplingAndConstraint
from namesmith_client.errors import *  # noqa: F403 - all of its names

__all__ = [
    "TLS",
    "AsyncClient",
    "AsyncNameStream",
    "Client",
    "NameStream",
    "SamplingAndConstraint",
]
__all__ += errors.__all__
__all__ += _operations.__all__

for _name in __all__:  # where users import it from is where it is: in errors, help and pickles
    globals()[_name].__module__ = __name__
