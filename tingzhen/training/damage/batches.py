"""Batches of augmented pictures: each a function of the run's seed and its step alone.

So a run that was cut off sees what it would have seen, and batches can be made ahead by other
processes without a change in the result.
"""

import multiprocessing
import pickle
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.augmentation import Seen, see, spoiling
from tingzhen.training.damage.backbone import MIDDLE_STRIDE

_AHEAD = 2  # batches in the making for each worker
_NO_SQUARES = np.zeros((0, 0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """pictures: uint8 (n, 3, side, side), channels last in memory. targets: float32 (n, types), NaN
    for not said. places: uint8 (n, types, side/16, side/16). seen: where these come from."""

    pictures: torch.Tensor
    targets: torch.Tensor
    places: torch.Tensor
    seen: list[Seen]

    def to(self, device: str) -> "Batch":
        return Batch(
            self.pictures.to(device), self.targets.to(device), self.places.to(device), self.seen
        )


@dataclass(frozen=True, slots=True, eq=False)
class BatchMaker:
    """squares: uint8 (pictures, s, s, 3), or the memory map of them. chosen: int64 (k,), rows to
    draw from. weights: float64 (k,), sum 1, how often each is drawn."""

    pictures: Sequence[DamagePicture]
    squares: NDArray[np.uint8]
    chosen: NDArray[np.int64]
    weights: NDArray[np.float64]
    size: int
    side_px: int
    seed: int

    def make(self, step: int) -> Batch:
        """The batch of a step."""
        random = np.random.default_rng([self.seed, step])
        # Without repeats a batch of rare pictures is not one picture many times.
        enough = np.count_nonzero(self.weights) >= self.size
        rows = random.choice(self.chosen, self.size, replace=not enough, p=self.weights)
        seeds = random.integers(0, 2**62, self.size).tolist()
        cells = self.side_px // MIDDLE_STRIDE
        spoil = spoiling()
        seen = [
            see(self.pictures[row], self.squares[row], self.side_px, cells, seed, spoil=spoil)
            for row, seed in zip(rows.tolist(), seeds, strict=True)
        ]
        return Batch(
            torch.from_numpy(np.stack([one.rgb for one in seen])).permute(0, 3, 1, 2),
            torch.from_numpy(np.stack([one.targets for one in seen])),
            torch.from_numpy(np.stack([one.places for one in seen])),
            seen,
        )


@dataclass(eq=False)
class Workers:
    """Makes batches in order, in this process (count 0) or ahead in `count` others. Use it as a
    context: the processes end with it."""

    maker: BatchMaker
    count: int = 0
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, init=False)

    def __enter__(self) -> "Workers":
        if self.count:
            context = multiprocessing.get_context("spawn")
            # A memory map would be copied through a pipe, all of it: its file is opened anew.
            squares = self.maker.squares
            mapped = None
            if isinstance(squares, np.memmap) and squares.filename is not None:
                mapped = (str(squares.filename), squares.shape)
            maker = self.maker if mapped is None else replace(self.maker, squares=_NO_SQUARES)
            # Through a file: a worker takes its arguments in only when it has imported all it
            # needs, and the next one would not be started before.
            self._folder = tempfile.TemporaryDirectory()
            path = Path(self._folder.name) / "maker"
            path.write_bytes(pickle.dumps(maker))
            self._pool = ProcessPoolExecutor(
                self.count, context, initializer=_prepare, initargs=(str(path), mapped)
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._folder is not None:
            self._folder.cleanup()

    def batches(self, first: int, end: int) -> Iterator[Batch]:
        """The batches of steps first to end - 1."""
        if self._pool is None:
            for step in range(first, end):
                yield self.maker.make(step)
            return
        waiting: deque[Future[Batch]] = deque()
        for step in range(first, end):
            waiting.append(self._pool.submit(_make, step))
            if len(waiting) > _AHEAD * self.count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_prepared: list[BatchMaker] = []


def _prepare(path: str, mapped: tuple[str, tuple[int, ...]] | None) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    maker: BatchMaker = pickle.loads(Path(path).read_bytes())  # noqa: S301 - our own
    if mapped is not None:
        maker = replace(maker, squares=np.memmap(mapped[0], np.uint8, "r", shape=mapped[1]))
    _prepared[:] = [maker]


def _make(step: int) -> Batch:
    return _prepared[0].make(step)
