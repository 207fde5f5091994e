"""Sequences for torch: a Dataset, a sampler for several processes and a LightningDataModule."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar, final

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from shapeclf.datasets.experiments import AnySequences
from shapeclf.errors import InputError

__all__ = ["EndlessDataModule", "NumberedBatches", "ShapeBatches", "ShapeDataModule", "TensorBatch", "TurnSampler"]

Item = TypeVar("Item", covariant=True)

# Number of batches that each worker prepares in advance. Those of many points take much longer than others.
_BATCHES_AHEAD = 8
_SHARED_MEMORY = Path("/dev/shm")  # in which torch sends tensors to other processes
_LARGEST_BATCHES = 2**29  # bytes of shared memory that the batches of a worker need, at most


class TensorBatch(NamedTuple):
    """`Batch` as tensors that share its memory.

    Attributes:
        points: (x, y) of each point, shape (batch, points, 2), or (x, y, y_error), shape (batch, points, 3), float64.
        lengths: Number of points of each sequence, shape (batch,), int64.
        labels: Index of each sequence's family, shape (batch,), int64.
        coordinates: Input coordinates of the network, shape (batch, points, width), float32; None if they have not
            been computed in advance.
    """

    points: torch.Tensor
    lengths: torch.Tensor
    labels: torch.Tensor
    coordinates: torch.Tensor | None = None


class NumberedBatches(Protocol[Item]):
    """A map-style data set of batches, numbered from 0 without end; its length is the number of batches in an epoch."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Item: ...


@final
class ShapeBatches(Dataset[TensorBatch]):
    """A torch Dataset whose items are whole batches, numbered from 0 without end.

    Its length is the number of batches in an epoch, for loaders and progress bars.

    Args:
        sequences: The data set.
        batches: Number of batches that a process takes in an epoch.
        prepare: Function that is applied to each batch where it is drawn.

    Example:
        A torch DataLoader; three epochs have different batches, with any number of workers:

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

    def __init__(
        self, sequences: AnySequences, batches: int, prepare: Callable[[TensorBatch], TensorBatch] | None = None
    ) -> None:
        if batches < 1:
            raise InputError(f"batches must be from 1 up, got {batches!r}")
        self.sequences = sequences
        self.batches = batches
        self.prepare = prepare

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> TensorBatch:
        batch = TensorBatch(*map(torch.from_numpy, self.sequences.batch(index)))
        return batch if self.prepare is None else self.prepare(batch)


@final
class TurnSampler(DistributedSampler[Any]):
    """A sampler for several processes, which take batches in turn; no epoch repeats an earlier one.

    Rank r of R takes the batches r, r + R, r + 2R, ... of one endless series, and epoch e continues where epoch e - 1
    ended. The number of workers does not change the batches. It is a `DistributedSampler` because Lightning does not
    replace those.

    Args:
        batches: The data set.
        rank: Number of this process; by default that of the running torch.distributed group, or 0.
        ranks: Number of processes; by default that of the group, or 1.
        repeat: Whether every epoch takes the batches of the first, for validation on the same sequences.
        drawn: Function that returns the number of batches that this process has drawn; it is called when an epoch
            begins. By default the number follows from `set_epoch`.

    Example:
        >>> from shapeclf.datasets import ShapeSequences
        >>> sampler = TurnSampler(ShapeBatches(ShapeSequences(), batches=3), rank=1, ranks=2)
        >>> sampler.set_epoch(4)
        >>> list(sampler)
        [25, 27, 29]
    """

    def __init__(
        self,
        batches: NumberedBatches[Any],
        *,
        rank: int | None = None,
        ranks: int | None = None,
        repeat: bool = False,
        drawn: Callable[[], int] | None = None,
    ) -> None:
        running = torch.distributed.is_available() and torch.distributed.is_initialized()
        own_rank, own_ranks = (torch.distributed.get_rank(), torch.distributed.get_world_size()) if running else (0, 1)
        super().__init__(
            batches,  # type: ignore[arg-type]  # torch requires its own base class, but only uses the length
            num_replicas=own_ranks if ranks is None else ranks,
            rank=own_rank if rank is None else rank,
            shuffle=False,
        )
        self._batches = len(batches)
        self._repeat = repeat
        self._drawn = drawn

    def __len__(self) -> int:
        return self._batches

    def __iter__(self) -> Iterator[int]:  # of indices
        drawn = self.epoch * self._batches if self._drawn is None else self._drawn()
        first = 0 if self._repeat else drawn * self.num_replicas
        return iter(range(first + self.rank, first + self._batches * self.num_replicas, self.num_replicas))


def _can_have_workers(number: int) -> bool:
    """Return whether a number of workers can be forked and can send batches.

    Spawned workers would import the program again, and could not have every family. Where shared memory is full, a
    batch is lost, and the training would wait for it for ever.
    """
    linux = sys.platform == "linux" and _SHARED_MEMORY.is_dir()
    return linux and shutil.disk_usage(_SHARED_MEMORY).free >= number * _LARGEST_BATCHES


def _leave_group(worker: int) -> None:
    """Take a worker out of the process group of its training, and out of the reach of Ctrl-C.

    A signal to the group ends the training after its update, for which it may need further batches.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()


