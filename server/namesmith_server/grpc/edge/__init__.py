"""The edge of every RPC: no message is taken in without room, none waits for its client for ever.

edge.py       takes in, delegates, answers
intake.py     the requests of a method: received in their time, opened, counted
patience.py   calls that wait for their client: how many, and how long; wait.py is one of them
hold.py       bytes that a call holds of a budget
ending.py     the status of a call that fails
opening.py    bytes to messages: decompressed, counted and parsed within bounds
unknown_methods.py  calls of methods that nobody added
bounds.py     the largest request of each method
"""

from namesmith_server.grpc.edge.edge import DEFAULT_BUDGET, Edge
from namesmith_server.grpc.edge.ending import DETAILS

__all__ = ["DEFAULT_BUDGET", "DETAILS", "Edge"]
