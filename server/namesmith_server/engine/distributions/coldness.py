"""Log-probabilities of names at temperatures below ``COLDEST``, the least that is divided by.

``log_apply_sampling`` divides by ``COLDEST`` there; these functions tell of a sum of its logs which
log-probability the temperature itself gives, and back.
"""

import numpy as np

from namesmith_server.engine.core import Floats
from namesmith_server.engine.distributions.logits_processors import COLDEST
from namesmith_server.engine.distributions.sampling import Sampling

FAR = 1e50
"""Number of nats that no sum reaches below ``COLDEST`` without an improbable symbol, and every sum
exceeds with one: two float32 numbers differ by 1e-45 at least, which ``COLDEST`` divides."""


def nats(log_probs: Floats, sampling: Sampling) -> Floats:
    """Return sums of processed logs in nats under the temperature, finite unless they are -inf.

    Below the temperature ``COLDEST`` all sums but the ones that hold no improbable symbol are
    multiples of 1 / temperature.
    """
    factor = _cooling(sampling)
    if factor == 1:
        return log_probs
    with np.errstate(over="ignore"):
        cold = np.maximum(log_probs * factor, np.finfo(np.float64).min)
    return np.where((log_probs < -FAR) & (log_probs > -np.inf), cold, log_probs)


def from_nats(log_prob: float, sampling: Sampling) -> float:
    """Return the sum of processed logs that ``nats`` gives as a log-probability."""
    return log_prob / _cooling(sampling) if log_prob < -FAR else log_prob


def _cooling(sampling: Sampling) -> float:
    """Return the ratio of a log-probability under the temperature to the processed log."""
    temperature = sampling.temperature
    return COLDEST / temperature if 0 < temperature < COLDEST else 1.0
