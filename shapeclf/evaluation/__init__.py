"""How good an answer is: reports and pictures."""

from shapeclf.evaluation.report import Report, evaluate, training_sequences

__all__ = ["Report", "evaluate", "training_sequences"]
