"""The locks give the versions that were tested together, and the hash of each file."""

import re
from pathlib import Path

import pytest

from tools.locks import CONSTRAINTS, CUDA, LOCK, names_and_versions

_PINNED = re.compile(r"[\w.-]+==[\w.]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")


def test_the_lock_has_the_versions_of_the_constraints() -> None:
    assert names_and_versions(LOCK) == names_and_versions(CONSTRAINTS)


def test_the_dependencies_of_torch_for_cuda_have_a_separate_lock() -> None:
    assert not names_and_versions(CUDA).keys() & names_and_versions(LOCK).keys()
    assert {name.partition("-")[0] for name in names_and_versions(CUDA)} == {"cuda", "nvidia", "triton"}


@pytest.mark.parametrize("lock", [LOCK, CUDA], ids=lambda lock: lock.stem)
def test_each_package_has_one_version_and_its_hashes(lock: Path) -> None:
    head, _, text = lock.read_text(encoding="utf-8").partition("\n")
    assert head.startswith("# ")
    assert _PINNED.sub("", text).strip() == ""
    assert len(_PINNED.findall(text)) == len(names_and_versions(lock))


def test_constraints_stay_plain() -> None:
    assert "--hash" not in CONSTRAINTS.read_text(encoding="utf-8")
