"""Training in several processes, on one machine or several."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, final

import pytorch_lightning as pl
import torch.distributed as dist
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from pytorch_lightning.strategies import ParallelStrategy
from pytorch_lightning.utilities import rank_zero_only

from shapeclf.errors import InputError

__all__ = ["Processes", "connected", "environments", "is_first_process", "loopback_store", "reset_rank"]

_COPYING = ("spawn", "fork", "notebook")  # strategies whose processes return only the weights


@final
@dataclass(frozen=True)
class Processes:
    """The number of processes and the strategy that synchronises them, as arguments of Lightning's Trainer.

    Lightning reads the environment variables of torchrun and SLURM itself.

    Args:
        devices: Number of devices of a machine, or their indices: ``2``, ``"0,1"``, ``"auto"``.
        num_nodes: Number of machines.
        strategy: Lightning's name of the strategy: ``"auto"``, ``"ddp"``, ...

    Raises:
        InputError: The strategy starts its processes in another way than this training supports, or ``num_nodes`` is
            below 1.
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
        """Return the arguments of a Trainer."""
        return {"accelerator": accelerator, **asdict(self)}


def environments() -> list[SLURMEnvironment]:
    """Return the plug-ins of a Trainer that SLURM has started; none elsewhere.

    By default Lightning answers a signal with a checkpoint of its own and requeues the job, which would be a new run.
    """
    return [SLURMEnvironment(auto_requeue=False)] if SLURMEnvironment.detect() else []


def reset_rank(processes: Processes) -> None:
    """Give this process rank 0 if it is the only one, in case the environment holds the rank of an earlier program."""
    if str(processes.devices) == "1" and processes.num_nodes == 1:
        rank_zero_only.rank = 0  # type: ignore[attr-defined]  # Lightning adds it at run time


def is_first_process() -> bool:
    """Return whether this process writes and prints: it is the only one, or has rank 0.

    Lightning, torchrun and SLURM set the rank in the environment of each process.
    """
    rank: int | None = getattr(rank_zero_only, "rank", None)
    return not rank


@contextmanager
def connected(trainer: pl.Trainer) -> Iterator[None]:
    """Connect the processes of a training while the block runs.

    Processes that Lightning starts on one machine connect only through the loopback interface. Others connect as
    torchrun, SLURM or the user configures.

    Raises:
        ConnectionResetError: Another process of the training, or a worker, ended.
        InputError: The block, or a worker, raised one; the text has no traceback.
    """
    with loopback_store() if _starts_all_locally(trainer) else nullcontext():
        try:
            yield
        except RuntimeError as error:
            of_group = isinstance(error, dist.DistError) or "gloo" in str(error)
            if "DataLoader worker (pid" in str(error) or (trainer.world_size > 1 and of_group):
                text = "another process of the training ended; --resume continues from the last round"
                raise ConnectionResetError(errno.ECONNRESET, text) from None
            raise
        except InputError as error:  # torch writes a worker's traceback before its text
            raise InputError(str(error).rpartition("InputError: ")[2].strip()) from error


def _starts_all_locally(trainer: pl.Trainer) -> bool:
    strategy = trainer.strategy
    environment = strategy.cluster_environment if isinstance(strategy, ParallelStrategy) else None
    return (
        sys.platform != "win32"
        and trainer.world_size > 1
        and trainer.num_nodes == 1
        and isinstance(environment, LightningEnvironment)
        and not environment.creates_processes_externally
    )


@contextmanager
def loopback_store() -> Iterator[None]:
    """Open the key-value store of a process group on the loopback interface while the block runs.

    By default torch's store listens on all interfaces. This store listens on a socket of the loopback interface, and
    torchrun's environment variables make all processes connect to it instead of opening another one.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    store = dist.TCPStore(  # type: ignore[attr-defined]
        "127.0.0.1", port, is_master=True, wait_for_workers=False, master_listen_fd=listener.detach()
    )
    name = "lo" if sys.platform == "linux" else "lo0"
    variables = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "GLOO_SOCKET_IFNAME": name,
        "NCCL_SOCKET_IFNAME": name,
    }
    before = {variable: os.environ[variable] for variable in variables if variable in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for variable in variables:
            os.environ.pop(variable, None)
        os.environ.update(before)
        del store  # it listens until it is deleted
