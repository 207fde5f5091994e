"""Compare the fits of all families to the points of one sequence."""

from collections.abc import Mapping
from typing import Any

from shapeclf.recognition.fitting import Fit, finite
from shapeclf.recognition.naming import Names

__all__ = ["comparison_rows"]

_CRITERIA = ("residual_sd", "r_squared", "aic", "bic", "chi_squared")


def comparison_rows(
    fits: Mapping[str, Fit], probabilities: Mapping[str, float], names: Names | None
) -> list[dict[str, Any]]:
    """Return a row for each fit, as a dictionary for JSON.

    Args:
        fits: Fit of each family, by name.
        probabilities: Probability of each family, by name.
        names: Names of x and y, for ``equation_named``; None if there are none.
    """
    rows = []
    for name, fit in fits.items():
        row = {"family": name, "probability": probabilities[name], "equation": fit.equation}
        if names is not None:
            row["equation_named"] = names.equation(fit)
        row |= {"parameters": fit.parameters} | {each: finite(getattr(fit, each)) for each in _CRITERIA}
        rows.append(row)
    return rows
