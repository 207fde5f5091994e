"""Checks that several fuzz targets share."""

__all__ = ["check_one_line"]


def check_one_line(text: str) -> None:
    """Check that a message to the user is one line of bounded length."""
    assert "\n" not in text, text
    assert len(text) < 2000, text
