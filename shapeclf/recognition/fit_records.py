"""Convert fits to the fields of an answer in JSON, and these to columns of a table."""

import json
from collections.abc import Sequence
from typing import Any

from shapeclf.recognition.fitting import Fit, finite
from shapeclf.recognition.naming import Names

__all__ = ["fit_columns", "fit_record"]

_CHI_SQUARED = ("chi_squared", "reduced_chi_squared", "p_value")


def fit_record(fit: Fit | None, *, error_bars: bool = False, names: Names | None = None) -> dict[str, Any]:
    """Return the fields of a fit in an answer, as a dictionary for JSON.

    Args:
        fit: The fit; None where there is no equation.
        error_bars: Whether the points have error bars. The fields of chi-squared are then present even without a fit.
        names: Names and units of x and y, from which further fields follow.
    """
    named = {} if names is None else names.record(fit)
    if fit is None:
        empty: dict[str, Any] = {
            "equation": None,
            "parameters": {},
            "standard_errors": {},
            "covariance": [],
            "r_squared": None,
            "residual_sd": None,
            "residual_test": None,
            "outliers": [],
            "quantities": {},
        }
        return empty | (dict.fromkeys(_CHI_SQUARED) if error_bars else {}) | named
    test, outliers = fit.residuals()
    quantities = fit.quantities if names is None else names.quantities(fit)
    record = {
        "equation": fit.equation,
        "parameters": fit.parameters,
        "standard_errors": fit.standard_errors,
        "covariance": [list(map(finite, row)) for row in fit.covariance.tolist()],
        "r_squared": fit.r_squared,
        "residual_sd": fit.residual_sd,
        "residual_test": test and test._asdict(),
        "outliers": [index + 1 for index in outliers],
        "quantities": {name: quantity._asdict() for name, quantity in quantities.items()},
    }
    if error_bars or fit.chi_squared is not None:
        record |= {name: finite(getattr(fit, name)) for name in _CHI_SQUARED}
    return record | named


def fit_columns(records: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return records of `fit_record` as columns of a table, with lists and dictionaries as JSON."""
    return {
        name: [
            json.dumps(row[name], ensure_ascii=False) if isinstance(value, (dict, list)) else row[name]
            for row in records
        ]
        for name, value in records[0].items()
    }
