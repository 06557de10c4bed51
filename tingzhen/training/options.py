"""What an engineer can choose for a training run on the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """weights: the backbone's own weights, where the task needs a file; epochs: None for the
    task's default; resume: go on from the last checkpoint in the output folder; folds: of the
    grouped cross-validation; version: written into the bundle; threads: CPU threads, None for all;
    start: folder of the bundle to train on from, None for from the beginning; backbone: lite0,
    lite1 or lite2, None for the task's default; side_px: of the square that the network sees, None
    for the task's default; apart: sources of which one more network learns nothing, to be scored
    on them; device: cpu or cuda, None for a GPU where there is one; only_fit: learn the
    networks and stop before they are scored.
    """

    seed: int = 0
    weights: Path | None = None
    epochs: int | None = None
    resume: bool = True
    folds: int = 5
    version: str = "1"
    threads: int | None = None
    start: Path | None = None
    backbone: str | None = None
    side_px: int | None = None
    apart: tuple[str, ...] = ()
    device: str | None = None
    only_fit: bool = False
