"""All hearings of a run, made once by several processes and kept as checkpoints."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.hearings import Ears, Event, Heard, Hearing, Waveform
from tingzhen.training.noise.network import Trunk
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.runs import Run

PART = 500
"""Hearings in one checkpoint: about half a minute of work."""


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """vectors: float32 (n, features); clip: (n,), the recording; the first of each are the
    recordings as they are, in order."""

    vectors: Tensor
    clip: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Mixtures:
    """vectors: float32 (n, features); types: uint8 (n, 14); bed: (n,), the recording that lies
    under it, -1 for none; steps: float16 (n, T, width); truth: uint8 (n, T, 12); events: n."""

    vectors: Tensor
    types: NDArray[np.uint8]
    bed: NDArray[np.int64]
    steps: NDArray[np.float16]
    truth: NDArray[np.uint8]
    events: list[tuple[Event, ...]]

    def __len__(self) -> int:
        return len(self.types)

    def rows(self, keep: NDArray[np.bool_]) -> "Mixtures":
        """Those that `keep` (n,) says."""
        if keep.all():
            return self
        events = [e for e, kept in zip(self.events, keep, strict=True) if kept]
        return Mixtures(
            self.vectors[torch.from_numpy(keep)], self.types[keep], self.bed[keep],
            self.steps[keep], self.truth[keep], events,
        )  # fmt: skip

    def joined(self, other: "Mixtures") -> "Mixtures":
        """These and then the others."""
        return Mixtures(
            torch.cat([self.vectors, other.vectors]),
            np.concatenate([self.types, other.types]),
            np.concatenate([self.bed, other.bed]),
            np.concatenate([self.steps, other.steps]),
            np.concatenate([self.truth, other.truth]),
            [*self.events, *other.events],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything that a fit may draw from; which of it is for the fold to say."""

    clips: Clips
    beds: Mixtures
    scenes: Mixtures


def make_material(
    run: Run,
    plan: Sequence[Hearing],
    clips: Sequence[NoiseClip],
    waveforms: Sequence[Waveform],
    backbone: Backbone,
    *,
    seed: int,
    processes: int,
    advance: Callable[[int], None] = lambda _done: None,
) -> Material:
    """Hear the whole plan; parts that an earlier, cut-off start has finished are read back."""
    parts = [plan[i : i + PART] for i in range(0, len(plan), PART)]
    missing = [i for i in range(len(parts)) if not run.has_checkpoint(f"heard-{i}")]
    advance(sum(len(part) for i, part in enumerate(parts) if i not in set(missing)))
    wanted = ([parts[i] for i in missing], clips, waveforms, backbone, seed)
    for i, heard in zip(missing, _hear_all(*wanted, processes=processes), strict=True):
        run.save_checkpoint(f"heard-{i}", heard)
        advance(len(parts[i]))
    kept = [run.load_checkpoint(f"heard-{i}") or {} for i in range(len(parts))]
    return _joined(plan, kept)


_ears: Ears | None = None
"""Of a worker process."""


def _start(clips: Any, waveforms: Any, backbone: Backbone, seed: int) -> None:
    global _ears  # noqa: PLW0603 - a worker's own, made once
    torch.set_num_threads(1)
    _ears = Ears(clips, waveforms, Trunk(backbone), seed)


def _hear_part(part: Sequence[Hearing]) -> dict[str, Any]:
    assert _ears is not None  # noqa: S101 - the pool starts each worker with _start
    return _packed([_ears.hear(hearing) for hearing in part])


def _hear_all(
    parts: Sequence[Sequence[Hearing]],
    clips: Sequence[NoiseClip],
    waveforms: Sequence[Waveform],
    backbone: Backbone,
    seed: int,
    *,
    processes: int,
) -> Iterator[dict[str, Any]]:
    if processes < 2 or len(parts) < 2:
        ears = Ears(clips, waveforms, Trunk(backbone), seed)
        for part in parts:
            yield _packed([ears.hear(hearing) for hearing in part])
        return
    # Forked children of a process that has used torch's threads hang in them.
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(processes, len(parts), os.cpu_count() or 1), start,
        initializer=_start, initargs=(clips, waveforms, backbone, seed),
    ) as pool:  # fmt: skip
        yield from pool.map(_hear_part, parts)


def _packed(heard: Sequence[Heard]) -> dict[str, Any]:
    """As a checkpoint: tensors, and plain lists of what mixtures hold."""
    mixed = [h for h in heard if h.steps is not None and h.truth is not None]
    return {
        "pooled": torch.from_numpy(np.stack([h.pooled for h in heard])),
        "types": torch.from_numpy(np.stack([h.types for h in heard])),
        "steps": torch.from_numpy(np.stack([h.steps for h in mixed if h.steps is not None]))
        if mixed else None,
        "truth": torch.from_numpy(np.stack([h.truth for h in mixed if h.truth is not None]))
        if mixed else None,
        "events": [
            [(e.type, e.start_s, e.end_s, e.level_db) for e in h.events] for h in mixed
        ],
    }  # fmt: skip


def _joined(plan: Sequence[Hearing], parts: Sequence[dict[str, Any]]) -> Material:
    pooled = torch.cat([part["pooled"] for part in parts])
    types = torch.cat([part["types"] for part in parts]).numpy()
    steps = [part["steps"] for part in parts if part["steps"] is not None]
    truth = [part["truth"] for part in parts if part["truth"] is not None]
    events = [tuple(Event(*event) for event in one) for part in parts for one in part["events"]]
    kind = np.array([h.kind for h in plan])
    clip = np.array([h.clip for h in plan], dtype=np.int64)
    mixed = kind != "clip"
    every = Mixtures(
        pooled[torch.from_numpy(mixed)],
        types[mixed],
        clip[mixed],
        torch.cat(steps).numpy() if steps else np.empty((0, 1, 1), np.float16),
        torch.cat(truth).numpy() if truth else np.empty((0, 1, len(FAULT_NOISES)), np.uint8),
        events,
    )
    bed = kind[mixed] == "bed"
    return Material(
        Clips(pooled[torch.from_numpy(~mixed)], clip[~mixed]), every.rows(bed), every.rows(~bed)
    )
