"""The device that a network learns on, and how the cores are shared beside it.

A GPU changes how long a fit takes and nothing else: its pictures, order and settings are the same,
so a run that was begun on one machine may be finished on another. Sums are rounded differently, so
weights are equal bit for bit only between runs on the same kind of device.
"""

import os
from dataclasses import dataclass
from typing import Literal, get_args

from tingzhen.errors import TrainingError
from tingzhen.language import Text

DeviceName = Literal["cpu", "cuda"]
DEVICES: tuple[DeviceName, ...] = get_args(DeviceName)


@dataclass(frozen=True, slots=True)
class Hands:
    """What learns. networks: side by side, each in its own process. workers: processes for each
    network that make its batches ahead; 0: it makes them itself."""

    device: DeviceName = "cpu"
    networks: int = 1
    workers: int = 0


ONE_CORE = Hands()


def hands_for(device: str | None, threads: int | None, parts: int, *, gpu: bool) -> Hands:
    """How `parts` networks are learned. device: None for a GPU where there is one. threads: cores
    to use, None for one on a CPU and for all beside a GPU. gpu: whether there is one.

    On a CPU each network learns on a core of its own. A GPU learns all of them at once and waits
    for pictures, so the cores make these. Raises TrainingError when the device is not to be had.
    """
    wanted = device or ("cuda" if gpu else "cpu")
    chosen = next((name for name in DEVICES if name == wanted), None)
    if chosen is None or (chosen == "cuda" and not gpu):
        raise TrainingError(
            Text(f"设备 {device} 不可用。请用 cpu，或在装有 CUDA 显卡的机器上用 cuda。",
                 f"There is no device {device} here. Use cpu, or cuda on a machine with such a "
                 "GPU.")
        )  # fmt: skip
    if chosen == "cpu":
        return Hands("cpu", threads or 1, 0)
    cores = threads or os.cpu_count() or 1
    return Hands("cuda", max(1, parts), max(1, cores // max(1, parts)))
