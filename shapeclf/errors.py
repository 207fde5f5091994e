"""The errors of shapeclf."""

__all__ = ["BadLine", "InputError", "NoTable", "ShapeclfError"]


class ShapeclfError(Exception):
    """The base class of the errors of shapeclf, whose text is one line."""


class InputError(ShapeclfError, ValueError):
    """Raised if an argument or a file cannot be used, such as a value out of range (exit code 2)."""


class BadLine(InputError):
    """Raised if a line of a stream cannot be read as a point; the lines after it can still be read."""


class NoTable(InputError):
    """Raised if a file, or a sheet of a spreadsheet, holds no table of points."""
