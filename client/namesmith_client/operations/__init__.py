"""Every operation once: how its request is built and its response becomes a result.

Knows nothing of channels and of how a call is awaited; both clients are thin over it.
"""

from namesmith_client.operations.evaluation import evaluate, evaluate_names
from namesmith_client.operations.models import health, model, models, wait_ready
from namesmith_client.operations.names import generate, score, stream

__all__ = [
    "evaluate",
    "evaluate_names",
    "generate",
    "health",
    "model",
    "models",
    "score",
    "stream",
    "wait_ready",
]
