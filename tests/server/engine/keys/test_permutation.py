"""The keyed permutation: a bijection, its inverse, and an implementation of its definition."""

from math import isqrt

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.engine.keys.permutation import SMALL_SIZE, KeyedPermutation

KEY = bytes(range(32))

VECTOR_10 = [4, 8, 3, 2, 1, 5, 6, 9, 0, 7]
"""Images of [0, 10)."""

VECTOR_10_7 = [3463235, 8268789, 1445347, 875187]
"""Images of the first numbers of [0, 10^7)."""


def defined(key: bytes, size: int, number: int) -> int:
    """Return the image of one number, by the definition in the documents."""
    aes = Cipher(algorithms.AES256(key), modes.ECB())  # noqa: S305 - of single blocks
    height = isqrt(size - 1) + 1
    width = -(-size // height)
    while True:
        left, right = divmod(number, width)
        for i in range(10 if size >= SMALL_SIZE else 32):
            half = left if i % 2 else right
            block = half.to_bytes(8, "little") + i.to_bytes(8, "little")
            shift = int.from_bytes(aes.encryptor().update(block)[:8], "little")
            if i % 2:
                right = (right + shift) % width
            else:
                left = (left + shift) % height
        number = left * width + right
        if number < size:
            return number


@pytest.mark.parametrize("size", [*range(1, 40), 97, 99, 100, 101, 255, 256, 257, 300, 10_007])
def test_every_number_has_an_image_of_its_own(size: int) -> None:
    """The images of [0, N) are [0, N), and the inverse leads back."""
    permutation = KeyedPermutation(KEY, size)
    numbers = np.arange(size)
    images = permutation.forward(numbers)
    assert sorted(images.tolist()) == numbers.tolist()
    assert permutation.backward(images).tolist() == numbers.tolist()


@given(size=st.integers(1, 1 << 62), data=st.data())
def test_images_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    """An implementation of the definition, a number at a time, has the same images."""
    number = data.draw(st.integers(0, size - 1))
    permutation = KeyedPermutation(KEY, size)
    (image,) = permutation.forward(np.array([number])).tolist()
    assert image == defined(KEY, size, number)
    assert permutation.backward(np.array([image])).tolist() == [number]


def test_images_are_the_same_in_every_release() -> None:
    """Fixed vectors: names that were given out must keep their numbers."""
    assert KeyedPermutation(KEY, 10).forward(np.arange(10)).tolist() == VECTOR_10
    assert KeyedPermutation(KEY, 10**7).forward(np.arange(4)).tolist() == VECTOR_10_7


def test_images_of_another_key_are_unrelated() -> None:
    """Two keys agree on about one number in N: of 10^5, more than 10 have a chance of 1e-8."""
    numbers = np.arange(10**5)
    images = [KeyedPermutation(bytes([i]) * 32, 10**5).forward(numbers) for i in range(2)]
    assert (images[0] == images[1]).sum() <= 10
    assert (images[0] == numbers).sum() <= 10


def test_neighbours_are_spread_evenly() -> None:
    """The images of 10^5 neighbours in 10^7 fall into 100 equal parts as random ones do.

    The chi-square of 99 degrees is below 180 but for a chance of 1e-6.
    """
    images = KeyedPermutation(KEY, 10**7).forward(np.arange(10**5))
    counts = np.bincount(images // 10**5, minlength=100)
    assert ((counts - 1_000) ** 2 / 1_000).sum() < 180
