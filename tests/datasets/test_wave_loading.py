import numpy as np
import pytorch_lightning as pl

from shapeclf.datasets.wave_data import series_data
from shapeclf.datasets.wave_loading import WaveDataModule

DATA = series_data(np.sin(np.arange(200.0))[:, np.newaxis], 5)


def _module(noise: float = 0.0) -> WaveDataModule:
    return WaveDataModule(DATA, window=5, crop_steps=0, batch_size=4, noise=noise, updates_per_epoch=3, seed=2)


class _Epoch:
    def __init__(self, current_epoch: int) -> None:
        self.current_epoch = current_epoch


def test_each_epoch_goes_on_in_the_count_of_batches() -> None:
    module = _module()
    module.trainer = _Epoch(2)  # type: ignore[assignment]
    inputs = [inputs.numpy() for inputs, _ in module.train_dataloader()]
    assert len(inputs) == 3
    for place, batch in enumerate(inputs):
        np.testing.assert_array_equal(batch, module.train_batches.batch(6 + place)[0])


def test_validation_is_every_window_once_and_always_the_same() -> None:
    (inputs, targets), *rest = list(_module(noise=0.1).val_dataloader())
    assert not rest
    assert inputs.shape == (DATA.validation.shape[1] - 5, 5, 1)
    np.testing.assert_array_equal(targets[:, -1].numpy(), DATA.validation[0, 5:])
    np.testing.assert_array_equal(inputs, next(iter(_module(noise=0.1).val_dataloader()))[0])


def test_it_is_a_data_module() -> None:
    assert isinstance(_module(), pl.LightningDataModule)
