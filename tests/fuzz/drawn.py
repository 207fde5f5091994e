"""Hypothesis strategies that several targets share: text of points, any JSON and unusual values."""

from typing import Any

from hypothesis import strategies as st

__all__ = ["any_bytes", "any_json", "any_number", "odd"]

odd = st.sampled_from(
    [
        "",
        "nan",
        "-inf",
        "1e308",
        "-1e308",
        "5e-324",
        "1e999",
        "9" * 400,
        "1,5",
        "1_0",
        "0x1p3",
        "٣",
        "\0",
        '"',
        "x",
        "-0",
    ]
)
any_number = st.floats(-1e3, 1e3) | st.floats()
_cell = st.integers(-99, 99).map(str) | st.floats().map(repr) | odd | st.text(max_size=4)
_rows = st.lists(st.lists(_cell, max_size=5), max_size=12)
_text = st.builds(
    lambda rows, mark, end: end.join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass"),
    _rows, st.sampled_from(",;\t "), st.sampled_from(["\n", "\r\n", "\r"]),
)  # fmt: skip
any_bytes = _text | st.binary(max_size=200)

_RECORD_KEYS = [
    "families",
    "parameters",
    "points",
    "x",
    "noise",
    "lengths",
    "name",
    "priors",
    "k",
    "b",
    "kind",
    "low",
    "high",
]
_REQUEST_KEYS = ["sequences", "among", "fit", "family", "curve", "start", "end", "level", "each_point"]
_key = st.text(max_size=4) | st.sampled_from(_RECORD_KEYS + _REQUEST_KEYS)
_leaf = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["line", "uniform"])
)
any_json: st.SearchStrategy[Any] = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_key, inner, max_size=4), max_leaves=12
)
