"""Training in several processes: only the first writes, and two processes learn what one does."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import torch.distributed as dist
from pytorch_lightning.utilities import rank_zero_only

from shapeclf.datasets import ShapeDataModule
from shapeclf.errors import InputError
from shapeclf.recognition.model_file import read_model_file
from shapeclf.training import settings_of
from shapeclf.training.classifier import ShapeClassifier
from shapeclf.training.processes import (
    Processes,
    connected,
    environments,
    is_first_process,
    loopback_store,
    reset_rank,
)
from shapeclf.training.run_folder import RunFolder

UPDATES, ROUND = 12, 4
SETTINGS: dict[str, Any] = {
    "seed": 3,
    "batch_size": 16,
    "hidden_size": 8,
    "optimizer": "sgd",  # Adam would amplify rounding errors of gradients near 0
    "learning_rate": 0.5,
    "max_updates": UPDATES,
    "round_updates": ROUND,
    "test_sequences": 1000,
    "target_accuracy": None,
}


def of_command_line(settings: dict[str, Any]) -> list[str]:
    given = {name: value for name, value in settings.items() if value is not None}
    return [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]


class Losses(pl.Callback):
    """Stores the mean loss of each round, over all batches that two processes would see."""

    def __init__(self) -> None:
        self.rounds: list[float] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, ShapeClassifier)
        self.rounds.append(float(pl_module._loss_total / pl_module._loss_count))


def in_one_process(folder: Path) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Return the losses and weights of one process that takes both batches of an update one after the other."""
    settings = settings_of("classic", **SETTINGS)
    losses = Losses()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        classifier = ShapeClassifier(3, hidden_size=8, optimizer="sgd", learning_rate=0.5)
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=UPDATES // ROUND,
            accumulate_grad_batches=2,
            default_root_dir=folder,
            logger=False,
            callbacks=[losses],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(
            classifier, datamodule=ShapeDataModule(settings.sequences(), batches=2 * ROUND, validation_points=4)
        )
    assert trainer.global_step == UPDATES
    return losses.rounds, classifier.state_dict()


Way = Callable[[list[str], dict[str, str]], list[subprocess.CompletedProcess[str]]]


def _finished(process: "subprocess.Popen[str]") -> subprocess.CompletedProcess[str]:
    out, errors = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def _begun(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def started_by_lightning(options: list[str], environment: dict[str, str]) -> list[subprocess.CompletedProcess[str]]:
    return [_finished(_begun([sys.executable, "-m", "shapeclf", "train", *options], environment))]


def started_by_torchrun(options: list[str], environment: dict[str, str]) -> list[subprocess.CompletedProcess[str]]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return [_finished(_begun([*command, "-m", "shapeclf", "train", *options], environment))]


def started_as_slurm_does(options: list[str], environment: dict[str, str]) -> list[subprocess.CompletedProcess[str]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    job = {
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NAME": "shapes",
        "SLURM_NTASKS": "2",
        "SLURM_NTASKS_PER_NODE": "2",
        "SLURM_NNODES": "1",
        "SLURM_NODEID": "0",
        "SLURM_NODELIST": "127.0.0.1",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    tasks = [
        _begun(
            [sys.executable, "-m", "shapeclf", "train", *options],
            environment | job | {"SLURM_PROCID": str(number), "SLURM_LOCALID": str(number)},
        )
        for number in range(2)
    ]
    return [_finished(task) for task in tasks]


@pytest.mark.parametrize(
    "way",
    [started_by_lightning, started_by_torchrun, started_as_slurm_does],
    ids=["Lightning", "torchrun", "SLURM"],
)
@pytest.mark.slow
def test_two_processes_learn_what_one_does_from_both_their_batches(way: Way, tmp_path: Path) -> None:
    options = ["--devices", "2", "--num-nodes", "1", "--strategy", "ddp", "--quiet", "--output", str(tmp_path / "runs")]
    done = way([*of_command_line(SETTINGS), *options], os.environ | {"OMP_NUM_THREADS": "1"})
    assert [(process.returncode, process.stderr) for process in done] == [(0, "")] * len(done)
    # Only the first process writes and prints: one folder, one line.
    run = tmp_path / "runs" / "version_0"
    assert "".join(process.stdout for process in done).splitlines() == [str(run)]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["version_0"]
    assert {path.name for path in run.iterdir()} == {
        "model.onnx", "last.ckpt", "config.json", "metrics.csv", "training.png",
    }  # fmt: skip
    assert read_model_file(run / "model.onnx").record["updates"] == UPDATES
    losses, expected = in_one_process(tmp_path)
    rows = [line.split(",") for line in RunFolder(run).metrics.read_text().splitlines()]
    column = rows[0].index("train_loss")
    assert [float(row[column]) for row in rows[1:]] == pytest.approx(losses, rel=1e-4)
    assert losses[-1] < losses[0]
    weights = torch.load(RunFolder(run).checkpoint, weights_only=True)["state_dict"]
    for name, tensor in expected.items():
        torch.testing.assert_close(weights[name], tensor, rtol=1e-3, atol=1e-4)


def test_the_arguments_are_passed_to_lightning_unchanged() -> None:
    assert Processes("0,1", 3, "ddp").arguments("gpu") == {
        "accelerator": "gpu",
        "devices": "0,1",
        "num_nodes": 3,
        "strategy": "ddp",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "ddp_spawn"}, r"^strategy must start every process with the command itself, as ddp does, got "),
        ({"strategy": "ddp_fork"}, r"got 'ddp_fork'$"),
        ({"num_nodes": 0}, r"^num_nodes must be from 1 up, got 0$"),
    ],
    ids=["spawn", "fork", "no machine"],
)
def test_unsupported_strategies_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Processes(**arguments)


