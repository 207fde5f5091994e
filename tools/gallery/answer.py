"""The picture that ``shapeclf predict --plot`` draws."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from shapeclf import Recognizer
from shapeclf.recognition.answer_pictures import recognition_figure
from shapeclf.recognition.naming import Names
from tools.gallery.style import save_picture

__all__ = ["answer"]


def answer(folder: Path) -> None:
    """Draw the answer for a discharging capacitor: 24 simulated readings with error bars of 100 mV and 3 %."""
    t = np.arange(0.0, 12.0, 0.5)
    exact = 5.0 * np.exp(-t / 2.7)
    error = np.hypot(0.1, 0.03 * exact)
    voltage = exact + error * np.random.default_rng(4).standard_normal(len(t))
    seen = replace(Recognizer.load().recognize(t, voltage, error), names=Names("t", "U", "s", "V"))
    save_picture(recognition_figure(seen), folder, "answer")
