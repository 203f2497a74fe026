"""A claim that waits to be granted, and the call that waits for it."""

import asyncio

from namesmith_server.engine.concurrency.claim import Claim


class Waiting:
    """A claim that waits to be granted.

    Attributes:
        claim: the claim.
        arrival: number of the work in the order of arrival.
        call: task that waits.
        granted: future that is done once the claim is granted.
    """

    def __init__(self, claim: Claim, arrival: int) -> None:
        self.claim = claim
        self.arrival = arrival
        self.call = asyncio.current_task()
        self.granted = asyncio.get_running_loop().create_future()
