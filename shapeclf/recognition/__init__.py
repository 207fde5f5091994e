"""Recognise with a model file, without torch. It uses NumPy, onnx and onnxruntime, and SciPy for the fits."""

from shapeclf.recognition.fitting import Fit, fit_family, fit_many
from shapeclf.recognition.grouped import GroupAnswers, recognize_groups
from shapeclf.recognition.model_file import ModelFile, read_model_file
from shapeclf.recognition.prediction import Prediction
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.recognition.streams import Stream, Streams
from shapeclf.recognition.verdicts import verdict

__all__ = [
    "Fit",
    "GroupAnswers",
    "ModelFile",
    "Prediction",
    "Recognition",
    "Recognizer",
    "Stream",
    "Streams",
    "fit_family",
    "fit_many",
    "read_model_file",
    "recognize_groups",
    "verdict",
]
