"""The three small networks that find voices, plates and faces, each with its licence."""

from functools import cache
from pathlib import Path
from typing import Literal

from onnxruntime import InferenceSession, SessionOptions

Network = Literal["speech", "plates", "faces"]

_FOLDER = Path(__file__).parent / "networks"


@cache
def network(name: Network) -> InferenceSession:
    """Loaded once, one thread, CPU; safe to run from several threads."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The memory of the largest picture would be held for good.
    options.enable_cpu_mem_arena = False
    return InferenceSession(_FOLDER / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
