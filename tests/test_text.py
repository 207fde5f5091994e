import pytest

from shapeclf._text import printable


@pytest.mark.parametrize("text", ["", "plain", "α β"], ids=repr)
def test_printable_text_is_unchanged(text: str) -> None:
    assert printable(text) == text


def test_other_characters_are_escaped() -> None:
    assert printable("a\nb\x1b[2J\u2028") == "a\\nb\\x1b[2J\\u2028"
