"""Other versions of the shipped bundles, made by changing a few bytes of their ONNX files."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tingzhen.bundle import MODELS_DIR

SHIPPED = {"noise": "3", "damage": "2"}


def variant(
    folder: Path, task: str, version: str, changes: Mapping[str, str] | None = None
) -> Path:
    """A bundle in `folder` whose metadata has that version, of one character, and these texts in
    place of others of the same length."""
    shutil.copytree(MODELS_DIR / task, folder)
    content = (folder / "model.onnx").read_bytes()
    named = {f'"version": "{SHIPPED[task]}"': f'"version": "{version}"'}
    for old, new in (named | dict(changes or {})).items():
        assert len(old) == len(new)
        assert old.encode() in content
        content = content.replace(old.encode(), new.encode())
    (folder / "model.onnx").write_bytes(content)
    return folder


def with_broken_weights(folder: Path) -> Path:
    """The bundle, with numbers in the middle of its weights that are none (NaN)."""
    content = bytearray((folder / "model.onnx").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = b"\xff" * 4096
    (folder / "model.onnx").write_bytes(content)
    return folder
