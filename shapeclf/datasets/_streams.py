"""Random number streams that are pure functions of a key."""

import threading
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from shapeclf.datasets._types import IntArray

__all__ = ["keyed_generator", "keyed_integers"]

Key = tuple[int | str, ...]


class _Scratch(threading.local):
    """A generator for each thread, and the state to which it is set."""

    def __init__(self) -> None:
        self.generator = np.random.Generator(np.random.PCG64DXSM(0))
        self.numbers = {"state": 0, "inc": 0}
        self.state = {"bit_generator": "PCG64DXSM", "state": self.numbers, "has_uint32": 0, "uinteger": 0}


_scratch = _Scratch()


def keyed_generator(*key: int | str) -> np.random.Generator:
    """Return a generator at the start of the random stream of a key.

    Each thread has one generator, and this call sets it to the start of the stream, since building a generator takes
    twenty times as long. So do not use the generator of an earlier call in the same thread any more.

    The stream is PCG64DXSM, whose state and increment are a hash of the key: 2^255 different streams of period 2^128,
    the same on every machine.

    Example:
        >>> float(keyed_generator(0, "train", 7, "x").random()) == float(keyed_generator(0, "train", 7, "x").random())
        True
    """
    digest = blake2b("\x1f".join(map(str, key)).encode(), digest_size=32).digest()
    scratch = _scratch
    scratch.numbers["state"] = int.from_bytes(digest[:16], "little")
    scratch.numbers["inc"] = int.from_bytes(digest[16:], "little") | 1  # the increment of this generator must be odd
    generator = scratch.generator
    generator.bit_generator.state = scratch.state
    return generator


def keyed_integers(keys: Sequence[Key], below: int, size: int) -> IntArray:
    """Return random integers from the stream of each key, shape (keys, size).

    They equal ``keyed_generator(*key).integers(below, size=size)`` for each key. For a few hundred numbers, the checks
    in that method take most of the time, so this function computes the integers of all keys at once.

    Args:
        keys: Keys, each with the parts that `keyed_generator` takes.
        below: Upper limit, not included, from 1 to 2^31.
        size: Number of integers from each stream.

    Example:
        >>> keyed_integers([(0, "a"), (0, "b")], 3, 4).shape
        (2, 4)
    """
    integers = np.array([keyed_generator(*key).bit_generator.random_raw(-(-size // 2)) for key in keys])
    # Lemire 2019, Fast random integer generation in an interval: each integer is the upper half of a product. If a
    # lower half is too small, its integer must be drawn again; then NumPy's own method draws all of them.
    products = integers.astype("<u8", copy=False).view("<u4")[:, :size] * np.uint64(below)
    if products.astype(np.uint32).min() < 2**32 % below:
        return np.array([keyed_generator(*key).integers(below, size=size) for key in keys])
    products >>= np.uint64(32)
    return products.astype(np.int64)
