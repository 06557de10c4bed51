"""A shipped model: one folder with the ONNX file, its card and its evaluation.

    models/<task>/model.onnx        one graph; label names, thresholds, calibration, version and
                                    training commit are inside its metadata under "tingzhen"
                  card.md           sources, licences, what it is for and where it fails
                  evaluation.json   the grouped cross-validation that the card quotes
                  config.json       the settings of the training run

The ONNX file alone is enough to run: nothing that changes a result lives beside it.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import onnxruntime as ort

from tingzhen.errors import BundleError
from tingzhen.language import Text

MODELS_DIR = Path(__file__).parent / "models"
METADATA_KEY = "tingzhen"
CPU: Final = "CPUExecutionProvider"
_CUDA: Final = "CUDAExecutionProvider"

ProviderChoice = Literal["auto", "cpu", "cuda"]
PROVIDERS: Mapping[ProviderChoice, tuple[str, ...] | None] = {
    "auto": None, "cpu": (CPU,), "cuda": (_CUDA, CPU),
}  # fmt: skip
"""What open_bundle takes as providers for each choice that people have."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model spoke: stands in every report."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """An opened model. metadata: the JSON object stored in the ONNX file by training."""

    info: ModelInfo
    session: Any
    metadata: dict[str, Any]

    @property
    def provider(self) -> str:
        """The ONNX Runtime execution provider that runs the graph, as ONNX Runtime names it."""
        return str(self.session.get_providers()[0])


def default_threads(task: str) -> int:
    """Threads of one run without a setting: the decoder and other clips want the other cores.

    Pictures are scored in runs side by side (DamageRecogniser), which takes a quarter less of CPU
    time than threads within a run; a clip's sound is one run.
    """
    return 1 if task == "damage" else min(2, os.cpu_count() or 1)


def open_bundle(
    folder: Path, task: str, *, providers: Sequence[str] | None = None, threads: int | None = None
) -> Bundle:
    """Open the bundle in `folder`, which must hold a model for `task` ("noise" or "damage").

    providers: ONNX Runtime execution providers, of which the first must be usable and the others
    take what it cannot do; without them CUDA where it is usable, else the CPU.
    threads: of one run; default_threads(task) without. Another number of threads changes the last
    digits of a noise score (sums are cut elsewhere).

    Raises BundleError when a file is missing, is no ONNX graph, is a model for something else, or
    cannot be run as `providers` says.
    """
    path = folder / "model.onnx"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(
            Text(f"模型包不可用：{path} 无法读取。请检查路径。",
                 f"The model bundle cannot be used: {path} cannot be read. Check the path.")
        ) from error  # fmt: skip
    return open_model(content, task, str(path), providers=providers, threads=threads)


def open_model(
    content: bytes,
    task: str,
    path: str,
    *,
    providers: Sequence[str] | None = None,
    threads: int | None = None,
) -> Bundle:
    """Open the ONNX file of a bundle from memory; `path` names it in errors. See open_bundle."""
    options = ort.SessionOptions()
    # Spinning threads burn CPU between frames; a service shares its cores with the decoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads or default_threads(task)
    # Nodes of the graphs follow one another: threads beside the run's own would idle.
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.inter_op_num_threads = 1
    # Sound differs in length, and an arena would keep the largest buffers for good; pictures are
    # all of one size, and without an arena they take half as long again.
    options.enable_cpu_mem_arena = task != "noise"
    options.log_severity_level = 3
    wanted = providers or (_CUDA, CPU)
    usable = [name for name in wanted if name in ort.get_available_providers()]
    try:
        session = ort.InferenceSession(content, options, providers=usable or [CPU])
        metadata = json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])
        found_task = metadata["task"]
        name, version = str(metadata["name"]), str(metadata["version"])
    except Exception as error:
        raise BundleError(
            Text(f"模型包不可用：{path} 不是听诊的 ONNX 模型。",
                 f"The model bundle cannot be used: {path} is not a Tingzhen ONNX model.")
        ) from error  # fmt: skip
    if found_task != task:
        raise BundleError(
            Text(f"模型包不可用：{path} 是 {found_task} 模型，需要 {task} 模型。",
                 f"The model bundle cannot be used: {path} is for {found_task}, not for {task}.")
        )  # fmt: skip
    if providers and session.get_providers()[0] != providers[0]:
        raise BundleError(
            Text(f"{providers[0]} 不可用。请安装 tingzhen[gpu] 和显卡驱动，"
                 "或将 TINGZHEN_INFERENCE_PROVIDER 改为 auto。",
                 f"{providers[0]} cannot be used. Install tingzhen[gpu] and the driver of the "
                 "GPU, or set TINGZHEN_INFERENCE_PROVIDER to auto.")
        )  # fmt: skip
    info = ModelInfo(name, version, hashlib.sha256(content).hexdigest())
    return Bundle(info, session, metadata)
