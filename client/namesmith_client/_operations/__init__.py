"""Every operation, written once: how its request is built and its response becomes a result.

The operations know nothing of channels and of how a call is awaited. A file holds related
operations and the classes of their results, which its ``__all__`` makes public.
"""

from namesmith_client._operations import evaluation, exact, models, names, server

__all__ = ["Operations", "evaluation", "exact", "models", "names", "server"]


class Operations(
    names.NameOperations,
    evaluation.EvaluationOperations,
    exact.ExactOperations,
    models.ModelOperations,
    server.ServerOperations,
):
    """All operations, as methods of whichever client inherits them."""
