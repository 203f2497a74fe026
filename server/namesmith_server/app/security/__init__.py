"""Security: who calls, whether the caller may call, and how often.

guard.py     the guard of the edge: the caller's name, or a refusal
tokens.py    bearer tokens and the file of their hashes
secrets.py   the secrets that calls refer to by name
callers.py   the name of a caller by its certificate or its address
rates.py     calls a second of each caller
"""

from namesmith_server.app.security.guard import open_guard, watch_tokens
from namesmith_server.app.security.secrets import read_secrets

__all__ = ["open_guard", "read_secrets", "watch_tokens"]
