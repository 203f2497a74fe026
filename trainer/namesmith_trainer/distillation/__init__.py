r"""Distillation: networks and counts teach a variable-order chain, which is served in their place.

    teachers --mixture--> sampled names --histories--> contexts --state choice--> states
                  \                                                                 |
                   \----- distribution after each history, averaged by state ----> chain

Importing this package makes the recipe ``distilled`` trainable.
"""

from namesmith_trainer.distillation.distil import distil
from namesmith_trainer.distillation.teachers import TeacherError

__all__ = ["TeacherError", "distil"]
