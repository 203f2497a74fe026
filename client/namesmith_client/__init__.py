"""A client of a namesmith server: it samples names from a model, and returns their probabilities.

    from namesmith_client import Client

    with Client("localhost:50051") as client:
        print(client.generate(10, seed=42).names)

Users import the classes below, or the module ``namesmith_client.errors``; modules with an
underscore may change at any time.
"""

from namesmith_client import errors
from namesmith_client._admin_client import AdminClient, AsyncAdminClient
from namesmith_client._client import AsyncClient, Client
from namesmith_client._name_stream import AsyncNameStream, NameStream
from namesmith_client._operations import admin as _admin
from namesmith_client._operations import evaluation as _evaluation
from namesmith_client._operations import exact as _exact
from namesmith_client._operations import keys as _keys
from namesmith_client._operations import models as _models
from namesmith_client._operations import names as _names
from namesmith_client._operations import server as _server
from namesmith_client._operations.admin import *  # noqa: F403 - the values that it answers
from namesmith_client._operations.evaluation import *  # noqa: F403 - likewise
from namesmith_client._operations.exact import *  # noqa: F403 - likewise
from namesmith_client._operations.keys import *  # noqa: F403 - likewise
from namesmith_client._operations.models import *  # noqa: F403 - likewise
from namesmith_client._operations.names import *  # noqa: F403 - likewise
from namesmith_client._operations.server import *  # noqa: F403 - likewise
from namesmith_client._retry import Retry
from namesmith_client._sampling_and_constraint import Constraint, Sampling, SamplingAndConstraint
from namesmith_client._tls import TLS
from namesmith_client._token import Token
from namesmith_client.errors import *  # noqa: F403 - all of its names

__all__ = [
    "TLS",
    "AdminClient",
    "AsyncAdminClient",
    "AsyncClient",
    "AsyncNameStream",
    "Client",
    "Constraint",
    "NameStream",
    "Retry",
    "Sampling",
    "SamplingAndConstraint",
    "Token",
]
__all__ += errors.__all__
__all__ += _admin.__all__
__all__ += _names.__all__
__all__ += _evaluation.__all__
__all__ += _exact.__all__
__all__ += _keys.__all__
__all__ += _models.__all__
__all__ += _server.__all__

for _name in __all__:  # so that messages, help and pickles name the package
    globals()[_name].__module__ = __name__
