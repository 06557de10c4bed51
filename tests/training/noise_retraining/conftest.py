"""The training room needs torch; a plain install tests without it."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small matrices are slower on several threads than on one."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """A bundle to train on from."""
    from tests.once import made_once
    from tests.training.noise_retraining.world import write_bundle

    return made_once(tmp_path_factory, "noise-start", write_bundle)
