"""Needs the training stack."""

import pytest

for name in ("torch", "torchvision", "sklearn", "onnxscript"):
    pytest.importorskip(name)
