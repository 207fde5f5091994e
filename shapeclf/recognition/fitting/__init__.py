"""The equation of a family, fitted to points: on numpy alone, but where a shape has to be searched for."""

from shapeclf.recognition.fitting.fit import fit_family
from shapeclf.recognition.fitting.fits import Fit, Fits, fit_columns, fit_record
from shapeclf.recognition.fitting.many_fits import fit_many

__all__ = ["Fit", "Fits", "fit_columns", "fit_family", "fit_many", "fit_record"]
