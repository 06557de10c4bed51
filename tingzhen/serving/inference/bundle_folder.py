"""What is read of a bundle's folder before it is kept."""

import re
from pathlib import Path
from typing import Final

from tingzhen.bundle import open_bundle
from tingzhen.errors import BundleError
from tingzhen.language import Text
from tingzhen.serving.inference.loading import TASKS
from tingzhen.serving.records import RecogniserTask

NETWORK: Final = "model.onnx"
PAPERS: Final = ("card.md", "evaluation.json", "config.json")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,63}")


def task_of(folder: Path) -> RecogniserTask:
    """What the bundle is for. Raises BundleError when it is no bundle."""
    try:
        open_bundle(folder, "noise", providers=["CPUExecutionProvider"])
    except BundleError:
        open_bundle(folder, "damage", providers=["CPUExecutionProvider"])
        return TASKS[1]
    return TASKS[0]


def network_of(folder: Path) -> bytes:
    """Content of the ONNX file. Raises BundleError."""
    path = folder / NETWORK
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(
            Text(f"模型包不可用：{path} 无法读取。请检查路径。",
                 f"The model bundle cannot be used: {path} cannot be read. Check the path.")
        ) from error  # fmt: skip


def version_name(version: str) -> str:
    """The version as it is. Raises BundleError for one that could not stand in an address."""
    if not _VERSION.fullmatch(version):
        raise BundleError(
            Text(f"模型包不可用：版本号 {version!r} 只能含字母、数字和 . _ + -，最长 64 个字符。",
                 f"The model bundle cannot be used: its version {version!r} may hold letters, "
                 "digits and . _ + - alone, at most 64 of them.")
        )  # fmt: skip
    return version
