"""One core for each test: small convolutions on two threads wait more than they work."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision")
pytest.importorskip("sklearn")
pytest.importorskip("onnxscript")


@pytest.fixture(autouse=True)
def one_thread():
    import cv2
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield
    torch.set_num_threads(before)
