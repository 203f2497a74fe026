"""Keys that have names: the secrets of callers, and the random numbers that follow from them."""

from namesmith_server.engine.keys.secret import Secret
from namesmith_server.engine.keys.seeds import seeds_of_keys
from namesmith_server.engine.keys.unique import NO_NUMBER, UniqueScheme

__all__ = ["NO_NUMBER", "Secret", "UniqueScheme", "seeds_of_keys"]
