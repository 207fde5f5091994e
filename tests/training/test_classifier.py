"""The LightningModule against known truths: closed-form losses, padding, a hand-written update."""

import csv
import math
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger

from benchmarks.plain import plain_sequences
from shapeclf.datasets import LINE, SQRT, ShapeDataModule, ShapeSequences, TensorBatch
from shapeclf.training.classifier import ShapeClassifier, sort_half
from shapeclf.training.metrics import nll_of_points
from shapeclf.training.recipes import OptimizerName

QUIET: dict[str, Any] = {
    "accelerator": "cpu",
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


def batch_of(sequences: ShapeSequences, index: int = 0) -> TensorBatch:
    return TensorBatch(*map(torch.from_numpy, sequences.batch(index)))


def classifier_of(sequences: ShapeSequences, **arguments: Any) -> ShapeClassifier:
    torch.manual_seed(0)
    classifier = ShapeClassifier(len(sequences.families), **{"hidden_size": 16, **arguments})
    classifier.fit_scale(sequences)
    return classifier


def gradients(classifier: ShapeClassifier, batch: TensorBatch) -> tuple[torch.Tensor, list[torch.Tensor]]:
    loss = classifier.training_step(batch, 0)
    return loss, list(torch.autograd.grad(loss, list(classifier.parameters())))


@pytest.mark.parametrize(
    ("families", "points"), [(3, 8), (3, (1, 8)), (2, 1)], ids=["three", "three-padded", "two-one-point"]
)
def test_uniform_answers_cost_the_log_of_the_number_of_families(families: int, points: int | tuple[int, int]) -> None:
    sequences = ShapeSequences(points=points) if families == 3 else ShapeSequences(families=(LINE, SQRT), points=points)
    classifier = classifier_of(sequences)
    torch.nn.init.zeros_(classifier.network.head.weight)
    torch.nn.init.zeros_(classifier.network.head.bias)
    loss = classifier.training_step(batch_of(sequences), 0)
    assert loss.item() == pytest.approx(math.log(families), rel=1e-6)


def test_the_loss_is_the_mean_over_the_real_points() -> None:
    sequences = ShapeSequences(points=(1, 8), batch_size=12)
    classifier, batch = classifier_of(sequences), batch_of(sequences)
    total, count = 0.0, 0
    for points, length, label in zip(batch.points, batch.lengths, batch.labels, strict=True):
        log_probabilities, _ = classifier(points[None, : int(length)])
        total -= log_probabilities[0, :, int(label)].sum().item()
        count += int(length)
    assert classifier.training_step(batch, 0).item() == pytest.approx(total / count, rel=1e-5)


@pytest.mark.parametrize("fill", [0.0, 1e6], ids=["zeros", "junk"])
def test_padding_changes_neither_loss_nor_gradient(fill: float) -> None:
    sequences = ShapeSequences(points=(2, 8), batch_size=12)
    classifier, batch = classifier_of(sequences), batch_of(sequences)
    loss, gradient = gradients(classifier, batch)
    padding = torch.full((12, 5, 2), fill, dtype=torch.float64)
    longer = batch._replace(points=torch.cat([batch.points, padding], dim=1))
    padded_loss, padded_gradient = gradients(classifier, longer)
    torch.testing.assert_close(padded_loss, loss)
    for one, other in zip(gradient, padded_gradient, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_one_batch_is_overfitted() -> None:
    sequences = ShapeSequences(parameters="fresh", noise=1.0, batch_size=16)
    classifier, batch = classifier_of(sequences, hidden_size=64, learning_rate=0.01), batch_of(sequences)
    optimizer = classifier.configure_optimizers()
    assert isinstance(optimizer, torch.optim.Adam)
    first = classifier.training_step(batch, 0).item()
    for _ in range(400):
        optimizer.zero_grad()
        loss = classifier.training_step(batch, 0)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if loss < 0.01:
            break
    assert first > 0.8
    assert loss.item() < 0.01


def test_gradient_descent_on_the_mean_at_0_008_equals_that_on_the_sum_at_0_001() -> None:
    sequences = ShapeSequences(points=8, batch_size=1)
    classifier = classifier_of(sequences, optimizer="sgd", learning_rate=0.008)
    by_hand = deepcopy(classifier.network)
    batch = batch_of(sequences)
    log_probabilities, _ = by_hand(batch.points)
    summed = nll_of_points(log_probabilities, batch.labels).sum()
    weights = dict(by_hand.named_parameters())
    changes = torch.autograd.grad(summed, list(weights.values()))
    expected = {name: weight - 0.001 * change for (name, weight), change in zip(weights.items(), changes, strict=True)}

    trainer = pl.Trainer(max_steps=1, limit_val_batches=0, **QUIET)
    trainer.fit(classifier, datamodule=ShapeDataModule(sequences, batches=1))
    assert trainer.global_step == 1
    for name, weight in classifier.network.named_parameters():
        torch.testing.assert_close(weight, expected[name], rtol=1e-6, atol=1e-7)


def test_fast_dev_run_trains_and_validates_one_batch() -> None:
    sequences = ShapeSequences(batch_size=16)
    classifier = classifier_of(sequences, test_points=8)
    before = deepcopy(classifier.network.state_dict())
    trainer = pl.Trainer(fast_dev_run=True, **QUIET)
    trainer.fit(classifier, datamodule=ShapeDataModule(sequences))
    assert trainer.global_step == 1
    assert not torch.equal(before["head.bias"], classifier.network.state_dict()["head.bias"])
    expected = {f"validation/{kind}_{points}" for kind in ("accuracy", "nll") for points in range(1, 9)}
    assert set(trainer.callback_metrics) == expected | {"train/loss", "validation/loss"}


def test_fitting_takes_the_scale_from_the_data() -> None:
    sequences = ShapeSequences(batch_size=16)
    torch.manual_seed(0)
    classifier = ShapeClassifier(3, hidden_size=4, test_points=8)
    pl.Trainer(fast_dev_run=True, **QUIET).fit(classifier, datamodule=ShapeDataModule(sequences))
    expected = classifier_of(sequences, hidden_size=4).network.state_dict()
    found = classifier.network.state_dict()
    for name in ("coordinates.centre", "coordinates.scale"):
        assert found[name].tolist() == expected[name].tolist()


class Counter(pl.Callback):
    def __init__(self) -> None:
        self.losses: list[float] = []
        self.validations = 0

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.losses.append(float(outputs["loss"]))

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.validations += 1


def test_a_csv_logger_and_a_user_defined_callback_work(tmp_path: Path) -> None:
    sequences = ShapeSequences(batch_size=8)
    counter = Counter()
    trainer = pl.Trainer(
        **(QUIET | {"logger": CSVLogger(tmp_path, name="", version="")}),
        max_epochs=2,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        callbacks=[counter],
    )
    data = ShapeDataModule(sequences, batches=3, validation_points=2)
    trainer.fit(classifier_of(sequences, test_points=2), datamodule=data)
    assert len(counter.losses) == 6
    assert counter.validations == 2
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    logged = [float(row["train/loss"]) for row in rows if row["train/loss"]]
    assert logged == pytest.approx([sum(counter.losses[:3]) / 3, sum(counter.losses[3:]) / 3], rel=1e-5)
    assert sum(bool(row["validation/accuracy_2"]) for row in rows) == 2


def test_validation_and_test_log_the_figures_of_all_batches() -> None:
    sequences = ShapeSequences(batch_size=8)
    classifier = classifier_of(sequences)
    data = ShapeDataModule(sequences, validation_points=4, validation_batches=3)
    trainer = pl.Trainer(**QUIET)
    (validated,) = trainer.validate(classifier, datamodule=data, verbose=False)
    (tested,) = trainer.test(classifier, dataloaders=data.val_dataloader(), verbose=False)
    right, nll = torch.zeros(4), torch.zeros(4)
    for index in range(3):
        batch = batch_of(plain_sequences(data.validation_sequences), index)
        log_probabilities, _ = classifier(batch.points)
        right += (log_probabilities.argmax(-1) == batch.labels[:, None]).sum(0) / 24
        nll += nll_of_points(log_probabilities, batch.labels).detach().sum(0) / 24
    for stage, logged in (("validation", validated), ("test", tested)):
        assert [logged[f"{stage}/accuracy_{n}"] for n in range(1, 5)] == pytest.approx(right.tolist())
        assert [logged[f"{stage}/nll_{n}"] for n in range(1, 5)] == pytest.approx(nll.tolist(), rel=1e-5)
        assert logged[f"{stage}/loss"] == pytest.approx(nll.mean().item(), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("sgd", torch.optim.SGD),
    ],
    ids=["adam", "adamw", "sgd"],
)
def test_the_optimizer_is_the_one_of_the_settings(name: OptimizerName, kind: type[torch.optim.Optimizer]) -> None:
    optimizer = ShapeClassifier(3, hidden_size=4, optimizer=name, learning_rate=0.125).configure_optimizers()
    assert type(optimizer) is kind
    assert optimizer.param_groups[0]["lr"] == 0.125


def test_the_cosine_schedule_falls_from_the_rate_to_zero() -> None:
    class Rates(pl.Callback):
        def __init__(self) -> None:
            self.rates: list[float] = []

        def on_train_batch_start(
            self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
        ) -> None:
            self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    sequences, rates = ShapeSequences(batch_size=2), Rates()
    classifier = classifier_of(sequences, schedule="cosine", learning_rate=0.5)
    trainer = pl.Trainer(max_steps=4, limit_val_batches=0, callbacks=[rates], **QUIET)
    trainer.fit(classifier, datamodule=ShapeDataModule(sequences, batches=2))
    assert rates.rates == pytest.approx([0.25 * (1 + math.cos(math.pi * step / 4)) for step in range(4)])
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-9)


def test_half_of_the_unsorted_sequences_are_sorted_for_the_final_answer_only() -> None:
    ascending, unsorted = [1.0, 2.0, 2.0, 5.0, 0.0], [3.0, 1.0, 3.0, 2.0, 0.0]  # the last point is padding
    x = torch.tensor([ascending, ascending, unsorted, unsorted])
    points = torch.stack([x, torch.arange(20.0).reshape(4, 5)], dim=-1)
    real = torch.tensor([[1.0, 1.0, 1.0, 1.0, 0.0]] * 4)
    found, of_stream, of_finished = sort_half(points, real)
    assert torch.equal(found[:3], points[:3])
    assert found[3].tolist() == [[1.0, 16.0], [2.0, 18.0], [3.0, 15.0], [3.0, 17.0], [0.0, 19.0]]
    assert of_stream.tolist() == [1.0, 1.0, 2.0, 0.0]
    assert of_finished.tolist() == [1.0, 1.0, 0.0, 1.0]
    # The average over many batches has orders as the data have them.
    assert of_stream.sum() == len(x)
