"""Every operation, written once: how its request is built and its response becomes a result.

The operations know nothing of channels and of how a call is awaited. A file holds related
operations and the classes of their results, which its ``__all__`` makes public. The methods of the
clients are generated from the operations (``make methods``).
"""

from namesmith_client._operations import admin, evaluation, exact, keys, models, names, server

__all__ = ["admin", "evaluation", "exact", "keys", "models", "names", "server"]
