"""What the trunk makes of new clips and of rehearsed scenes, kept by content.

Each clip's file is its key, with the trunk and the seed: more clips in the folder, other folds or
another start from the same trunk cost only what has not been heard yet. `--restart` forgets the
run, not what was heard.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.training.noise.head import Context, pool
from tingzhen.training.noise.hearings import FAULTY_BEDS, Ears, Hearing, hear_clip, lay_over
from tingzhen.training.noise.network import LogMel, Trunk
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.runs import Run

KEPT = "vectors"
PART = 100
"""Scenes in one checkpoint."""
REFERENCE_SEED = 1_000_003
"""Of the scenes that shipped and retrained model are compared on: the same in every run."""


@dataclass(frozen=True, slots=True)
class RetrainingRecipe:
    """How much is heard. phones: further hearings of each new clip; beds: stretches of each new
    healthy clip, three of five with a synthetic fault; rehearsal, reference: synthetic scenes that
    are trained on, and compared on."""

    phones: int = 3
    beds: int = 6
    rehearsal: int = 400
    reference: int = 260


@dataclass(frozen=True, slots=True, eq=False)
class ClipVectors:
    """own: float32 (1 + phones, features), first the clip as it is; beds: (beds, features) with
    bed_types uint8 (beds, 14); context: (6,), in the order of CONTEXT; rms: of the waveform."""

    own: Tensor
    beds: Tensor
    bed_types: NDArray[np.uint8]
    context: NDArray[np.float64]
    rms: float


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """vectors: float32 (n, features); types: uint8 (n, 14)."""

    vectors: Tensor
    types: NDArray[np.uint8]


class Hearer:
    """Hears with a bundle's trunk, and keeps what it heard in the run's folder."""

    def __init__(self, run: Run, backbone: Backbone, recipe: RetrainingRecipe, seed: int) -> None:
        self._run, self._recipe, self._seed = run, recipe, seed
        self._log_mel, self._trunk = LogMel().eval(), Trunk(backbone).eval()
        self._context = Context(backbone).eval()
        digest = hashlib.sha256()
        for name in sorted(backbone.weights):
            digest.update(backbone.weights[name].contiguous().numpy().tobytes())
        self._trunk_mark = digest.hexdigest()[:8]
        (run.out_dir / "checkpoints" / KEPT).mkdir(exist_ok=True)

    def clip(self, clip: NoiseClip, digest: str) -> ClipVectors:
        """All hearings of one clip; digest: of its file. Raises ManifestError when it cannot be
        decoded, which is tried only where something is missing."""
        name = f"{KEPT}/{digest[:20]}-{self._trunk_mark}-{self._seed}"
        kept = self._run.load_checkpoint(name) or {}
        numbers = [f"clip-{i}" for i in range(1 + self._recipe.phones)]
        kind = "foreign" if "not_vehicle" in clip.types else "vehicle"
        laid = [] if clip.faulty else [f"{kind}-{i}" for i in range(self._recipe.beds)]
        missing = [key for key in [*numbers, *laid] if key not in kept]
        if missing:
            waveform = read_waveform(clip.path)
            for key in missing:
                kept[key] = self._hear(waveform, clip, digest, key)
            self._run.save_checkpoint(name, kept)
        types = [kept[key]["types"] for key in laid]
        features = kept["clip-0"]["vector"].shape
        return ClipVectors(
            torch.stack([kept[key]["vector"] for key in numbers]),
            torch.stack([kept[key]["vector"] for key in laid]) if laid else torch.empty(
                0, *features
            ),
            torch.stack(types).numpy() if laid else np.empty((0, len(NOISE_TYPES)), np.uint8),
            kept["clip-0"]["context"].double().numpy(),
            float(kept["clip-0"]["rms"]),
        )  # fmt: skip

    def scenes(
        self, count: int, *, seed: int, advance: Callable[[], None] = lambda: None
    ) -> Scenes:
        """`count` synthetic scenes; the same for the same seed."""
        ears = Ears([], [], self._trunk, seed)
        vectors, types = [], []
        for start in range(0, count, PART):
            wanted = min(PART, count - start)
            name = f"{KEPT}/scenes-{self._trunk_mark}-{seed}-{start}"
            kept = self._run.load_checkpoint(name)
            if kept is None or len(kept["types"]) < wanted:
                heard = []
                for number in range(start, start + wanted):
                    heard.append(ears.hear(Hearing("scene", -1, number)))
                    advance()
                kept = {
                    "vectors": torch.from_numpy(np.stack([h.pooled for h in heard])),
                    "types": torch.from_numpy(np.stack([h.types for h in heard])),
                }
                self._run.save_checkpoint(name, kept)
            else:
                for _ in range(wanted):
                    advance()
            vectors.append(kept["vectors"][:wanted])
            types.append(kept["types"][:wanted].numpy())
        return Scenes(torch.cat(vectors), np.concatenate(types))

    def _hear(
        self, waveform: NDArray[np.float32], clip: NoiseClip, digest: str, key: str
    ) -> dict[str, Any]:
        kind, _, number = key.partition("-")
        # By content: the same sounds wherever the clip stands among others.
        place = ["clip", "vehicle", "foreign"].index(kind)
        random = np.random.default_rng([self._seed, int(digest[:12], 16), place, int(number)])
        if kind != "clip":
            faulty = kind == "vehicle" and random.random() < FAULTY_BEDS
            mixed, events = lay_over(waveform, random, faulty=faulty)
            types: set[str] | frozenset[str] = {event.type for event in events} or clip.types
            held = torch.tensor([t in types for t in NOISE_TYPES], dtype=torch.uint8)
            return {"vector": self._steps(mixed)[0], "types": held}
        whole = hear_clip(waveform, int(number), random)
        vector, last = self._steps(whole)
        if key != "clip-0":
            return {"vector": vector}
        rms = float(np.sqrt(np.mean(np.square(whole, dtype=np.float64))))
        with torch.no_grad():
            context = self._context(last)[0]
        return {"vector": vector, "context": context, "rms": rms}

    def _steps(self, waveform: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        samples = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        with torch.no_grad():
            middle, last = self._trunk(self._log_mel(samples[None]))
            return pool(middle)[0], last


def hear_all(
    hearer: Hearer,
    clips: Sequence[NoiseClip],
    digests: Sequence[str],
    advance: Callable[[], None] = lambda: None,
) -> list[ClipVectors]:
    """Vectors of every clip, in order."""
    heard = []
    for clip, digest in zip(clips, digests, strict=True):
        heard.append(hearer.clip(clip, digest))
        advance()
    return heard
