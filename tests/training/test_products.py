"""Rounds of products of linear forms."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.training.products import Form, Products, names, stack

NUMBERS = st.floats(-10, 10)


def _through(rounds: Products, row: torch.Tensor) -> torch.Tensor:
    for left, right in rounds.matrices:
        row = (row @ left) * (row @ right)
    return row


@given(NUMBERS, NUMBERS, NUMBERS)
def test_two_rounds_equal_the_formula(x: float, y: float, factor: float) -> None:
    rounds = Products(["x", "y"])
    a, b = names("x", "y")
    first = rounds.next(area=a * b - factor * (a * a), square=(a + b) * (a - b))
    second = rounds.next(result=first["area"] * first["square"] + first["square"] * first["square"])
    row = _through(rounds, torch.tensor([x, y], dtype=torch.float64)) @ stack([second["result"]], rounds.columns)
    area, square = x * y - factor * x * x, (x + y) * (x - y)
    assert torch.allclose(
        row, torch.tensor([area * square + square * square], dtype=torch.float64), rtol=1e-9, atol=1e-6
    )


def test_a_product_that_two_quantities_need_is_computed_once() -> None:
    rounds = Products(["x", "y"])
    x, y = names("x", "y")
    rounds.next(first=x * y + x * x, second=x * y)
    assert len(rounds.columns) == 2


def test_forms_add_and_scale() -> None:
    x, y = names("x", "y")
    assert (2.0 * x - y + x).terms == {"x": 3.0, "y": -1.0}
    assert Form({}).terms == {}
