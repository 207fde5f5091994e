"""The sequences as torch sees them: a Dataset, a sampler that takes turns, a LightningDataModule."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, final

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from shapeclf.datasets.experiments import AnySequences
from shapeclf.errors import InputError

__all__ = ["ShapeBatches", "ShapeDataModule", "TensorBatch", "TurnSampler"]


class TensorBatch(NamedTuple):
    """`Batch` as tensors that share its memory.

    Attributes:
        points: (x, y) of each point, shape (batch, points, 2), float64.
        lengths: number of points of each sequence, shape (batch,), int64.
        labels: index of each sequence's family, shape (batch,), int64.
    """

    points: torch.Tensor
    lengths: torch.Tensor
    labels: torch.Tensor


@final
class ShapeBatches(Dataset[TensorBatch]):
    """A torch Dataset whose items are whole batches, numbered from 0 without end.

    It has a length only so that loaders and progress bars know how long an epoch is.

    Args:
        sequences: what is drawn.
        batches: how many batches one process takes in an epoch.

    Example:
        A torch DataLoader; three epochs repeat nothing, with any number of workers:

        >>> from shapeclf.datasets import ShapeSequences
        >>> batches = ShapeBatches(ShapeSequences(batch_size=4), batches=2)
        >>> sampler = TurnSampler(batches)
        >>> loader = DataLoader(batches, sampler=sampler, batch_size=None, num_workers=0)
        >>> for epoch in range(3):
        ...     sampler.set_epoch(epoch)
        ...     shapes = [batch.points.shape for batch in loader]
        >>> shapes
        [torch.Size([4, 8, 2]), torch.Size([4, 8, 2])]
    """

    def __init__(self, sequences: AnySequences, batches: int) -> None:
        if batches < 1:
            raise InputError(f"batches must be from 1 up, got {batches!r}")
        self.sequences = sequences
        self.batches = batches

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> TensorBatch:
        return TensorBatch(*map(torch.from_numpy, self.sequences.batch(index)))


@final
class TurnSampler(DistributedSampler[TensorBatch]):
    """Which batches one process takes in which order: ranks take turns, and no epoch repeats an earlier one.

    Rank r of R takes the batches r, r + R, r + 2R, ... of the one endless series, and epoch e goes on where epoch
    e - 1 ended. Workers only compute the batches they are told, so their number changes nothing.
    It is a `DistributedSampler` because Lightning leaves those as they are, and tells them the epoch.

    Args:
        batches: the data set.
        rank: this process's number; by default that of the running torch.distributed group, or 0.
        ranks: how many processes there are; by default likewise, or 1.
        repeat: take the first epoch's batches in every epoch (to validate on the same sequences).

    Example:
        >>> from shapeclf.datasets import ShapeSequences
        >>> sampler = TurnSampler(ShapeBatches(ShapeSequences(), batches=3), rank=1, ranks=2)
        >>> sampler.set_epoch(4)
        >>> list(sampler)
        [25, 27, 29]
    """

    def __init__(
        self, batches: ShapeBatches, *, rank: int | None = None, ranks: int | None = None, repeat: bool = False
    ) -> None:
        running = torch.distributed.is_available() and torch.distributed.is_initialized()
        own_rank, own_ranks = (torch.distributed.get_rank(), torch.distributed.get_world_size()) if running else (0, 1)
        super().__init__(
            batches,
            num_replicas=own_ranks if ranks is None else ranks,
            rank=own_rank if rank is None else rank,
            shuffle=False,
        )
        self._batches = len(batches)
        self._repeat = repeat

    def __len__(self) -> int:
        return self._batches

    def __iter__(self) -> Iterator[int]:  # type: ignore[override]  # torch types it by the items, but it yields indices
        first = 0 if self._repeat else self.epoch * self._batches * self.num_replicas
        return iter(range(first + self.rank, first + self._batches * self.num_replicas, self.num_replicas))


@final
class ShapeDataModule(pl.LightningDataModule):
    """The sequences for a Lightning Trainer: endless training, the same held-out sequences at each validation.

    Args:
        sequences: what is drawn for training; validation draws the same from the split ``validation``.
        batches: batches that a process takes in a training epoch.
        validation_points: number of points of the validation sequences; by default the training ones'.
        validation_batch_size: sequences in a validation batch; by default as in training.
        validation_batches: validation batches of a process.
        workers: processes that draw ahead; 0 draws in the training process.

    Example:
        >>> from shapeclf.datasets import ShapeSequences
        >>> module = ShapeDataModule(ShapeSequences(batch_size=4), batches=2)
        >>> len(module.train_dataloader()), next(iter(module.val_dataloader())).labels.shape
        (2, torch.Size([4]))
    """

    def __init__(
        self,
        sequences: AnySequences,
        *,
        batches: int = 50,
        validation_points: int | tuple[int, int] | None = None,
        validation_batch_size: int | None = None,
        validation_batches: int = 1,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.sequences = sequences
        self.batches = batches
        self.validation_sequences = replace(
            sequences,
            # Fixed parameters hang on the seed alone, so both splits have the same.
            split="validation",
            points=sequences.points if validation_points is None else validation_points,
            batch_size=sequences.batch_size if validation_batch_size is None else validation_batch_size,
        )
        self.validation_batches = validation_batches
        self.workers = workers

    def _loader(self, batches: ShapeBatches, *, repeat: bool, workers: int) -> DataLoader[TensorBatch]:
        sampler = TurnSampler(batches, repeat=repeat)
        if self.trainer is not None:
            # Lightning tells the epoch only after it has begun to read, which matters on resuming.
            epochs = self.trainer.fit_loop.epoch_progress.current
            sampler.set_epoch(epochs.processed)  # type: ignore[attr-defined]  # typed as its base class
        return DataLoader(
            batches, sampler=sampler, batch_size=None, num_workers=workers, persistent_workers=workers > 0
        )

    def train_dataloader(self) -> DataLoader[TensorBatch]:
        """Batches of training sequences; each epoch goes on where the one before ended."""
        return self._loader(ShapeBatches(self.sequences, self.batches), repeat=False, workers=self.workers)

    def val_dataloader(self) -> DataLoader[TensorBatch]:
        """Batches of held-out sequences, the same in every epoch."""
        return self._loader(ShapeBatches(self.validation_sequences, self.validation_batches), repeat=True, workers=0)

    def transfer_batch_to_device(self, batch: TensorBatch, device: torch.device, dataloader_idx: int) -> TensorBatch:
        # Lightning's own way walks through any nesting of any types, which costs a tenth of a small step.
        return TensorBatch(*(tensor.to(device, non_blocking=True) for tensor in batch))
