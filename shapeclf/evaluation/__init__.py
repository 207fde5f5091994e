"""Evaluation of answers: references, reports and figures."""

from shapeclf.evaluation.report import Report, evaluate, training_sequences

__all__ = ["Report", "evaluate", "training_sequences"]
