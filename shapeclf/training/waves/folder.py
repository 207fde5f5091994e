"""Where the runs of a forecaster are. Nothing here imports torch."""

import os
from pathlib import Path

from shapeclf.errors import InputError
from shapeclf.recognition.locating import RUNS, newest_run
from shapeclf.training.run_folder import LAST, RunFolder

__all__ = ["WAVE_RUNS", "WAVE_STATE", "locate_wave_run"]

WAVE_RUNS = RUNS / "wave"
WAVE_STATE = "resume.ckpt"
"""The file that a forecaster's training is resumed from, until it is over."""


def locate_wave_run(reference: str | Path | None = None) -> RunFolder:
    """The run of a forecaster that is meant.

    Args:
        reference: its folder; None means the newest finished one in ``runs/wave`` in the current folder.

    Raises:
        InputError: there is none; the text says what to do.
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
    if not os.path.isfile(folder.checkpoint):  # noqa: PTH113  # a name that is too long is none
        raise InputError(f"{reference}: not a finished run of a forecaster (it has no {LAST})")
    return folder
