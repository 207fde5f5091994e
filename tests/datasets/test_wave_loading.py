import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.wave_data import series_data
from shapeclf.datasets.wave_loading import WaveDataModule

DATA = series_data(np.sin(np.arange(200.0))[:, np.newaxis], 5)


def _module(noise: float = 0.0) -> WaveDataModule:
    return WaveDataModule(DATA, window=5, crop_steps=0, batch_size=4, noise=noise, updates_per_epoch=3, seed=2)


class _Listener(pl.LightningModule):
    """Records the inputs that a Trainer passes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.inputs: list[FloatArray] = []

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        self.inputs.append(batch[0].numpy())
        return self.weight * 1.0

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        pass

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


@pytest.mark.parametrize("before", [0, 4], ids=["from the start", "after a checkpoint"])
def test_each_epoch_continues_the_numbers_of_the_batches(before: int) -> None:
    module, listener = _module(), _Listener()
    if before:
        module.load_state_dict({"batches": before})
    trainer = pl.Trainer(
        max_epochs=1 if before else 2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(listener, datamodule=module)
    assert len(listener.inputs) == (3 if before else 6)
    for number, inputs in enumerate(listener.inputs, start=before):
        np.testing.assert_array_equal(inputs, module.train_batches.batch(number)[0])


def test_validation_is_every_window_once_and_always_the_same() -> None:
    (inputs, targets), *rest = list(_module(noise=0.1).val_dataloader())
    assert not rest
    assert inputs.shape == (DATA.validation.shape[1] - 5, 5, 1)
    np.testing.assert_array_equal(targets[:, -1].numpy(), DATA.validation[0, 5:])
    np.testing.assert_array_equal(inputs, next(iter(_module(noise=0.1).val_dataloader()))[0])


def test_the_class_is_a_lightning_data_module() -> None:
    assert isinstance(_module(), pl.LightningDataModule)
