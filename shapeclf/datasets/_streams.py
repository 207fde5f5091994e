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
    scratch.numbers["inc"] = int.from_bytes(digest[16:], "little") | 1  # of such a generator it is odd
    generator = scratch.generator
    generator.bit_generator.state = scratch.state
    return generator


def keyed_integers(keys: Sequence[Key], below: int, size: int) -> IntArray:
    """Return random integers from the stream of each key, shape (keys, size).

    They are those of ``keyed_generator(*key).integers(below, size=size)``, computed for all keys at once: for a few
    hundred numbers, the checks of that method take most of the time.

    Args:
        keys: Keys as of `keyed_generator`.
        below: Upper limit, not included, from 1 to 2^31.
        size: Number of integers from each stream.

    Example:
        >>> keyed_integers([(0, "a"), (0, "b")], 3, 4).shape
        (2, 4)
    """
    words = np.array([keyed_generator(*key).bit_generator.random_raw(-(-size // 2)) for key in keys])
    # Lemire 2019, Fast random integer generation in an interval: the upper half of the product, unless the lower half
    # is so small that the number has to be drawn again.
    products = words.astype("<u8", copy=False).view("<u4")[:, :size] * np.uint64(below)
    if products.astype(np.uint32).min() < 2**32 % below:
        return np.array([keyed_generator(*key).integers(below, size=size) for key in keys])
    products >>= np.uint64(32)
    return products.astype(np.int64)
