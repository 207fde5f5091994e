import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from benchmarks.plain import plain_sequences
from shapeclf.datasets import ShapeBatches, ShapeDataModule, ShapeSequences, TensorBatch, TurnSampler
from shapeclf.errors import InputError

SEQUENCES = ShapeSequences(parameters="fresh", points=(2, 5), noise=0.1, batch_size=3, seed=9)
# torch forks its workers where the platform does, and newer Pythons warn of threads that might be lost.
forks = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


def _numbers(loader: "DataLoader[TensorBatch]", sequences: ShapeSequences = SEQUENCES, up_to: int = 40) -> list[int]:
    """Return the numbers of the batches that a loader returned."""
    known = {sequences.batch(number).points.tobytes(): number for number in range(up_to)}
    return [known[batch.points.numpy().tobytes()] for batch in loader]


def _loader(workers: int, batches: int = 3, **turn: Any) -> "tuple[DataLoader[TensorBatch], TurnSampler]":
    data = ShapeBatches(SEQUENCES, batches)
    sampler = TurnSampler(data, **turn)
    return DataLoader(data, sampler=sampler, batch_size=None, num_workers=workers), sampler


def test_a_batch_as_tensors() -> None:
    batch, arrays = ShapeBatches(SEQUENCES, 1)[4], SEQUENCES.batch(4)
    assert isinstance(batch, TensorBatch)
    *tensors, coordinates = batch
    assert coordinates is None
    assert [tensor.dtype for tensor in tensors] == [torch.float64, torch.int64, torch.int64]
    for tensor, array in zip(tensors, arrays, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), array)


@forks
@pytest.mark.parametrize("workers", [0, 2], ids=["no worker", "two workers"])
def test_an_epoch_continues_where_the_last_one_ended(workers: int) -> None:
    loader, sampler = _loader(workers)
    drawn = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        drawn.append(_numbers(loader))
    assert drawn == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@forks
def test_workers_of_another_call_repeat_nothing() -> None:
    # Lightning makes new workers for each epoch unless they are to stay.
    drawn = []
    for epoch in range(2):
        loader, sampler = _loader(2)
        sampler.set_epoch(epoch)
        drawn += _numbers(loader)
    assert drawn == [0, 1, 2, 3, 4, 5]


@pytest.mark.slow  # it imports torch once more
def test_a_spawned_worker_draws_the_same() -> None:
    data = ShapeBatches(SEQUENCES, 3)
    sampler = TurnSampler(data)
    loader: DataLoader[TensorBatch] = DataLoader(
        data,
        sampler=sampler,
        batch_size=None,
        num_workers=1,
        persistent_workers=True,
        multiprocessing_context="spawn",
    )
    drawn = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        drawn += _numbers(loader)
    assert drawn == [0, 1, 2, 3, 4, 5]


def test_a_data_set_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(ShapeBatches(SEQUENCES, 7)))
    assert len(copy) == 7
    assert copy.sequences == SEQUENCES
    assert torch.equal(copy[3].points, ShapeBatches(SEQUENCES, 7)[3].points)


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_ranks_take_turns_and_together_draw_what_one_would(ranks: int) -> None:
    seen: list[int] = []
    for epoch in range(4):
        turns = []
        for rank in range(ranks):
            _, sampler = _loader(0, batches=6, rank=rank, ranks=ranks)
            sampler.set_epoch(epoch)
            turns.append(list(sampler))
            assert len(sampler) == len(turns[-1]) == 6
        together = [number for turn in zip(*turns, strict=True) for number in turn]
        seen += together
    assert seen == list(range(4 * 6 * ranks))


def test_ranks_draw_different_sequences() -> None:
    loaders = [_loader(0, rank=rank, ranks=2)[0] for rank in range(2)]
    assert [_numbers(loader) for loader in loaders] == [[0, 2, 4], [1, 3, 5]]


def test_a_repeating_sampler_gives_the_first_epoch_always() -> None:
    _, sampler = _loader(0, rank=1, ranks=2, repeat=True)
    epochs = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        epochs.append(list(sampler))
    assert epochs == [[1, 3, 5]] * 3


def test_the_rank_is_that_of_the_running_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda *_: 2)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda *_: 4)
    _, sampler = _loader(0)
    assert list(sampler) == [2, 6, 10]


@pytest.mark.parametrize("rank", [-1, 2], ids=["below", "above"])
def test_a_rank_out_of_range_is_refused(rank: int) -> None:
    with pytest.raises(ValueError, match=f"Invalid rank {rank}"):
        _loader(0, rank=rank, ranks=2)


@pytest.mark.parametrize("batches", [0, -1])
def test_an_epoch_without_a_batch_is_refused(batches: int) -> None:
    with pytest.raises(InputError, match=f"^batches must be from 1 up, got {batches}$"):
        ShapeBatches(SEQUENCES, batches)


@forks
@pytest.mark.parametrize("workers", [0, 2], ids=["no worker", "two workers"])
def test_the_data_module_trains_on_the_series_and_validates_on_the_same(workers: int) -> None:
    module = ShapeDataModule(SEQUENCES, batches=4, validation_batches=2, workers=workers)
    train, validation = module.train_dataloader(), module.val_dataloader()
    held_out = replace(SEQUENCES, split="validation")
    for epoch in range(2):
        for loader in (train, validation):
            assert isinstance(loader.sampler, TurnSampler)
            loader.sampler.set_epoch(epoch)
        assert _numbers(train) == [4 * epoch, 4 * epoch + 1, 4 * epoch + 2, 4 * epoch + 3]
        assert _numbers(validation, held_out) == [0, 1]


def test_validation_sequences_of_their_own_size() -> None:
    module = ShapeDataModule(
        ShapeSequences(points=(2, 8), batch_size=4), batches=1, validation_points=3, validation_batch_size=10
    )
    (batch,) = list(module.val_dataloader())
    assert (batch.points.shape, batch.lengths.tolist()) == ((10, 3, 2), [3] * 10)
    (batch,) = list(module.train_dataloader())
    assert batch.points.shape == (4, 8, 2)
    held_out, training = plain_sequences(module.validation_sequences), plain_sequences(module.sequences)
    assert held_out.fixed_parameters == training.fixed_parameters


class _Listener(pl.LightningModule):
    """Records what a Trainer passes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.trained: list[bytes] = []
        self.validated: list[bytes] = []

    def training_step(self, batch: TensorBatch) -> torch.Tensor:
        self.trained.append(batch.points.numpy().tobytes())
        return self.weight * 1.0

    def validation_step(self, batch: TensorBatch) -> None:
        self.validated.append(batch.points.numpy().tobytes())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def test_a_trainer_draws_the_series_and_validates_on_the_same() -> None:
    listener = _Listener()
    trainer = pl.Trainer(
        max_epochs=3,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(listener, datamodule=ShapeDataModule(SEQUENCES, batches=2, validation_batches=2))
    assert listener.trained == [SEQUENCES.batch(number).points.tobytes() for number in range(6)]
    held_out = replace(SEQUENCES, split="validation")
    assert listener.validated == [held_out.batch(number).points.tobytes() for number in (0, 1)] * 3
