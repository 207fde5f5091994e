"""Fit families to points. SciPy is imported only for shape parameters, p-values, quantiles and predictions."""

from shapeclf.recognition.fitting.fit import fit_family, fit_many
from shapeclf.recognition.fitting.fit_result import Fit, finite

__all__ = ["Fit", "finite", "fit_family", "fit_many"]
