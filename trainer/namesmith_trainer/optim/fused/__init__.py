"""A block of steps of the notebook's network as one launch of one kernel, of many runs at once.

``kernel`` needs Triton, and is imported by the first ``FusedRuns``.
"""

from namesmith_trainer.optim.fused.fused_runs import FusedRuns, Tuning
from namesmith_trainer.optim.fused.fused_sgd import FusedSGD

__all__ = ["FusedRuns", "FusedSGD", "Tuning"]
