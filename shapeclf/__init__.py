"""shapeclf recognises, after every point, which kind of function (x, y) points come from."""

from typing import TYPE_CHECKING

from shapeclf._imports import lazy_attributes

if TYPE_CHECKING:
    from shapeclf.evaluation.report import evaluate
    from shapeclf.recognition.recognition import Recognition
    from shapeclf.recognition.recognizer import Recognizer
    from shapeclf.training.classifier import ShapeClassifier
    from shapeclf.training.runs import train

__all__ = ["Recognition", "Recognizer", "ShapeClassifier", "evaluate", "train"]

# Each name is imported when it is first used: torch takes seconds to import, and recognition does not need it.
_MODULES = {
    "Recognition": "recognition.recognition",
    "Recognizer": "recognition.recognizer",
    "ShapeClassifier": "training.classifier",
    "evaluate": "evaluation.report",
    "train": "training.runs",
}


__getattr__ = lazy_attributes(__name__, _MODULES)
