"""Fits of a family to points: with NumPy alone, except where shape parameters have to be searched for."""

from shapeclf.recognition.fitting.fit import fit_family, fit_many
from shapeclf.recognition.fitting.fit_result import Fit, fit_columns, fit_record

__all__ = ["Fit", "fit_columns", "fit_family", "fit_many", "fit_record"]
