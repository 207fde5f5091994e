"""Polynomials as rounds of products of linear forms, so that few operations compute many quantities.

Each round maps a row of numbers v to (v A) * (v B), where A and B are constant matrices and * is elementwise. So
every entry of the result is a product of two linear forms of the previous entries. Dozens of polynomials of high
degree need a dozen small matrix products. Written out term by term, they would need hundreds of nodes in a graph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

__all__ = ["Form", "Products", "Quadratic", "names", "stack"]


@final
@dataclass(frozen=True)
class Form:
    """A linear form: a sum of named numbers, each with a coefficient."""

    terms: Mapping[str, float]

    def __add__(self, other: "Form") -> "Form":
        return Form(dict(self.terms) | {name: self.terms.get(name, 0.0) + c for name, c in other.terms.items()})

    def __sub__(self, other: "Form") -> "Form":
        return self + -1.0 * other

    def __rmul__(self, factor: float) -> "Form":
        return Form({name: factor * c for name, c in self.terms.items()})

    def __mul__(self, other: "Form") -> "Quadratic":
        return Quadratic(((1.0, self, other),))


@final
@dataclass(frozen=True)
class Quadratic:
    """A sum of products of two forms, each with a coefficient."""

    products: tuple[tuple[float, Form, Form], ...]

    def __add__(self, other: "Quadratic") -> "Quadratic":
        return Quadratic(self.products + other.products)

    def __sub__(self, other: "Quadratic") -> "Quadratic":
        return self + -1.0 * other

    def __rmul__(self, factor: float) -> "Quadratic":
        return Quadratic(tuple((factor * c, a, b) for c, a, b in self.products))


def names(*columns: str) -> tuple[Form, ...]:
    """Return a form for each name, equal to the number that the name stands for."""
    return tuple(Form({name: 1.0}) for name in columns)


def stack(forms: Sequence[Form], columns: Sequence[str]) -> Tensor:
    """Return the matrix that maps a row of the named numbers to the values of the forms, (columns, forms), float64."""
    index = {name: row for row, name in enumerate(columns)}
    matrix = torch.zeros(len(columns), len(forms), dtype=torch.float64)
    for column, form in enumerate(forms):
        for name, coefficient in form.terms.items():
            matrix[index[name], column] += coefficient
    return matrix


@final
class Products:
    """A sequence of rounds of products under construction.

    Args:
        columns: Names of the numbers that are the input of the first round.

    Example:
        >>> rounds = Products(["x", "y"])
        >>> x, y = names("x", "y")
        >>> (area,) = rounds.next(area=x * y - 0.5 * (x * x)).values()
        >>> left, right = rounds.matrices[0]
        >>> row = torch.tensor([3.0, 4.0], dtype=torch.float64)
        >>> ((row @ left) * (row @ right)) @ stack([area], rounds.columns)
        tensor([7.5000], dtype=torch.float64)
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.matrices: list[tuple[Tensor, Tensor]] = []

    def next(self, **quantities: Quadratic) -> dict[str, Form]:
        """Add a round.

        Args:
            quantities: The results of the round, as quadratic expressions of the forms of the previous round.

        Returns:
            Each quantity as a linear form of the numbers that the round computes.
        """
        columns: dict[tuple[object, ...], str] = {}
        lefts, rights = [], []
        forms: dict[str, Form] = {}
        for name, quantity in quantities.items():
            terms: dict[str, float] = {}
            for coefficient, a, b in quantity.products:
                key = (tuple(sorted(a.terms.items())), tuple(sorted(b.terms.items())))
                if key not in columns:  # a product that several quantities need is computed once
                    columns[key] = f"{len(self.matrices)}.{len(columns)}"
                    lefts.append(a)
                    rights.append(b)
                column = columns[key]
                terms[column] = terms.get(column, 0.0) + coefficient
            forms[name] = Form(terms)
        self.matrices.append((stack(lefts, self.columns), stack(rights, self.columns)))
        self.columns = list(columns.values())
        return forms
