"""Learning rates as functions of the step."""

import math


def step_decay(step: int, *, highest: float, decay_step: float) -> float:
    """Return the learning rate ``highest``, divided by ten from ``decay_step`` on.

    Args:
        step: step of the run, from 0.
        highest: learning rate at step 0.
        decay_step: first step with the lower rate; may be fractional.
    """
    return highest if step < decay_step else highest / 10


def warmup_cosine(step: int, *, steps: int, highest: float, warmup: float) -> float:
    """Return a learning rate: a linear rise, then half a cosine down to 0 (arXiv 1608.03983).

    Args:
        step: step of the run, from 0.
        steps: number of steps of the whole run.
        highest: learning rate at the end of the rise.
        warmup: share of the steps in which the learning rate rises, 0 to 1.
    """
    rise = round(warmup * steps)
    if step < rise:
        return highest * (step + 1) / rise
    fall = (step - rise) / (steps - rise)
    return highest * (1 + math.cos(math.pi * fall)) / 2
