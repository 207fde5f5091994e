import pytest

from shapeclf._text import printable


@pytest.mark.parametrize("text", ["", "plain", "α β"], ids=repr)
def test_what_prints_stays(text: str) -> None:
    assert printable(text) == text


def test_what_does_not_print_is_escaped() -> None:
    assert printable("a\nb\x1b[2J\u2028") == "a\\nb\\x1b[2J\\u2028"
