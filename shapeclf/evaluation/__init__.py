"""Evaluation of answers: reports, figures, and references such as the exact posterior and least squares."""

from shapeclf.evaluation.report import Report, evaluate, training_sequences

__all__ = ["Report", "evaluate", "training_sequences"]
