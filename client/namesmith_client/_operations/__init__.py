"""Every operation once: how its request is built and its response becomes a result.

The operations know nothing of channels and of how a call is awaited; a file holds related ones
with the values that they answer.
"""

from namesmith_client._operations import evaluation, exact, models, names
from namesmith_client._operations.evaluation import *  # noqa: F403 - the values that it exports
from namesmith_client._operations.exact import *  # noqa: F403 - likewise
from namesmith_client._operations.models import *  # noqa: F403 - likewise
from namesmith_client._operations.names import *  # noqa: F403 - likewise

__all__ = evaluation.__all__ + exact.__all__ + models.__all__ + names.__all__


class Operations(
    names.NameOperations,
    evaluation.EvaluationOperations,
    exact.ExactOperations,
    models.ModelOperations,
):
    """All operations, as methods of whichever client inherits them."""
