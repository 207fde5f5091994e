"""The forecaster's batches as a LightningDataModule."""

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from shapeclf.datasets.crops import CropBatches
from shapeclf.datasets.wave_data import WaveData

__all__ = ["WaveDataModule"]

_VALIDATION_SEED = 1_000_000_007  # so that no training batch shares its noise


class _Batches(Dataset[tuple[Tensor, Tensor]]):
    """The batches first, first + 1, ... as tensors that share the arrays' memory."""

    def __init__(self, batches: CropBatches, first: int, count: int) -> None:
        self.batches, self.first, self.count = batches, first, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not 0 <= index < self.count:
            raise IndexError(index)
        inputs, targets = self.batches.batch(self.first + index)
        return torch.from_numpy(inputs), torch.from_numpy(targets)


class WaveDataModule(pl.LightningDataModule):
    """Random crops for training, an epoch being so many updates; the whole validation part as one batch.

    The Trainer must reload the loaders every epoch, so that each goes on in the count of batches.

    Args:
        data: The waves.
        window: Values in a window; None for crops of whole stretches.
        crop_steps: Steps of a training sequence without a window.
        batch_size: Sequences in a batch; None for all there are.
        noise: Standard deviation of the noise on the inputs, in units of the series' own; in validation on
            windows alone, since drawing begins with clean values.
        updates_per_epoch: Batches in an epoch.
        seed: Of crops and noise.
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
        """This epoch's batches."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        first = epoch * self.updates_per_epoch
        return DataLoader(_Batches(self.train_batches, first, self.updates_per_epoch), batch_size=None)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """All of the validation part, the same each time."""
        return DataLoader(_Batches(self.validation_batches, 0, 1), batch_size=None)
