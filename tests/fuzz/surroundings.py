"""What every target may lean on."""

__all__ = ["check_one_line"]


def check_one_line(text: str) -> None:
    """Raises where what a user is told is more than a line."""
    assert "\n" not in text, text
    assert len(text) < 2000, text
