"""The errors of shapeclf."""

__all__ = ["BadLine", "InputError", "NoTable", "ShapeclfError"]


class ShapeclfError(Exception):
    """The base class of the errors of shapeclf, whose text is one line."""


class InputError(ShapeclfError, ValueError):
    """An argument or a file cannot be used: a value out of range, a file that is not a model (exit code 2)."""


class BadLine(InputError):
    """A line of a stream cannot be read as a point; the lines after it can still be read."""


class NoTable(InputError):
    """A file, or a sheet of a spreadsheet, holds no table of points."""
