import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf._text import printable, spreadsheet_text


@pytest.mark.parametrize("text", ["", "plain", "α β"], ids=repr)
def test_printable_text_is_unchanged(text: str) -> None:
    assert printable(text) == text


def test_other_characters_are_escaped() -> None:
    assert printable("a\nb\x1b[2J\u2028") == "a\\nb\\x1b[2J\\u2028"


@given(
    st.lists(st.text("=1+a", max_size=3) | st.sampled_from(["'=1", '"=1"', "\uff1d1", "-1"])), st.sampled_from(";\t,")
)
def test_no_part_of_a_csv_cell_is_a_formula(parts: list[str], delimiter: str) -> None:
    text = delimiter.join(parts)
    written = spreadsheet_text(text)
    for part in re.split("[;\t]", written):
        is_number = part == text and re.fullmatch(r"[+-]?[0-9]+", part)
        assert is_number or not re.match('"*[=+@\uff1d-]', part)
    assert text in (written, re.sub("(^|[;\t])'", r"\1", written))
