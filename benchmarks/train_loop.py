"""How fast is `shapeclf train`, compared with a plain Lightning loop?

Ours is `train` with the recipe `classic`, from the first update to the last: drawing, coordinates, Lightning, and the
figures and checkpoint of each round. Each row states whether the tests are included. The baseline is the same module
and data in a Trainer without our callbacks and run folder. For information, there is also a bare torch loop on existing
arrays: nn.LSTM(2, 100), a linear layer, the NLL of every point and Adam. All use one thread and batches of 256
sequences of 8 points.

Run: python -m benchmarks.train_loop
"""

import tempfile
import time
from collections.abc import Callable

import pytorch_lightning as pl
import torch
from torch import nn

from benchmarks.original_program import OriginalNetwork
from benchmarks.side_by_side import Compared, compare, show
from shapeclf.datasets import ShapeDataModule
from shapeclf.training import Settings, ShapeClassifier, settings_of, train
from shapeclf.training.runtime import quiet_lightning, threads

BATCH = 256
UPDATES = 100
ROUNDS = 11


class Stopwatch(pl.Callback):
    """Measures the processor time from the first update to the last, and the part of it that the tests take."""

    def __init__(self) -> None:
        self.total = self.tests = self._begun = self._test = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._begun = time.process_time()

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._test = time.process_time()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.tests += time.process_time() - self._test

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.total = time.process_time() - self._begun


def bare_loop() -> float:
    """Run the bare torch loop, and return its processor time in seconds."""
    network = OriginalNetwork()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    points, labels = torch.randn(BATCH, 8, 2), torch.randint(3, (BATCH,))
    wanted = labels[:, None].expand(-1, 8).reshape(-1)
    with threads(1):
        begun = time.process_time()
        for _ in range(UPDATES):
            optimizer.zero_grad()
            nn.functional.nll_loss(network(points).flatten(0, 1), wanted).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return time.process_time() - begun


def settings() -> Settings:
    """Return the settings of the training that is timed."""
    return settings_of("classic", batch_size=BATCH, max_updates=UPDATES, target_accuracy=None)


def plain_loop() -> Stopwatch:
    """Train the same module on the same data in a Trainer without our callbacks, and return the times."""
    watch, timed = Stopwatch(), settings()
    with quiet_lightning(), threads(1):
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=UPDATES // timed.round_updates,
            logger=False,
            callbacks=[watch],
            num_sanity_val_steps=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        data = ShapeDataModule(timed.sequences(), batches=timed.round_updates, validation_points=timed.test_points)
        trainer.fit(ShapeClassifier(3), datamodule=data)
    return watch


def whole_loop() -> Stopwatch:
    """Run `train`, and return the times."""
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        train(settings(), output=folder, quiet=True, callbacks=[watch])
    return watch


def replayed(seconds: list[float]) -> tuple[Callable[[], float], Callable[[], None]]:
    """Return a clock, and a function that advances it by the next of these times.

    `compare` times functions itself. Here only a part of each run counts, so its measured time is replayed.
    """
    position = {"now": 0.0, "next": 0}

    def step() -> None:
        position["now"] += seconds[int(position["next"])]
        position["next"] += 1

    return lambda: position["now"], step


def rows() -> list[Compared]:
    """Return the speed of `train` compared with both baselines, measured in turn."""
    measured: list[tuple[float, ...]] = []
    for _ in range(ROUNDS + 1):  # the first round warms up
        watch, plain = whole_loop(), plain_loop()
        measured.append((watch.total - watch.tests, watch.total, plain.total - plain.tests, bare_loop()))
    compared = []
    for text, aim, ours, baseline in (
        ("updates, checkpoints and figures; same module in a plain Lightning loop", 0.95, 0, 2),
        ("updates, checkpoints and figures; bare loop", None, 0, 3),
        ("with two tests of 10,000 sequences; bare loop", None, 1, 3),
    ):
        clock, step = replayed([value for row in measured for value in (row[ours], row[baseline])])
        compared.append(
            compare(
                "train",
                f"sequences a second at {BATCH} x 8, {text}",
                step,
                step,
                rounds=ROUNDS,
                counts=(UPDATES * BATCH, UPDATES * BATCH),
                aim=aim,
                speeds=True,
                clock=clock,
            )
        )
    return compared


if __name__ == "__main__":
    show(rows())
