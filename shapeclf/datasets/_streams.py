"""Random streams that are pure functions of a key."""

import threading
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from shapeclf.datasets._types import IntArray

__all__ = ["keyed_generator", "keyed_integers"]

Key = tuple[int | str, ...]


class _Scratch(threading.local):
    """A generator for each thread, and the state that it is put into, to be filled in."""

    def __init__(self) -> None:
        self.generator = np.random.Generator(np.random.PCG64DXSM(0))
        self.numbers = {"state": 0, "inc": 0}
        self.state = {"bit_generator": "PCG64DXSM", "state": self.numbers, "has_uint32": 0, "uinteger": 0}


_scratch = _Scratch()


def keyed_generator(*key: int | str) -> np.random.Generator:
    """A generator at the start of the stream that belongs to ``key``.

    Each thread has one generator, and this call puts it at the start of the stream asked for: building a
    generator costs twenty times as much as moving it. So what an earlier call in the same thread
    returned must not be drawn from any more.

    The stream is PCG64DXSM with state and increment taken from a hash of the key: 2^255 different
    streams of period 2^128, the same on every machine.

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
    """Of each key's stream, whole numbers from 0 up, all equally likely: shape (keys, size).

    They are what ``keyed_generator(*key).integers(below, size=size)`` gives, whose arithmetic is done here for all keys
    at once: for a few hundred numbers its checks take most of the time.

    Args:
        keys: As `keyed_generator` takes them.
        below: From 1 up to 2^31.
        size: How many numbers of each.

    Example:
        >>> keyed_integers([(0, "a"), (0, "b")], 3, 4).shape
        (2, 4)
    """
    words = np.array([keyed_generator(*key).bit_generator.random_raw(-(-size // 2)) for key in keys])
    # Lemire's method: of a number times ``below`` the upper half; of what wraps around a few lower halves are too many.
    products = words.astype("<u8", copy=False).view("<u4")[:, :size] * np.uint64(below)
    if products.astype(np.uint32).min() < 2**32 % below:
        return np.array([keyed_generator(*key).integers(below, size=size) for key in keys])
    products >>= np.uint64(32)
    return products.astype(np.int64)
