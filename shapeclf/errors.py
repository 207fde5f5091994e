"""The errors that shapeclf raises on purpose."""

__all__ = ["BadLine", "InputError", "ShapeclfError"]


class ShapeclfError(Exception):
    """Anything that shapeclf raises on purpose; its text is one line."""


class InputError(ShapeclfError, ValueError):
    """What was given cannot be used: a value out of range, a file that is no model (exit code 2)."""


class BadLine(InputError):
    """A line of text holds no point; those after it may."""
