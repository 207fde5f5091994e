"""Where the runs of a forecaster are. Nothing here imports torch."""

from pathlib import Path

from shapeclf.errors import InputError
from shapeclf.recognition.locating import RUNS, newest_run
from shapeclf.training.run_folder import RunFolder

__all__ = ["WAVE_RUNS", "kept_state", "locate_wave_run"]

WAVE_RUNS = RUNS / "wave"


def kept_state(folder: RunFolder) -> Path:
    """Where a run keeps what it needs to go on, until its training is over."""
    return folder.path / "resume.ckpt"


def locate_wave_run(reference: str | Path | None = None) -> RunFolder:
    """The run of a forecaster that is meant.

    Args:
        reference: its folder; None means the newest finished one in ``runs/wave`` in the current folder.

    Raises:
        InputError: there is none; the text says what to do.
    """
    kept = RunFolder(Path()).checkpoint.name
    if reference is None:
        newest = newest_run(WAVE_RUNS, holds=kept)
        if newest is None:
            raise InputError(
                f"there is no finished run in {WAVE_RUNS}/ here: make one with 'shapeclf wave train', "
                "or name one with --model"
            )
        return RunFolder(newest)
    folder = RunFolder(Path(reference))
    if not folder.checkpoint.is_file():
        raise InputError(f"{reference}: not a finished run of a forecaster (it has no {kept})")
    return folder
