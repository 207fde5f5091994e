"""How good an answer is: reports and pictures."""

from shapeclf.evaluation.report import Report, evaluate, own_sequences

__all__ = ["Report", "evaluate", "own_sequences"]
