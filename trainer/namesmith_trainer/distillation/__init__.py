r"""Distillation: networks and counts teach a variable-order chain, which is served in their place.

    teachers --mixture--> sampled names --histories--> contexts --state choice--> states
                  \                                                                 |
                   \----- distribution after each history, averaged by state ----> chain

A chain may also stand for a single network, whose table would be large: ``in_form``.

Importing this package makes the recipe ``distilled`` trainable.
"""

from namesmith_trainer.distillation.distil import distil
from namesmith_trainer.distillation.stand_in import FORMS, Form, choose_form, in_form, largest_chain
from namesmith_trainer.distillation.teachers import TeacherError

__all__ = ["FORMS", "Form", "TeacherError", "choose_form", "distil", "in_form", "largest_chain"]
