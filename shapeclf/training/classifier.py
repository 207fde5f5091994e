"""The LightningModule of the classifier, whose loss is the NLL after every point."""

import math
from dataclasses import replace
from typing import final

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MetricCollection

from shapeclf.datasets.experiments import AnySequences
from shapeclf.datasets.loading import ShapeDataModule, TensorBatch
from shapeclf.training.coordinates import Coordinates
from shapeclf.training.metrics import AccuracyByPoints, MeanNLLByPoints, nll_of_points, real_points
from shapeclf.training.network import ShapeNetwork, State, coordinates_of
from shapeclf.training.recipes import CoordinatesName, OptimizerName, ScheduleName

__all__ = ["ShapeClassifier", "sort_half", "with_coordinates"]

_OPTIMIZERS: dict[OptimizerName, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}
_SCALE_SEQUENCES = 1024  # largest number of sequences that the scale is fitted to
_SCALE_POINTS = 32_768  # largest total number of their points
# Point n has the weight 1 / (n + this). So the points from n to 2n together weigh about the same for every large n.
_EARLY_POINTS = 4
_WEIGHT_SUM = 2.5  # approximate sum of the weights of 50 points
_WARM_UP = 0.03  # share of all updates during which the learning rate rises


def sort_half(points: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sort by x about half of the sequences whose x do not ascend, so that one pass trains both kinds of answers.

    A stream may come in any order, but a finished set is sorted before it is answered. Sequences whose x ascend train
    both answers. Of the others, those at odd indices of the batch are sorted and train the final answer only. The rest
    train the answer of a stream only, with twice the weight. Each kind of answer is thus trained on the orders of x
    that it meets in use, and each order has the same share as in the data. Points with equal x keep their order, which
    is random.

    Args:
        points: Shape (batch, points, columns).
        real: Mask: 1 for points of a sequence, 0 for padding, shape (batch, points).

    Returns:
        The points, and the weight of each sequence for the answer of a stream and for the final answer, both (batch,).
    """
    x = points[..., 0].masked_fill(real == 0, torch.inf)  # padding stays at the end
    unsorted = (x[:, 1:] < x[:, :-1]).any(dim=1)
    chosen = unsorted & (torch.arange(len(x), device=x.device) % 2 == 1)
    order = torch.sort(x, dim=1, stable=True).indices[..., None]
    points = torch.where(chosen[:, None, None], torch.take_along_dim(points, order, dim=1), points)
    return points, 1.0 + unsorted.float() - 2.0 * chosen.float(), (~unsorted | chosen).float()


def with_coordinates(batch: TensorBatch, coordinates: Coordinates, final_answers: bool) -> TensorBatch:
    """Add the coordinates to a training batch.

    Args:
        batch: The batch; its points are not changed.
        coordinates: The coordinates.
        final_answers: Whether the network has final answers, which are trained on the order of `sort_half`.
    """
    points = batch.points
    if final_answers:
        points = sort_half(points, real_points(batch.lengths, points.shape[1]))[0]
    return batch._replace(coordinates=coordinates_of(coordinates, points)[0])


@final
class ShapeClassifier(pl.LightningModule):
    """A classifier of sequences by family, which answers after every point.

    With a `ShapeDataModule`, the scale of the inputs is fitted to its training sequences; otherwise call `fit_scale`
    first. It logs ``train/loss``, ``validation/loss``, and ``validation/accuracy_n`` and
    ``validation/nll_n`` after each number of points n (likewise ``test/...``).

    Args:
        families: Number of classes: the families, and ``none`` if the data set has it.
        coordinates: Input coordinates: ``"scaled"``, ``"running"`` or ``"weighted"``.
        hidden_size: Width of the LSTM.
        embedding: Width of a layer before the LSTM; 0 for none.
        head: Width of a layer after the LSTM; 0 for none.
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"``.
        learning_rate: Learning rate.
        schedule: Schedule of the learning rate: ``"constant"``, or ``"cosine"``, which rises in the first 3 % of the
            trainer's steps and then falls to zero at the last step.
        final_answers: Whether the network also gives an answer for a sequence that ends at the point; see
            `ShapeNetwork`.
        test_points: Number of points of a validation or test sequence.

    Example:
        >>> from shapeclf.datasets import ShapeDataModule, ShapeSequences
        >>> trainer = pl.Trainer(fast_dev_run=True, logger=False, enable_progress_bar=False, enable_model_summary=False)
        >>> trainer.fit(ShapeClassifier(3, test_points=8), datamodule=ShapeDataModule(ShapeSequences()))
    """

    def __init__(
        self,
        families: int,
        *,
        coordinates: CoordinatesName = "scaled",
        hidden_size: int = 100,
        embedding: int = 0,
        head: int = 0,
        optimizer: OptimizerName = "adam",
        learning_rate: float = 0.02,
        schedule: ScheduleName = "constant",
        final_answers: bool = False,
        test_points: int = 4,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = ShapeNetwork(families, coordinates, hidden_size, embedding, head, final_answers)
        self.optimizer_name = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        metrics = MetricCollection(
            {"accuracy": AccuracyByPoints(test_points), "nll": MeanNLLByPoints(test_points)},
            compute_groups=False,  # otherwise metrics with equal values on the first batch would be merged
        )
        self.validation_metrics = metrics.clone(prefix="validation/")
        self.test_metrics = metrics.clone(prefix="test/")
        self._loss_total = torch.zeros(())
        self._loss_count = 0

    def fit_scale(self, sequences: AnySequences) -> None:
        """Fit the scale of the inputs to a sample of the training sequences."""
        points = sequences.points_range[1]
        sample = replace(sequences, points=points, batch_size=max(1, min(_SCALE_SEQUENCES, _SCALE_POINTS // points)))
        self.network.fit(sample.batch(0).points)

    def setup(self, stage: str) -> None:
        """Fit the scale before Lightning restores the weights of a checkpoint."""
        data = self.trainer.datamodule  # type: ignore[attr-defined]  # Lightning adds it at run time
        if stage == "fit" and isinstance(data, ShapeDataModule):
            self.fit_scale(data.sequences)

    def forward(self, points: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return log-probabilities (batch, points, families) after every point, and the state; see `ShapeNetwork`."""
        log_probabilities, state = self.network(points, state)
        return log_probabilities, state

    def training_step(self, batch: TensorBatch, batch_index: int) -> Tensor:
        real = real_points(batch.lengths, batch.points.shape[1])  # (batch, points)
        if batch.coordinates is None:
            batch = with_coordinates(batch, self.network.coordinates, self.network.final_head is not None)
        assert batch.coordinates is not None
        so_far, final, _ = self.network.answers_from(batch.coordinates)
        if final is None:
            loss = (nll_of_points(so_far, batch.labels) * real).sum() / real.sum()
        else:
            loss = self._loss_of_both_answers(so_far, final, batch, real)
        # Calling log() at every step takes a tenth of the time of a small step, so only the mean of a round is logged.
        self._loss_total = self._loss_total + loss.detach()
        self._loss_count += 1
        return loss

    def _loss_of_both_answers(self, so_far: Tensor, final: Tensor, batch: TensorBatch, real: Tensor) -> Tensor:
        _, of_stream, of_finished = sort_half(batch.points, real)
        # A point's weight depends only on its index, since a stream's answers must not depend on its later length.
        number = torch.arange(1, real.shape[1] + 1, device=real.device)
        nll = nll_of_points(so_far, batch.labels) * of_stream[:, None]  # (batch, points)
        stream_loss = (nll * real / (number + _EARLY_POINTS)).sum() / len(nll) / _WEIGHT_SUM
        last = nll_of_points(final, batch.labels).gather(1, batch.lengths[:, None] - 1)[:, 0]
        return 0.5 * (stream_loss + (last * of_finished).sum() / of_finished.sum())

    def on_train_epoch_start(self) -> None:
        self._loss_total = torch.zeros((), device=self.device)
        self._loss_count = 0

    def on_train_epoch_end(self) -> None:
        self.log("train/loss", self._loss_total / max(self._loss_count, 1), sync_dist=True)

    def _held_out_step(self, metrics: MetricCollection, batch: TensorBatch) -> None:
        metrics.update(self.network(batch.points)[0], batch.labels, batch.lengths)

    def _log_held_out(self, metrics: MetricCollection) -> None:
        nll = metrics["nll"]
        assert isinstance(nll, MeanNLLByPoints)
        self.log(f"{metrics.prefix}loss", nll.over_all_points().float(), sync_dist=True)
        for name, values in metrics.compute().items():
            # torchmetrics makes a scalar of a single value.
            by_points = {f"{name}_{points}": value.float() for points, value in enumerate(values.reshape(-1), start=1)}
            self.log_dict(by_points, sync_dist=True)
        metrics.reset()

    def validation_step(self, batch: TensorBatch, batch_index: int) -> None:
        self._held_out_step(self.validation_metrics, batch)

    def on_validation_epoch_end(self) -> None:
        self._log_held_out(self.validation_metrics)

    def test_step(self, batch: TensorBatch, batch_index: int) -> None:
        self._held_out_step(self.test_metrics, batch)

    def on_test_epoch_end(self) -> None:
        self._log_held_out(self.test_metrics)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        # foreach updates all weights with one call of each operation. The results are the same, in 3/4 of the time.
        optimizer = _OPTIMIZERS[self.optimizer_name](self.parameters(), lr=self.learning_rate, foreach=True)  # type: ignore[call-arg]
        if self.schedule == "constant":
            return optimizer
        total = self.trainer.estimated_stepping_batches

        def share(update: int) -> float:
            done = min(update / total, 1.0)
            return min(1.0, (done + 1.0 / total) / _WARM_UP) * 0.5 * (1.0 + math.cos(math.pi * done))

        schedule = LambdaLR(optimizer, share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
