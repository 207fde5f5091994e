"""What several tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples at every run, however slow the machine; a fixture's folder may serve several examples.
settings.register_profile(
    "shapeclf",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("shapeclf")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of an untrained network: three families, hidden size 16, the record of ``classic``."""
    import torch  # here, because only some tests need it and it takes seconds

    from shapeclf.training import settings_of
    from shapeclf.training.export import export
    from shapeclf.training.network import ShapeNetwork

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ShapeNetwork(families=3, hidden_size=16).eval()
    classic = settings_of("classic")
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    names = [family.name for family in classic.families]
    path.write_bytes(export(network, names, {"settings": classic.record()}))
    return path
