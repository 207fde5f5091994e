"""The tables of an answer as text: the comparison of all families, and predicted y."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapeclf.recognition.fitting.equations import number_text

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.recognition.recognition import Recognition

__all__ = ["comparison_lines", "prediction_lines"]


def comparison_lines(answer: Recognition) -> list[str]:
    """Return a line for each family that can be fitted, the most probable first, under a line of headings."""
    rows = []
    for row in answer.comparison:
        cells = [row["family"], f"{row['probability']:.4f}", _digits(row["residual_sd"], 3), f"{row['r_squared']:.4f}"]
        cells += [_criterion(row["aic"]), _criterion(row["bic"])]
        cells += [_digits(row["chi_squared"], 4)] if row["chi_squared"] is not None else []
        rows.append([*cells, row.get("equation_named", row["equation"])])
    if not rows:
        return ["  no family can be fitted to these points"]
    has_errors = len(rows[0]) == 8
    head = ["family", "probability", "residual sd", "R²", "AIC", "BIC", *["chi-squared"] * has_errors, "equation"]
    return _aligned([head, *rows])


def prediction_lines(answer: Recognition, at: FloatArray) -> list[str]:
    """Return a line for each predicted y with its 95 % intervals, under headings, and the notes on it."""
    prediction, names = answer.predict_y(at), answer.axis_names
    rows = [[names["x"], names["y"], "curve, 95 %", "reading, 95 %"]]
    for row in prediction.records():
        if row["y"] is None:
            rows.append([number_text(row["x"]), "no law exists here", "", ""])
            continue
        half = 0.5 * (row["high"] - row["low"])
        decimals = 1 - math.floor(math.log10(half)) if half > 0 else None
        y, *ends = (number_text(row[key], decimals) for key in ("y", "low", "high", "reading_low", "reading_high"))
        rows.append([number_text(row["x"]), y, f"{ends[0]} to {ends[1]}", f"{ends[2]} to {ends[3]}"])
    return [*_aligned(rows), *(f"  {note}" for note in prediction.notes)]


def _digits(value: float | None, digits: int) -> str:
    return "" if value is None else number_text(float(f"{value:.{digits}g}"))


def _criterion(value: float | None) -> str:
    return "−∞" if value is None else number_text(value, 1)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
