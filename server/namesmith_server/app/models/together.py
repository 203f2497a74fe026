"""Preparation on every participant: the first alone, then all others at once."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from namesmith_server.app.models.participant import Faults, Participant
from namesmith_server.app.models.plan import Plan


def prepare_together(participants: Collection[Participant], plan: Plan) -> Faults:
    """Have every participant prepare a plan; return the faults that any of them meets.

    The first one meets the faults of the files; where it meets any, the others are not asked.

    Raises:
        LoadError: as ``Participant.prepare``.
    """
    first, *others = tuple(participants)
    faults = first.prepare(plan)
    if faults or not others:
        return faults
    with ThreadPoolExecutor(len(others), "participants") as pool:
        met: dict[tuple[str, int], str] = {}
        for one in pool.map(lambda other: other.prepare(plan), others):
            met |= one
    return met
