"""Progress of a training: a progress bar on a terminal, and a line for each round if there is no terminal."""

import sys
from collections.abc import Callable
from typing import Any, TextIO, final

import pytorch_lightning as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from shapeclf.training.rounds import Row

__all__ = ["ProgressBar", "accuracies", "classifier_figures", "classifier_line", "wave_figures", "wave_line"]

_REFRESH = 10  # updates
_WIDE = 80  # columns; in a narrower terminal only numbers are shown


def accuracies(row: Row) -> list[float]:
    """Return a row's accuracy after each number of points."""
    return [value for name, value in row.items() if name.startswith("accuracy_")]


def classifier_line(row: Row) -> str:
    """Format the row of a classifier's round as a line.

    Example:
        >>> classifier_line({"update": 50, "train_loss": 0.5, "accuracy_1": 0.9, "accuracy_2": 1.0, "seconds": 0.4})
        'update 50: loss 0.5000, validation accuracy after 1..2 points 0.9000 1.0000 (0.4 s)'
    """
    tested = accuracies(row)
    shown = " ".join(f"{value:.4f}" for value in (tested if len(tested) <= 8 else [tested[0], tested[-1]]))
    span = f"1..{len(tested)}" if 1 < len(tested) <= 8 else " and ".join(dict.fromkeys(("1", str(len(tested)))))
    return (
        f"update {row['update']:.0f}: loss {row['train_loss']:.4f}, "
        f"validation accuracy after {span} point{'s'[: len(tested) > 1]} {shown} ({row['seconds']:.1f} s)"
    )


def classifier_figures(row: Row) -> str:
    """Format a classifier's lowest accuracy in a round."""
    return f"validation accuracy {min(accuracies(row)):.4f}"


def wave_figures(row: Row) -> str:
    """Format a forecaster's validation figures in a round.

    Example:
        >>> wave_figures({"update": 20, "train_loss": 0.5, "val_loss": 0.25, "val_drawn_rmse": 0.7, "seconds": 1.5})
        'validation loss 0.25, RMSE of drawn waves 0.7'
    """
    drawn = f", RMSE of drawn waves {row['val_drawn_rmse']:.3g}" if "val_drawn_rmse" in row else ""
    return f"validation loss {row['val_loss']:.3g}{drawn}"


def wave_line(row: Row) -> str:
    """Format the row of a forecaster's round as a line.

    Example:
        >>> wave_line({"update": 100, "train_loss": 0.5, "val_loss": 0.25, "seconds": 1.5})
        'update 100: loss 0.5, validation loss 0.25 (1.5 s)'
    """
    return f"update {row['update']:.0f}: loss {row['train_loss']:.3g}, {wave_figures(row)} ({row['seconds']:.1f} s)"


@final
class ProgressBar(pl.Callback):
    """Show updates, loss and the figures of the last round on standard error.

    Args:
        total: Number of the last update.
        quiet: Whether to show nothing.
        file: Stream to write to; standard error if None.
        format_row: Formats a round's row as a line.
        format_figures: Formats a round's figures for the bar.
    """

    def __init__(
        self,
        total: int,
        *,
        quiet: bool = False,
        file: TextIO | None = None,
        format_row: Callable[[Row], str],
        format_figures: Callable[[Row], str],
    ) -> None:
        self._format_row = format_row
        self._format_figures = format_figures
        self._file = sys.stderr if file is None else file
        self._quiet = quiet
        self._total = total
        self._bar: Progress | None = None
        self._figures = ""

    @property
    def _live(self) -> bool:
        return not self._quiet and self._file.isatty()

    def report(self, row: Row) -> None:
        """Show a round's figures."""
        if self._live:
            self._figures = self._format_figures(row)
        elif not self._quiet:
            print(self._format_row(row), file=self._file, flush=True)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not self._live:
            return
        console = Console(file=self._file)
        # In a narrow terminal the figures are cut off, not the numbers of updates.
        count = MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=2 * len(str(self._total)) + 1))
        columns: list[ProgressColumn] = [count, TextColumn("{task.fields[figures]}")]
        if console.width >= _WIDE:
            columns = [TextColumn("update"), count, BarColumn(20), columns[1], TimeElapsedColumn()]
        self._bar = Progress(*columns, console=console, transient=True)
        self._bar.add_task("training", total=self._total, completed=trainer.global_step, figures="")
        self._bar.start()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._bar is not None and trainer.global_step % _REFRESH == 0:
            figures = f"loss {float(outputs['loss']):.4g} {self._figures}"
            self._bar.update(self._bar.task_ids[0], completed=trainer.global_step, figures=figures)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._stop()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
