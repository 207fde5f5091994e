"""Locate the runs of forecasters. This module does not import torch."""

import os
from pathlib import Path

from shapeclf.errors import InputError
from shapeclf.recognition.locating import RUNS, newest_run
from shapeclf.training.run_folder import LAST, RunFolder

__all__ = ["WAVE_RUNS", "WAVE_STATE", "locate_wave_run"]

WAVE_RUNS = RUNS / "wave"
WAVE_STATE = "resume.ckpt"
"""The checkpoint that a forecaster's training is resumed from; it is removed at the end of the training."""


def locate_wave_run(reference: str | Path | None = None) -> RunFolder:
    """Return the folder of a forecaster's run.

    Args:
        reference: Path of the folder; None for the newest finished run in ``runs/wave`` in the current folder.

    Raises:
        InputError: There is no such run.
    """
    if reference is None:
        newest = newest_run(WAVE_RUNS, holds=LAST)
        if newest is None:
            raise InputError(
                f"there is no finished run in {WAVE_RUNS}/ here: make one with 'shapeclf wave train', "
                "or name one with --model"
            )
        return RunFolder(newest, WAVE_STATE)
    folder = RunFolder(Path(reference), WAVE_STATE)
    if not os.path.isfile(folder.checkpoint):  # noqa: PTH113  # it raises no error for too long a name
        raise InputError(f"{reference}: not a finished run of a forecaster (it has no {LAST})")
    return folder
