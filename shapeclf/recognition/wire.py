"""Find the size of a model file's structure without parsing the file, which would take many times as much memory.

The structure is everything except the data of the weights. A smaller limit on the size of files could not replace the
limit on the structure: 4 MiB of structure take 400 MB and ten seconds to parse, but the weights of an LSTM of 512 units
take more than 4 MiB. The format is protobuf's wire format.
"""

from collections.abc import Iterator

__all__ = ["structure_bytes"]

# Field numbers in onnx.proto, and protobuf's kinds of fields.
_GRAPH, _INITIALIZER, _RAW_DATA = 7, 5, 9
_VARINT, _DELIMITED = 0, 2
_FIXED_SIZES = {1: 8, 5: 4}  # bytes
_PATH_TO_DATA = (_GRAPH, _INITIALIZER, _RAW_DATA)
_MAX_VARINT = 10


def structure_bytes(content: bytes, limit: int) -> int:
    r"""Return the number of bytes of a model that are not the data of a weight.

    A few bytes of structure become an object of some hundred bytes in memory, so a small file could fill the memory.

    Args:
        content: A serialized ``onnx.ModelProto``.
        limit: Number of bytes after which counting stops.

    Returns:
        The number, or some number above ``limit`` if it is larger.

    Raises:
        ValueError: The bytes are not a protobuf message.

    Example:
        >>> structure_bytes(b"\x08\x09" + b"\x3a\x06" + b"\x2a\x04" + b"\x4a\x02ab", limit=100)
        8
    """
    counted = 0
    for size in _sizes(content, 0, len(content), _PATH_TO_DATA):
        counted += size
        if counted > limit:
            break
    return counted


def _sizes(content: bytes, at: int, end: int, path: tuple[int, ...]) -> Iterator[int]:
    """Yield the sizes of all fields of a message, without the data of the field at the end of the path."""
    while at < end:
        begin = at
        tag, at = _varint(content, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _varint(content, at)
        elif kind in _FIXED_SIZES:
            at += _FIXED_SIZES[kind]
        elif kind == _DELIMITED:
            length, at = _varint(content, at)
            inner, at = at, at + length
            if at <= end and path and tag >> 3 == path[0]:
                yield inner - begin
                if len(path) > 1:
                    yield from _sizes(content, inner, at, path[1:])
                continue
        else:
            raise ValueError("a field of no known kind")
        if at > end:
            raise ValueError("a field is longer than its message")
        yield at - begin


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and the index after its last byte."""
    value = 0
    for index, byte in enumerate(content[at : at + _MAX_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("a number is cut off or too long")
