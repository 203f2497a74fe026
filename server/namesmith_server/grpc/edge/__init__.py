"""The edge of every RPC: no message is taken in without room, none waits for its client for ever.

edge.py       receives, delegates, answers; every error leaves as a status
patience.py   calls that wait for their client: how many, and how long
opening.py    bytes to messages: decompressed, counted and parsed within bounds
bounds.py     the largest request of each method
"""

from namesmith_server.grpc.edge.edge import DEFAULT_BUDGET, DETAILS, Edge

__all__ = ["DEFAULT_BUDGET", "DETAILS", "Edge"]
