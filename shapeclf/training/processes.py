"""Training in several processes, on one machine or many: what Lightning is told, and which process this is."""

from dataclasses import dataclass
from typing import Any, final

from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from pytorch_lightning.utilities import rank_zero_only

from shapeclf.errors import InputError

__all__ = ["Processes", "environments", "is_first_process"]

_COPYING = ("spawn", "fork", "notebook")  # ways to start processes that hand over no more than the weights at the end


@final
@dataclass(frozen=True)
class Processes:
    """How many processes train, where, and how they keep in step; each is handed to Lightning's Trainer as it is.

    What torchrun and SLURM say in their environments, Lightning finds by itself.

    Args:
        devices: how many of a machine, or which: ``2``, ``"0,1"``, ``"auto"``.
        num_nodes: how many machines.
        strategy: ``"auto"``, ``"ddp"``, ...

    Raises:
        InputError: the strategy starts its processes in a way that this training cannot go along with.
    """

    devices: int | str = 1
    num_nodes: int = 1
    strategy: str = "auto"

    def __post_init__(self) -> None:
        if self.strategy.rpartition("_")[2] in _COPYING:
            raise InputError(
                f"strategy must start every process with the command itself, as ddp does, got {self.strategy!r}"
            )
        if self.num_nodes < 1:
            raise InputError(f"num_nodes must be from 1 up, got {self.num_nodes!r}")

    def arguments(self, accelerator: str) -> dict[str, Any]:
        """What a Trainer is made with."""
        return {
            "accelerator": accelerator,
            "devices": self.devices,
            "num_nodes": self.num_nodes,
            "strategy": self.strategy,
        }


def environments() -> list[SLURMEnvironment]:
    """Plugins for a Trainer that was started by SLURM; none elsewhere.

    Lightning would answer a signal with a checkpoint of its own and put the job into the queue once more, as a new run.
    """
    return [SLURMEnvironment(auto_requeue=False)] if SLURMEnvironment.detect() else []


def is_first_process() -> bool:
    """Whether this is the process that writes and prints: of one it is the one, of several that of rank 0.

    Lightning, torchrun and SLURM tell the others so in their environment, before they begin.
    """
    rank: int | None = getattr(rank_zero_only, "rank", None)
    return not rank