class EndlessDataModule(pl.LightningDataModule):
    """A data module of numbered batches, which counts those that its process has drawn, so that no batch is repeated.

    A Trainer may build a loader, and take its first batch, before it has restored its own progress from a checkpoint.
    So the count is kept here: a data module's state is restored before any loader is built.
    """

    restored = 0  # number of batches drawn, from a checkpoint

    def drawn(self) -> int:
        """Return the number of training batches that this process has drawn."""
        trainer = self.trainer
        return max(self.restored, trainer.fit_loop.epoch_loop.batch_progress.total.ready if trainer else 0)

    def loader(self, batches: NumberedBatches[Item], *, repeat: bool = False, workers: int = 0) -> "DataLoader[Item]":
        """Return a loader of the next batches, or with ``repeat`` of the first ones every time.

        Where workers are not possible, the loader has none. This does not change the batches.
        """
        workers = workers if _can_have_workers(workers) else 0
        sampler = TurnSampler(batches, repeat=repeat, drawn=self.drawn if self.trainer else None)
        return DataLoader(
            batches,  # type: ignore[arg-type]
            sampler=sampler,
            batch_size=None,
            num_workers=workers,
            persistent_workers=workers > 0,
            prefetch_factor=_BATCHES_AHEAD if workers else None,
            multiprocessing_context="fork" if workers else None,
            worker_init_fn=_leave_group,
        )

    def state_dict(self) -> dict[str, int]:
        """Return the number of batches drawn, for a checkpoint."""
        return {"batches": self.drawn()}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Continue after the batches that a checkpoint counts; Lightning calls it before any loader is built."""
        self.restored = state_dict["batches"]


@final
class ShapeDataModule(EndlessDataModule):
    """Sequences for a Lightning Trainer: training without end, and the same sequences in each validation.

    Args:
        sequences: The data set for training; validation takes its split ``validation``.
        batches: Number of batches that a process takes in a training epoch.
        validation_points: Number of points of the validation sequences; by default as in training.
        validation_batch_size: Number of sequences in a validation batch; by default as in training.
        validation_batches: Number of validation batches of a process.
        workers: Number of processes that draw training batches in advance; 0 to draw in the training process, as
            everywhere but on Linux, and where there is too little shared memory.
        prepare: Function that is applied to each training batch where it is drawn.

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
        prepare: Callable[[TensorBatch], TensorBatch] | None = None,
    ) -> None:
        super().__init__()
        self.sequences = sequences
        self.batches = batches
        self.validation_sequences = replace(
            sequences,
            # Fixed parameters depend on the seed alone, so both splits have the same.
            split="validation",
            points=sequences.points if validation_points is None else validation_points,
            batch_size=sequences.batch_size if validation_batch_size is None else validation_batch_size,
        )
        self.validation_batches = validation_batches
        self.workers = workers
        self.prepare = prepare

    def train_dataloader(self) -> DataLoader[TensorBatch]:
        """Return a loader of training batches; each epoch continues where the one before ended."""
        return self.loader(ShapeBatches(self.sequences, self.batches, self.prepare), workers=self.workers)

    def val_dataloader(self) -> DataLoader[TensorBatch]:
        """Return a loader of validation batches, the same in every epoch."""
        return self.loader(ShapeBatches(self.validation_sequences, self.validation_batches), repeat=True)

    def transfer_batch_to_device(self, batch: TensorBatch, device: torch.device, dataloader_idx: int) -> TensorBatch:
        # Lightning's own method recurses into any type, which takes a tenth of a small step.
        return TensorBatch._make(None if part is None else part.to(device, non_blocking=True) for part in batch)
