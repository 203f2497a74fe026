"""Security: who calls, whether the caller may call, and how often.

guard.py     the guard of the edge: the caller's name, or a refusal
tokens.py    bearer tokens and the file of their hashes
callers.py   the name of a caller by its certificate or its address
rates.py     calls a second of each caller
"""

from namesmith_server.app.security.guard import open_guard, watch_tokens

__all__ = ["open_guard", "watch_tokens"]
