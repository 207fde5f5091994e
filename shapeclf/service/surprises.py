"""Hidden functions: points to guess at, and what they came from only when that is asked for."""

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
from shapeclf.service.messages import SurpriseRequest
from shapeclf.service.numbers import finite_list

__all__ = ["Surprises"]

_DRAWS = 32  # at once
_BATCHES = 100  # until one is of the families that come into question
_CURVE = 400  # places
_NONCE = 12  # bytes


@final
class Surprises:
    """Draws hidden functions from what a model was trained on.

    What is drawn depends on a secret of this service and on the id alone: nothing is kept for a function that nobody
    comes back for, and the id tells nothing about it.

    Args:
        recognizer: Whose families and data set.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._secret = secrets.token_bytes(32)

    def draw(self, asked: SurpriseRequest) -> dict[str, Any]:
        """The points of a new hidden function and its id.

        Raises:
            InputError: A family is not known, or nothing is known of how such a function is drawn.
        """
        nonce = secrets.token_urlsafe(_NONCE)
        among = self._recognizer.families if asked.among is None else asked.among
        settings = [nonce, asked.points, asked.noise, list(self._recognizer.restricted(among).families)]
        payload = json.dumps(settings, separators=(",", ":")).encode()
        points, _ = self._points(payload, asked.noise)
        name = base64.urlsafe_b64encode(payload).decode().rstrip("=")
        return {"id": f"{name}.{self._sign(payload)}", "points": points.tolist()}

    def reveal(self, name: str) -> dict[str, Any] | None:
        """What a hidden function was: its family, its equation and its curve without noise.

        None where the id is none of this service's, or of the time before it was last started.
        """
        payload = self._payload(name)
        if payload is None:
            return None
        points, family = self._points(payload, 0.0)
        known = self._recognizer.known.get(family)
        fit = None if known is None else fit_family(known, *points.T)
        if fit is None:
            ordered = points[np.argsort(points[:, 0], kind="stable")]
            x, y = (finite_list(column) for column in ordered.T)
            return {"family": family, "equation": None, "curve": {"x": x, "y": y, "lower": None, "upper": None}}
        places = np.linspace(points[:, 0].min(), points[:, 0].max(), _CURVE)
        return {"family": family, "equation": fit.equation, "curve": curve_of(fit, places, None)}

    def _points(self, payload: bytes, noise: float | None) -> tuple[FloatArray, str]:
        """The points that belong to an id, with noise or without, and their family."""
        _, points, _, among = json.loads(payload)
        seed = int.from_bytes(hmac.digest(self._secret, b"seed" + payload, hashlib.sha256)[:7], "big")
        sequences = self._sequences(points, noise, seed)
        names = _classes(sequences)
        for index in range(_BATCHES):
            batch = sequences.batch(index)
            for row, label in enumerate(batch.labels.tolist()):
                if names[label] in among:
                    return batch.points[row], names[label]
        raise InputError(f"no function of {', '.join(among)} came up in {_BATCHES * _DRAWS} draws")

    def _sequences(self, points: int, noise: float | None, seed: int) -> AnySequences:
        record = self._recognizer.model.record.get("settings", {}).get("sequences", {})
        sequences = sequences_from_record(record, self._recognizer.known.values(), batch_size=_DRAWS, seed=seed)
        if isinstance(sequences, ExperimentSequences):
            return replace(sequences, points=points, noise=noise)
        # These have units, and the noise is in them: the model knows no other.
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


def _classes(sequences: AnySequences) -> tuple[str, ...]:
    if isinstance(sequences, ExperimentSequences):
        return sequences.classes
    return tuple(family.name for family in sequences.families)