def test_the_first_process_is_that_of_rank_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_first_process()
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    assert not is_first_process()


def test_one_process_is_the_first_whatever_the_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    reset_rank(Processes(2, strategy="ddp"))
    assert not is_first_process()
    reset_rank(Processes("1"))
    assert is_first_process()


def test_slurm_does_not_requeue_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_NTASKS", raising=False)
    assert environments() == []
    monkeypatch.setenv("SLURM_NTASKS", "2")
    monkeypatch.setenv("SLURM_NTASKS_PER_NODE", "2")
    monkeypatch.setenv("SLURM_JOB_NAME", "shapes")
    (found,) = environments()
    assert not found.auto_requeue


def test_the_store_of_processes_on_one_machine_listens_on_loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "mine")
    before = dict(os.environ)
    with loopback_store():
        port = int(os.environ["MASTER_PORT"])
        client = dist.TCPStore("127.0.0.1", port, is_master=False)  # type: ignore[attr-defined]
        client.set("key", "value")
        assert client.get("key") == b"value"
        lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()]
        assert [line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")] == [
            f"0100007F:{port:04X}"
        ]
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("processes", "error", "expected"),
    [
        (
            2,
            RuntimeError("[gloo/tcp/pair.cc:537] Read error: Connection reset by peer"),
            ConnectionResetError,
        ),
        (2, dist.DistNetworkError("Connection closed"), ConnectionResetError),
        (1, RuntimeError("DataLoader worker (pid 12) is killed by signal: Terminated. "), ConnectionResetError),
        (2, RuntimeError("mat1 and mat2 shapes cannot be multiplied"), RuntimeError),
        (1, RuntimeError("gloo"), RuntimeError),
    ],
    ids=["gloo", "torch", "worker", "another error", "one process"],
)
def test_a_lost_process_is_one_line(processes: int, error: Exception, expected: type[Exception]) -> None:
    trainer: Any = SimpleNamespace(world_size=processes, num_nodes=1, strategy=None)
    with pytest.raises(expected) as caught, connected(trainer):
        raise error
    if expected is ConnectionResetError:
        assert str(caught.value).endswith("--resume continues from the last round")
    else:
        assert caught.value is error


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_others_without_a_traceback(tmp_path: Path) -> None:
    settings = SETTINGS | {"max_updates": 1_000_000}
    options = [*of_command_line(settings), "--devices", "2", "--strategy", "ddp", "--output", str(tmp_path)]
    process = _begun([sys.executable, "-m", "shapeclf", "train", *options], os.environ | {"OMP_NUM_THREADS": "1"})
    assert process.stderr is not None
    while not process.stderr.readline().startswith("update "):
        assert process.poll() is None
    (other,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(other), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (1, -signal.SIGKILL)  # Lightning kills it after 5 seconds
    assert "Traceback" not in errors
    if process.returncode == 1:
        assert errors.splitlines()[-1].startswith("Error: another process of the training ended")
