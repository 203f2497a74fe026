"""A keyed permutation of the integers in [0, N): a Feistel network with cycle walking.

The network is built as FF1's of NIST SP 800-38G is: two halves, of which each round adds a
pseudo-random function of the other, AES in place of FF1's chain of it, because a half fits in one
block. N is no power of a radix: the halves are residues modulo two numbers whose product is N or a
little more (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"); an image of N or more
is permuted again, until one is below.

      x = left x width + right         left  += AES(round, right)   mod height     even rounds
                                       right += AES(round, left)    mod width      odd rounds
"""

from math import isqrt

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from namesmith_server.engine.core import Int64s, checkpoint, chunk_slices

ROUNDS = 10
"""Number of rounds, as many as FF1 has."""

SMALL_SIZE, SMALL_ROUNDS = 10**6, 32
"""Size below which FF1 must not be used, and the number of rounds there: attacks on few rounds of
small networks are known, and rounds are cheap where numbers are few."""

CHUNK = 1 << 13
"""Number of integers that are permuted at once."""

BLOCK = np.dtype([("half", "<u8"), ("round", "<u8")])
"""A block of AES: a half of the network, and the number of the round."""


class KeyedPermutation:
    """A permutation of [0, size), and its inverse.

    Attributes:
        size: number of integers N, in [1, 2^62].
    """

    def __init__(self, key: bytes, size: int) -> None:
        """Set the key, 32 bytes, and the number of integers."""
        self.size = size
        self._height = isqrt(size - 1) + 1
        self._width = -(-size // self._height)
        self._rounds = ROUNDS if size >= SMALL_SIZE else SMALL_ROUNDS
        self._cipher = Cipher(algorithms.AES256(key), modes.ECB())  # noqa: S305 - of single blocks

    def forward(self, numbers: Int64s) -> Int64s:
        """Return the image of each integer in [0, size), int64 [B]."""
        return self._walk(numbers, list(range(self._rounds)), 1)

    def backward(self, images: Int64s) -> Int64s:
        """Return the integer of each image, int64 [B]."""
        return self._walk(images, list(range(self._rounds))[::-1], -1)

    def _walk(self, numbers: Int64s, rounds: list[int], sign: int) -> Int64s:
        walked = np.array(numbers, dtype=np.int64)
        for part in chunk_slices(len(walked), CHUNK):
            values = walked[part]  # a view
            outside = np.arange(len(values))
            while len(outside):
                checkpoint()
                values[outside] = self._permute(values[outside], rounds, sign)
                outside = outside[values[outside] >= self.size]
        return walked

    def _permute(self, values: Int64s, rounds: list[int], sign: int) -> Int64s:
        """Permute integers in [0, height x width), once."""
        moduli = self._height, self._width
        halves = list(np.divmod(values, self._width))
        for i in rounds:
            changed = i % 2
            shift = self._shifts(i, halves[1 - changed], moduli[changed])
            halves[changed] = (halves[changed] + sign * shift) % moduli[changed]
        permuted: Int64s = halves[0] * self._width + halves[1]
        return permuted

    def _shifts(self, i: int, half: Int64s, modulus: int) -> Int64s:
        """Return the pseudo-random function of a round and a half: the block's first 8 bytes."""
        blocks = np.empty(len(half), dtype=BLOCK)
        blocks["half"], blocks["round"] = half, i
        encrypted = self._cipher.encryptor().update(blocks.tobytes())
        shifts = np.frombuffer(encrypted, dtype=BLOCK)["half"] % np.uint64(modulus)
        return shifts.astype(np.int64)
