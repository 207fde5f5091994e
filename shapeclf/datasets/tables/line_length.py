"""The largest length of a line of text."""

from shapeclf.errors import BadLine

__all__ = ["LONGEST_LINE", "too_long"]

LONGEST_LINE = 2**24  # the cells of a line are held at once and need about thirty times its length


def too_long(source: str, line: int) -> BadLine:
    """Return the error of a line longer than ``LONGEST_LINE``."""
    return BadLine(f"{source}, line {line}: the line is longer than {LONGEST_LINE // 2**20} MiB")
