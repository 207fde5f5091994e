"""A resumed training draws the batches, and learns at the rates, of one that was never interrupted."""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import LambdaCallback

from shapeclf import train
from shapeclf.datasets import ShapeDataModule, ShapeSequences, TensorBatch, TurnSampler
from shapeclf.training import Settings, ShapeClassifier, settings_of
from shapeclf.training.checkpoints import read_checkpoint
from shapeclf.training.processes import Processes
from shapeclf.training.run_folder import RunFolder

UPDATES, ROUND = 10, 4
KILLED = {"within a round": 6, "between rounds": 8, "within the first round": 2}
SCHEDULES = ("constant", "cosine")
QUICK = {
    ("cosine", 0.9, 1, "within a round"),
    ("cosine", 0.9, 1, "between rounds"),
    ("cosine", 0.0, 2, "between rounds"),
    ("constant", 0.9, 2, "within a round"),
}


def small(**changes: Any) -> Settings:
    sizes = {"seed": 5, "hidden_size": 4, "batch_size": 3, "test_sequences": 20, "target_accuracy": None}
    return settings_of("classic", **sizes, max_updates=UPDATES, round_updates=ROUND, **changes)


class Killed(Exception):
    """Ends a training at once, as a signal would."""


class Recorder(pl.Callback):
    """Records which batch of the series each update saw, and at which rate; ends the training after an update."""

    def __init__(self, sequences: ShapeSequences, end: int | None = None, then: Callable[[], object] | None = None):
        self.batches: dict[int, int] = {}
        self.rates: dict[int, float] = {}
        self._known = {sequences.batch(number).points.tobytes(): number for number in range(3 * UPDATES)}
        self._end = end
        self._then = then

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: TensorBatch, batch_idx: int
    ) -> None:
        if trainer.global_step == self._end:
            if self._then is not None:
                self._then()
            raise Killed
        self.batches[trainer.global_step] = self._known[batch.points.numpy().tobytes()]
        self.rates[trainer.global_step] = trainer.optimizers[0].param_groups[0]["lr"]


def trained(settings: Settings, folder: Path, end: int | None = None) -> tuple[Path, "Recorder"]:
    """Trains in a folder, or resumes there; ends before an update as if killed."""
    sequences = settings.sequences()
    assert isinstance(sequences, ShapeSequences)
    recorder = Recorder(sequences, end)
    run = folder / "version_0"
    where: dict[str, Any] = {"resume": run} if run.exists() else {"output": folder}
    with suppress(Killed):
        train(settings, callbacks=[recorder], quiet=True, **where)
    return run, recorder


Uninterrupted = Callable[[Settings, int], tuple[Path, Recorder]]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Uninterrupted:
    @cache
    def of(settings: Settings, ranks: int) -> tuple[Path, Recorder]:
        return trained(settings, tmp_path_factory.mktemp("whole"))

    return of


