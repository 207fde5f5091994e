"""Tables of an answer, with cells of text: the comparison of all families, and predicted y."""

import math

from shapeclf.recognition.fitting.equations import number_text
from shapeclf.recognition.naming import Names
from shapeclf.recognition.prediction import Prediction
from shapeclf.recognition.recognition import Recognition

__all__ = ["comparison_table", "digits_text", "prediction_table"]


def comparison_table(answer: Recognition) -> list[list[str]]:
    """Return a row for each family that can be fitted, the most probable first, under a row of headings."""
    comparison, rows = answer.comparison, []
    for row in comparison:
        cells = [row["family"], f"{row['probability']:.4f}", digits_text(row["residual_sd"], 3)]
        cells += [f"{row['r_squared']:.4f}", _criterion(row["aic"]), _criterion(row["bic"])]
        cells += [digits_text(row["chi_squared"], 4)] if row["chi_squared"] is not None else []
        rows.append([*cells, row.get("equation_named", row["equation"])])
    has_error_bars = any(row["chi_squared"] is not None for row in comparison)
    head = ["family", "probability", "residual sd", "R²", "AIC", "BIC", *["chi-squared"] * has_error_bars, "equation"]
    return [head, *rows]


def prediction_table(prediction: Prediction, names: Names) -> list[list[str]]:
    """Return a row for each predicted y with its 95 % intervals, under a row of headings."""
    rows = [[names.label("x"), names.label("y"), "curve, 95 %", "reading, 95 %"]]
    for row in prediction.records():
        if row["y"] is None:
            rows.append([number_text(row["x"]), "no law is defined here", "", ""])
            continue
        half = 0.5 * (row["high"] - row["low"])
        decimals = 1 - math.floor(math.log10(half)) if half > 0 else None
        y, *ends = (number_text(row[key], decimals) for key in ("y", "low", "high", "reading_low", "reading_high"))
        rows.append([number_text(row["x"]), y, f"{ends[0]} to {ends[1]}", f"{ends[2]} to {ends[3]}"])
    return rows


def digits_text(value: float | None, digits: int) -> str:
    """Return a number rounded to a number of significant digits; an empty text for None."""
    return "" if value is None else number_text(float(f"{value:.{digits}g}"))


def _criterion(value: float | None) -> str:
    return "−∞" if value is None else number_text(value, 1)
