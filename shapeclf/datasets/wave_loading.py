"""A LightningDataModule with the batches of a forecaster."""

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from shapeclf.datasets.crops import CropBatches
from shapeclf.datasets.loading import EndlessDataModule
from shapeclf.datasets.wave_data import WaveData

__all__ = ["WaveDataModule"]

_VALIDATION_SEED = 1_000_000_007  # so that no training batch shares its noise


class _Batches(Dataset[tuple[Tensor, Tensor]]):
    """The batches as tensors, numbered from 0 without end; an epoch has ``count``."""

    def __init__(self, batches: CropBatches, count: int) -> None:
        self.batches, self.count = batches, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        inputs, targets = self.batches.batch(index)
        return torch.from_numpy(inputs), torch.from_numpy(targets)


class WaveDataModule(EndlessDataModule):
    """A data module of random crops for training, and of the whole validation part as one batch.

    Args:
        data: The waves.
        window: Number of values in a window; None for sequences without windows.
        crop_steps: Number of steps of a training sequence without a window.
        batch_size: Number of sequences in a batch; None for all.
        noise: Standard deviation of the noise on the inputs, relative to that of the series. Without a window,
            validation has no noise, since a free-running forecast starts from clean values.
        updates_per_epoch: Number of batches in an epoch.
        seed: Seed of crops and noise.
    """

    def __init__(
        self,
        data: WaveData,
        *,
        window: int | None,
        crop_steps: int,
        batch_size: int | None,
        noise: float,
        updates_per_epoch: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.updates_per_epoch = updates_per_epoch
        self.train_batches = CropBatches(data.train, window or crop_steps, batch_size, noise, seed)
        whole = data.validation.shape[1] - 1
        self.validation_batches = CropBatches(
            data.validation, window or whole, None, noise if window else 0.0, seed + _VALIDATION_SEED
        )

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Return a loader of random crops; each epoch continues where the one before ended."""
        return self.loader(_Batches(self.train_batches, self.updates_per_epoch))

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Return a loader of the whole validation part."""
        return self.loader(_Batches(self.validation_batches, 1), repeat=True)
