"""Every operation, written once: how its request is built and its response becomes a result.

The operations know nothing of channels and of how a call is awaited. A file holds related
operations and the classes of their results, which its ``__all__`` makes public.
"""

from namesmith_client._operations import admin, evaluation, exact, models, names, server
from namesmith_client._operations.admin import AdminOperations

__all__ = [
    "AdminOperations",
    "Operations",
    "admin",
    "evaluation",
    "exact",
    "models",
    "names",
    "server",
]


class Operations(
    names.NameOperations,
    evaluation.EvaluationOperations,
    exact.ExactOperations,
    models.ModelOperations,
    server.ServerOperations,
):
    """All operations but the operator's, as methods of whichever client inherits them."""
