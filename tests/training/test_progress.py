"""The progress of a training: plain lines in a pipe, a bar on a terminal."""

import io
import re
from typing import Any

import pytest
import pytorch_lightning as pl

from shapeclf.datasets import ShapeDataModule, ShapeSequences
from shapeclf.training.classifier import ShapeClassifier
from shapeclf.training.progress import ProgressBar, classifier_figures, classifier_line, wave_line

ROW = {"update": 50, "train_loss": 0.5, "accuracy_1": 0.9, "accuracy_2": 1.0, "nll_1": 0.3, "seconds": 0.44}
SHOW_CURSOR = "\x1b[?25h"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def progress_bar(**changes: Any) -> ProgressBar:
    return ProgressBar(20, **({"format_row": classifier_line, "format_figures": classifier_figures} | changes))


def train_with(*callbacks: pl.Callback, updates: int = 20) -> None:
    trainer = pl.Trainer(
        accelerator="cpu",
        max_steps=updates,
        logger=False,
        callbacks=list(callbacks),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    data = ShapeDataModule(ShapeSequences(batch_size=4), batches=updates)
    trainer.fit(ShapeClassifier(3, hidden_size=4), datamodule=data)


@pytest.mark.parametrize(
    ("tested", "expected"),
    [
        (1, "update 7: loss 0.1250, validation accuracy after 1 point 0.0100 (2.0 s)"),
        (3, "update 7: loss 0.1250, validation accuracy after 1..3 points 0.0100 0.0200 0.0300 (2.0 s)"),
        (12, "update 7: loss 0.1250, validation accuracy after 1 and 12 points 0.0100 0.1200 (2.0 s)"),
    ],
    ids=["one-point", "few-points", "many-points"],
)
def test_a_round_is_one_line(tested: int, expected: str) -> None:
    figures = {f"accuracy_{points}": points / 100 for points in range(1, tested + 1)}
    assert classifier_line({"update": 7, "train_loss": 0.125, **figures, "seconds": 2.0}) == expected


def test_piped_output_has_a_line_for_each_round_and_no_control_codes() -> None:
    pipe = io.StringIO()
    bar = progress_bar(file=pipe)
    train_with(bar)
    bar.report(ROW)
    bar.report(ROW | {"update": 100})
    lines = pipe.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["update 50", "update 100"]
    assert "\x1b" not in pipe.getvalue()
    assert "\r" not in pipe.getvalue()


def test_on_a_terminal_there_is_a_live_bar_with_loss_and_accuracy(terminal: Terminal) -> None:
    bar = progress_bar(file=terminal)

    class Round(pl.Callback):
        def on_train_batch_end(
            self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            if trainer.global_step == 5:
                bar.report(ROW)

    train_with(Round(), bar)
    shown = terminal.getvalue()
    assert "20/20" in shown
    assert "validation accuracy 0.9000" in shown  # the lowest
    assert "loss " in shown
    assert "update 50:" not in shown  # no plain lines between
    assert shown.rindex(SHOW_CURSOR) > shown.index("20/20")


@pytest.mark.parametrize("columns", [40, 79, 200])
def test_the_bar_fits_the_terminal(columns: int, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    bar = progress_bar(file=terminal, format_figures=lambda row: "validation accuracy 0.9000, and more")
    bar.report(ROW)
    train_with(bar)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue()))
    assert max(map(len, lines)) <= columns
    assert any("20/20 " in line and re.search(r"loss \d", line) for line in lines)


def test_an_error_leaves_no_bar_behind(terminal: Terminal) -> None:
    class Fail(pl.Callback):
        def on_train_batch_end(
            self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        train_with(progress_bar(file=terminal), Fail())
    assert SHOW_CURSOR in terminal.getvalue()


@pytest.mark.parametrize("live", [False, True], ids=["piped", "terminal"])
def test_quiet_shows_nothing(live: bool, terminal: Terminal) -> None:
    file = terminal if live else io.StringIO()
    bar = progress_bar(quiet=True, file=file)
    train_with(bar)
    bar.report(ROW)
    assert file.getvalue() == ""


def test_the_default_stream_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    progress_bar().report(ROW)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == classifier_line(ROW) + "\n"


def test_a_forecasters_drawn_error_is_reported_too() -> None:
    row = {"update": 20.0, "train_loss": 0.5, "val_loss": 0.25, "val_drawn_rmse": 0.7, "seconds": 1.52}
    assert wave_line(row) == "update 20: loss 0.5, validation loss 0.25, RMSE of drawn waves 0.7 (1.5 s)"
