"""Recognising with a model file, on numpy and onnxruntime alone."""

from shapeclf.recognition.model_file import ModelFile, read_model_file
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.recognition.stream import Stream

__all__ = ["ModelFile", "Recognition", "Recognizer", "Stream", "read_model_file"]
