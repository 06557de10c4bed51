"""The one protocol: which clips are kept away, what a candidate may learn from, how it is scored.

By recording: grouped folds. By source: each source that holds one of the seven types is left out
in turn, whatever is heard of it in mixes included.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import check_no_leak
from tingzhen.training.noise_candidates.feature_cache import FeatureCache, Tell
from tingzhen.training.noise_candidates.fitting import Inputs, logits_of
from tingzhen.training.noise_candidates.hearings import Hearing, Kind, rows_without
from tingzhen.training.noise_candidates.labels import OUTPUTS, hearing_weights, scored, targets
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.recordings import Values, known_elsewhere, seven_of

Rows = NDArray[np.int64]
RECORDING, SOURCE = "by_recording", "source_left_out"


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """tested: (clips,), what is kept away and then scored."""

    kind: str
    name: str
    tested: NDArray[np.bool_]


def splits(clips: Sequence[NoiseClip], fold: Rows) -> list[Split]:
    """The folds, then the sources."""
    found = [Split(RECORDING, f"fold-{k}", fold == k) for k in sorted(set(fold.tolist()))]
    sources = np.array([clip.source for clip in clips])
    holding = sorted({clip.source for clip in clips if seven_of(clip) >= 0})
    return found + [Split(SOURCE, f"without-{name}", sources == name) for name in holding]


@dataclass(eq=False)
class Material:
    """What candidates learn from. wanted: (hearings, outputs). scores: where the out-of-fold
    logits of finished candidates lie, for those that learn from others."""

    clips: Sequence[NoiseClip]
    hearings: Sequence[Hearing]
    cache: FeatureCache
    folder: Path
    seed: int = 0
    wanted: Tensor = field(init=False)
    _vectors: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        of_clip = targets(self.clips)
        self.wanted = torch.from_numpy(of_clip[[h.clip for h in self.hearings]])

    def vectors(self, kind: str) -> Tensor:
        if kind not in self._vectors:
            self._vectors[kind] = self.cache.vectors(kind)
        return self._vectors[kind]

    def weights(self, rows: Rows, balance: float) -> Values:
        return hearing_weights(self.clips, [self.hearings[int(i)] for i in rows], balance=balance)

    def scores_of(self, candidate: str, split: Split) -> Path:
        return self.folder / "scores" / candidate / f"{split.name}.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A candidate that has learned. kind: the front end it hears with. parameters: all that are
    needed to hear, those of the frozen backbone included."""

    module: nn.Module
    inputs: Inputs
    kind: str

    def logits(self, rows: Rows) -> Values:
        return logits_of(self.module, self.inputs, rows)


@dataclass(frozen=True, slots=True)
class Candidate:
    """kinds: hearings it learns from. teaches: others learn from it, so what it says of the
    clips it learned from is kept too. by_source: False where that would cost too much."""

    name: str
    what: str
    fit: Callable[[Material, Rows, Split], Any]
    kinds: tuple[Kind, ...] = ("clean", "phone")
    by_source: bool = True
    teaches: bool = False


def learn(candidate: Candidate, material: Material, split: Split) -> Any:
    """Fit on what the split leaves, write the logits of what it kept away; return what was fitted,
    or None where it was there already."""
    path = material.scores_of(candidate.name, split)
    if path.exists():
        return None
    allowed = rows_without(material.hearings, split.tested)
    allowed &= np.array([h.kind in candidate.kinds for h in material.hearings])
    rows = np.flatnonzero(allowed)
    tested = np.flatnonzero(split.tested)
    clips, hearings = material.clips, material.hearings
    heard = {i for row in rows.tolist() for i in (hearings[row].clip, hearings[row].partner)} - {-1}
    check_no_leak({clips[i].group for i in heard}, {clips[i].group for i in tested.tolist()})
    began = time.process_time()
    fitted = candidate.fit(material, rows, split)
    seconds = time.process_time() - began
    # What a teacher says of a clip as it is holds for the clip through a phone as well.
    taught = rows[rows < len(clips)] if candidate.teaches else rows[:0]
    answered = np.concatenate([tested, taught])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("part.npz")
    np.savez(part, rows=answered, logits=fitted.logits(answered), seconds=seconds)
    part.replace(path)
    return fitted


def measure(
    candidate: Candidate, material: Material, kind: str, all_splits: Sequence[Split],
    *, cost: Callable[[Any], dict[str, Any]], resamples: int = 1000,
    tell: Tell = lambda _: None,
) -> None:  # fmt: skip
    """Figures of a candidate over the splits of one kind, added to results/NAME.json unless they
    are there; goes on where it was cut off."""
    path = result_of(material.folder, candidate.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"name": candidate.name, "what": candidate.what}
    if path.exists():
        result |= json.loads(path.read_text(encoding="utf-8"))
    chosen = [split for split in all_splits if split.kind == kind]
    if kind in result or (kind == SOURCE and not candidate.by_source):
        return
    for split in chosen:
        fitted = learn(candidate, material, split)
        if fitted is not None and "cost" not in result:
            result["cost"] = cost(fitted)
            path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    result |= _figures(candidate, material, chosen, kind, resamples)
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    first = result[kind]["balanced_accuracy"]
    tell(f"{candidate.name} {kind}: {first['value']} ({first['low']} to {first['high']})")


def result_of(folder: Path, candidate: str) -> Path:
    return folder / "results" / f"{candidate}.json"


def _figures(
    candidate: Candidate, material: Material, chosen: Sequence[Split], kind: str, resamples: int
) -> dict[str, Any]:
    clips = material.clips
    logits = np.zeros((len(clips), len(OUTPUTS)))
    tested = np.zeros(len(clips), dtype=bool)
    seconds = []
    for split in chosen:
        with np.load(material.scores_of(candidate.name, split)) as stored:
            of_clips = split.tested[stored["rows"] % len(clips)] & (stored["rows"] < len(clips))
            logits[stored["rows"][of_clips]] = stored["logits"][of_clips]
            seconds.append(float(stored["seconds"]))
        tested |= split.tested
    all_scored = scored(clips, logits)
    keep = tested & known_elsewhere(clips) if kind == SOURCE else tested
    figures = noise_figures(all_scored.kept(keep), resamples=resamples, seed=material.seed)
    found: dict[str, Any] = {kind: figures}
    if kind == RECORDING:
        found["training_s"] = round(float(np.median(seconds)), 1)
    return found
