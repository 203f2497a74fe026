"""The states of a chain by the length of their contexts, and how much of the names they see."""

from dataclasses import dataclass

import numpy as np

from namesmith_trainer.chains import Chain


@dataclass(frozen=True)
class ContextLength:
    """The numbers of the states whose contexts have one length.

    Attributes:
        length: number of symbols of the contexts; the boundary before a name counts as one.
        states: number of states.
        mass: share of the symbols that the chain draws from these states, in expectation.
    """

    length: int
    states: int
    mass: float


def context_lengths(chain: Chain) -> tuple[ContextLength, ...]:
    """Return the numbers of each length of context, from 0 symbols on."""
    lengths = [len(context) for context in chain.contexts]
    visits = np.bincount(lengths, chain.visits())
    shares = visits / visits.sum()
    counted = zip(chain.states_by_length, shares.tolist(), strict=True)
    return tuple(ContextLength(k, states, mass) for k, (states, mass) in enumerate(counted))
