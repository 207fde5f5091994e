"""Hidden functions for the game of the page: their points, and later the family and the equation."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import replace
from typing import Any, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import fit_family
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.service.answers import curve_of
from shapeclf.service.json_response import finite_list
from shapeclf.service.messages import SurpriseRequest

__all__ = ["Surprises"]

_DRAWS = 32  # sequences of a batch
_BATCHES = 100  # most batches that are drawn until a sequence is of one of the requested families
_CURVE = 400  # points of a revealed curve
_NONCE = 12  # bytes


@final
class Surprises:
    """Draws hidden functions like the training data of a model, but with the requested number of points and noise.

    A function depends only on its id and on a secret of this service. So nothing is stored for it, and the id reveals
    nothing about it.

    Args:
        recognizer: The recogniser whose families and training data set are used.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._secret = secrets.token_bytes(32)

    def draw(self, request: SurpriseRequest) -> dict[str, Any]:
        """Return the points of a new hidden function and its id.

        Raises:
            InputError: A family is not known, the model has no record of how its training data were drawn, or none of
                many drawn functions is of a requested family.
        """
        nonce = secrets.token_urlsafe(_NONCE)
        among = self._recognizer.families if request.among is None else request.among
        settings = [nonce, request.points, request.noise, list(self._recognizer.restricted(among).families)]
        payload = json.dumps(settings, separators=(",", ":")).encode()
        points, _ = self._points(payload, request.noise)
        name = base64.urlsafe_b64encode(payload).decode().rstrip("=")
        return {"id": f"{name}.{self._sign(payload)}", "points": points.tolist()}

    def reveal(self, name: str) -> dict[str, Any] | None:
        """Return a hidden function: its family, its equation and its curve without noise.

        Return None if this service has not issued the id since it started.
        """
        payload = self._payload(name)
        if payload is None:
            return None
        points, family = self._points(payload, 0.0)
        known = self._recognizer.known.get(family)
        fit = None if known is None else fit_family(known, *points.T)
        if fit is None:
            ordered = points[np.argsort(points[:, 0], kind="stable")]
            curve = dict(zip("xy", map(finite_list, ordered.T), strict=True)) | {"lower": None, "upper": None}
            return {"family": family, "equation": None, "curve": curve}
        x = np.linspace(points[:, 0].min(), points[:, 0].max(), _CURVE)
        return {"family": family, "equation": fit.equation, "curve": curve_of(fit, x, None)}

    def _points(self, payload: bytes, noise: float | None) -> tuple[FloatArray, str]:
        """Return the points of the function that a payload describes, with the given noise, and its family."""
        _, points, _, among = json.loads(payload)
        seed = int.from_bytes(hmac.digest(self._secret, b"seed" + payload, hashlib.sha256)[:7], "big")
        sequences = self._sequences(points, noise, seed)
        names = sequences.classes
        for index in range(_BATCHES):
            batch = sequences.batch(index)
            for row, label in enumerate(batch.labels.tolist()):
                if names[label] in among:
                    return batch.points[row], names[label]
        raise InputError(f"none of {_BATCHES * _DRAWS} drawn functions is one of {', '.join(among)}")

    def _sequences(self, points: int, noise: float | None, seed: int) -> AnySequences:
        record = self._recognizer.model.record.get("settings", {}).get("sequences", {})
        sequences = sequences_from_record(record, self._recognizer.known.values(), batch_size=_DRAWS, seed=seed)
        if isinstance(sequences, ExperimentSequences):
            return replace(sequences, points=points, noise=noise, error_bars=0.0)
        # The noise of these sequences has the unit of y, so only the noise of the data set, or none, is meaningful.
        return replace(sequences, points=points, noise=0.0 if noise == 0.0 else sequences.noise)

    def _sign(self, payload: bytes) -> str:
        return hmac.digest(self._secret, payload, hashlib.sha256)[:16].hex()

    def _payload(self, name: str) -> bytes | None:
        text, _, signature = name.partition(".")
        try:
            payload = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        return payload if hmac.compare_digest(self._sign(payload).encode(), signature.encode()) else None
