"""Unique names of numbers: numbered names, their ranks permuted under a secret.

      number  --permutation of [0, capacity)-->  rank  --counts of the chain-->  name

Each step is a bijection: different numbers have different names, and who has the secret goes back.
The key of the permutation is derived from the secret and from all that decides the numbered names:
the model's name and version, the capacity, and the number of names at each cost, which stands for
the constraint. Constraints that admit the same names name alike, however they are written.
"""

import hmac
import json
from typing import NamedTuple

import numpy as np

from namesmith.keys import UNIQUE_PURPOSE
from namesmith_server.engine.core import EncodedNames, Int64s
from namesmith_server.engine.keys.permutation import KeyedPermutation
from namesmith_server.engine.keys.secret import Secret
from namesmith_server.engine.numbering import NO_RANK, NumberedNames

NO_NUMBER = -1
"""Number of a name that no number has."""


class UniqueScheme(NamedTuple):
    """The secret, and the model for whose names it is used.

    Attributes:
        secret: secret of the caller.
        model: name of the model.
        version: version of the model.
    """

    secret: Secret
    model: str
    version: int

    def names_of(self, numbered: NumberedNames, numbers: Int64s) -> EncodedNames:
        """Return the encoded name of each number in [0, capacity), at least one."""
        return numbered.names_of(self._permutation(numbered).forward(numbers))

    def numbers_of(self, numbered: NumberedNames, names: EncodedNames) -> Int64s:
        """Return the number of each encoded name, or ``NO_NUMBER``, int64 [names].

        Whether a name has a number does not depend on the secret: a wrong one is never confirmed.
        """
        ranks = numbered.ranks_of(names)
        numbers = np.full(len(ranks), NO_NUMBER)
        known = ranks != NO_RANK
        numbers[known] = self._permutation(numbered).backward(ranks[known])
        return numbers

    def _permutation(self, numbered: NumberedNames) -> KeyedPermutation:
        tweak = [self.model, self.version, numbered.capacity, numbered.unit]
        text = json.dumps([*tweak, numbered.totals.tolist()], separators=(",", ":"))
        key = hmac.digest(self.secret.key(UNIQUE_PURPOSE), text.encode(), "sha256")
        return KeyedPermutation(key, numbered.capacity)
