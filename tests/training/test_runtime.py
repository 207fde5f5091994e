import logging

import pytest
import pytorch_lightning.accelerators.cuda  # noqa: F401 - its logger is made when it is imported

from shapeclf.training.runtime import quiet_lightning


@pytest.mark.parametrize(
    "name",
    ["pytorch_lightning.accelerators.cuda", "pytorch_lightning.utilities.rank_zero", "lightning_fabric.utilities"],
)
def test_lightning_reports_nothing_but_warnings(name: str) -> None:
    logger = logging.getLogger(name)
    before = logger.isEnabledFor(logging.INFO)
    with quiet_lightning():
        assert not logger.isEnabledFor(logging.INFO)
        assert logger.isEnabledFor(logging.WARNING)
    assert logger.isEnabledFor(logging.INFO) == before