@pytest.mark.parametrize(
    ("schedule", "averaging", "ranks", "kill"),
    [
        pytest.param(*kind, marks=[] if kind in QUICK else pytest.mark.slow, id="-".join(map(str, kind)))
        for kind in itertools.product(SCHEDULES, (0.0, 0.9), (1, 2), KILLED)
    ],
)
def test_each_update_has_its_batch_and_its_rate(
    schedule: Any,
    averaging: float,
    ranks: int,
    kill: str,
    uninterrupted: Uninterrupted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = ranks - 1  # this process draws what the last of so many would
    monkeypatch.setattr("shapeclf.datasets.loading.TurnSampler", partial(TurnSampler, rank=last, ranks=ranks))
    settings, end = small(schedule=schedule, averaging=averaging), KILLED[kill]
    whole, expected = uninterrupted(settings, ranks)
    numbers = {update: ranks * update + last for update in range(UPDATES)}
    assert expected.batches == numbers
    run, before = trained(settings, tmp_path, end)
    run, after = trained(settings, tmp_path)
    start = end // ROUND * ROUND
    assert before.batches == {update: numbers[update] for update in range(end)}
    assert after.batches == {update: numbers[update] for update in range(start, UPDATES)}
    assert before.rates | after.rates == expected.rates
    assert RunFolder(run).model.read_bytes() == RunFolder(whole).model.read_bytes()
    found, should = (read_checkpoint(RunFolder(path).checkpoint) for path in (run, whole))
    assert found["lr_schedulers"] == should["lr_schedulers"]


def test_a_callback_that_builds_the_loader_first_changes_nothing(tmp_path: Path) -> None:
    class Early(pl.Callback):
        def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
            assert trainer.estimated_stepping_batches > 0

    settings = small()
    run, _ = trained(settings, tmp_path, KILLED["between rounds"])
    sequences = settings.sequences()
    assert isinstance(sequences, ShapeSequences)
    recorder = Recorder(sequences)
    train(settings, resume=run, callbacks=[Early(), recorder], quiet=True)
    assert recorder.batches == {8: 8, 9: 9}


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*your dataloader is not resumable")  # its data module is
@pytest.mark.filterwarnings("ignore:.*does not have many workers")  # the batches are tiny
@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)], ids=["no worker", "two workers"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_with_a_user_defined_trainer(schedule: Any, workers: int, tmp_path: Path) -> None:
    """Lightning's own checkpoints, taken within an epoch, resume where they were taken."""
    saver = LambdaCallback(
        on_train_batch_end=lambda trainer, *_: (
            trainer.save_checkpoint(tmp_path / "6.ckpt") if trainer.global_step == 6 else None
        )
    )
    sequences = ShapeSequences(batch_size=3, seed=5)
    drawn: list[dict[int, int]] = []
    for resume in (None, tmp_path / "6.ckpt"):
        recorder = Recorder(sequences)
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=3,
            logger=False,
            callbacks=[recorder, saver],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        data = ShapeDataModule(sequences, batches=4, workers=workers)
        classifier = ShapeClassifier(3, hidden_size=4, schedule=schedule, test_points=8)
        trainer.fit(classifier, datamodule=data, ckpt_path=resume, weights_only=True if resume else None)
        drawn.append(recorder.batches)
    assert drawn[0] == {update: update for update in range(12)}
    assert drawn[1] == {update: update for update in range(6, 12)}


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(end, marks=pytest.mark.slow if kill == "within a round" else pytest.mark.exhaustive, id=kill)
        for kill, end in KILLED.items()
    ],
)
def test_two_processes_take_turns_after_a_kill_too_and_listen_on_loopback_only(end: int, tmp_path: Path) -> None:
    def drawn(folder: str, end: int) -> list[dict[str, int]]:
        """The batches of each rank; see `main`."""
        result = subprocess.run(
            [sys.executable, __file__, str(tmp_path / folder), str(end)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == (0 if end < 0 else -signal.SIGKILL), result.stderr
        ranks = [json.loads((tmp_path / folder / f"rank-{rank}.json").read_text()) for rank in range(2)]
        addresses = [address for rank in ranks for address in rank["listeners"]]
        assert len(addresses) > 2  # the store's and each rank's
        assert set(addresses) == {"0100007F"}
        return [rank["batches"] for rank in ranks]

    whole = drawn("whole", -1)
    assert whole == [{str(update): 2 * update + rank for update in range(UPDATES)} for rank in range(2)]
    start = end // ROUND * ROUND
    assert drawn("killed", end) == [{str(update): 2 * update + rank for update in range(end)} for rank in range(2)]
    assert drawn("killed", -1) == [
        {str(update): 2 * update + rank for update in range(start, UPDATES)} for rank in range(2)
    ]
    models = [RunFolder(tmp_path / folder / "version_0").model.read_bytes() for folder in ("whole", "killed")]
    assert models[0] == models[1]


def listeners() -> list[str]:
    """Return the addresses at which this process accepts connections, as Linux writes them."""
    own = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/self/net", name).read_text().splitlines()]
    return [line[1].split(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in own]


def main() -> None:
    """One of two processes of a training; Lightning starts the other one with the same arguments."""
    folder, end = sys.argv[1:]
    settings = small(schedule="cosine", averaging=0.9)
    sequences = settings.sequences()
    assert isinstance(sequences, ShapeSequences)
    path = Path(folder) / f"rank-{os.environ.get('LOCAL_RANK', 0)}.json"

    def write() -> None:
        path.write_text(json.dumps({"batches": recorder.batches, "listeners": addresses}))

    def kill() -> None:
        write()
        torch.distributed.barrier()
        os.kill(os.getpid(), signal.SIGKILL)

    Path(folder).mkdir(exist_ok=True)
    addresses: list[str] = []
    listening = LambdaCallback(on_train_start=lambda *_: addresses.extend(listeners()))
    recorder = Recorder(sequences, int(end), kill)
    run = Path(folder) / "version_0"
    where: dict[str, Any] = {"resume": run} if run.exists() else {"output": folder}
    processes = Processes(devices=2, strategy="ddp")
    train(settings, callbacks=[recorder, listening], quiet=True, processes=processes, **where)
    write()


if __name__ == "__main__":
    main()
