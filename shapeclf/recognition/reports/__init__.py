"""Answers in formats for other programs: a Markdown report, a LaTeX equation with a table, a Python function."""

from shapeclf.recognition.reports.rendering import FORMS, report

__all__ = ["FORMS", "report"]
