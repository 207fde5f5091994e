"""Handling of signals: Ctrl-C and SIGTERM end a training after the current update, as if it were the last."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, final

import pytorch_lightning as pl

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@final
class Interrupts(pl.Callback):
    """Stop the training after the current update when a signal requests it; a second signal interrupts at once."""

    def __init__(self) -> None:
        self.requested = False

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    @contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Handle the signals while the block runs; do nothing outside the main thread, where Python forbids it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._request) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Lightning has replaced the handler of SIGTERM by one that raises within a round. At the end it restores ours.
        if signal.getsignal(signal.SIGINT) == self._request:
            signal.signal(signal.SIGTERM, self._request)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.world_size > 1:  # all must stop after the same update; otherwise some wait forever
            self.requested = trainer.strategy.reduce_boolean_decision(self.requested, all=False)
        if self.requested:
            trainer.should_stop = True
