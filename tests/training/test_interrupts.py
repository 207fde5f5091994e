"""Ctrl-C: the first ends the training after the current update, the second at once; earlier handlers are restored."""

import signal
import threading
from typing import Any

import pytest
import pytorch_lightning as pl

from shapeclf.datasets import ShapeDataModule, ShapeSequences
from shapeclf.training.classifier import ShapeClassifier
from shapeclf.training.interrupts import Interrupts


def test_the_first_signal_requests_and_the_second_interrupts() -> None:
    interrupts = Interrupts()
    with interrupts.catching_signals():
        signal.raise_signal(signal.SIGINT)
        assert interrupts.requested
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("failing", [False, True], ids=["at-the-end", "after-an-error"])
def test_the_previous_handlers_are_restored(failing: bool) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        with Interrupts().catching_signals():
            assert signal.getsignal(signal.SIGINT) != before
            if failing:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert signal.getsignal(signal.SIGINT) == before


def test_outside_the_main_thread_no_signal_is_handled() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def listen() -> None:
        with Interrupts().catching_signals():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert found == [before]


def test_the_training_ends_after_the_current_update() -> None:
    class PressCtrlC(pl.Callback):
        def on_train_batch_start(
            self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
        ) -> None:
            if trainer.global_step == 3:
                signal.raise_signal(signal.SIGINT)

    interrupts = Interrupts()
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=5,
        logger=False,
        callbacks=[PressCtrlC(), interrupts],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    with interrupts.catching_signals():
        trainer.fit(ShapeClassifier(3, hidden_size=4), datamodule=ShapeDataModule(ShapeSequences(), batches=10))
    assert interrupts.requested
    assert trainer.global_step == 4
