"""Everything that is computed once for all candidates: decoded clips and features of hearings."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.training.noise.network import LogMel, Trunk
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.noise_candidates.channel_treatments import (
    CutLogMel,
    EvenLogMel,
    UnlevelledLogMel,
)
from tingzhen.training.noise_candidates.hearings import Hearing, Wave, heard
from tingzhen.training.noise_candidates.pooling import mean_and_spread
from tingzhen.training.noise_candidates.ragged import Ragged, RaggedFolder
from tingzhen.training.noise_candidates.tone_bands import tone_bands
from tingzhen.training.noise_candidates.trunk_parts import FramesOf, Listened, frozen

PORTION = 64
Tell = Callable[[str], None]


def decoded(clips: Sequence[NoiseClip], folder: Path) -> list[Wave]:
    """Waveforms of the clips, decoded once."""
    store = RaggedFolder(folder / "waveforms", "float32")
    for start in range(store.items, len(clips), PORTION):
        part = clips[start : start + PORTION]
        store.append([{"wave": read_waveform(clip.path)[:, None]} for clip in part])
    waves = store.read("wave")
    return [waves[i][:, 0] for i in range(len(clips))]


class FeatureCache:
    """Features of the hearings, by kind; computed when first asked for.

    mel (10 ms, 64 bands), tones (80 ms, 96 bands), map, middle, last (see Listened); middle_vector
    and last_vector, one row a hearing; middle_cut, middle_even, middle_unlevelled: vectors of the
    middle layer after a channel treatment, of hearings without a partner (they come first).
    """

    def __init__(
        self, folder: Path, hearings: Sequence[Hearing], waves: Sequence[Wave],
        backbone: Backbone, *, seed: int = 0, tell: Tell = lambda _: None,
    ) -> None:  # fmt: skip
        self.folder, self.hearings, self.waves, self.seed = folder, hearings, waves, seed
        self.backbone, self.tell = backbone, tell
        self.trunk = Trunk(backbone)
        frozen(self.trunk)

    def read(self, kind: str) -> Ragged:
        name = kind.removeprefix("middle_")
        if name in {"cut", "even", "unlevelled"}:
            return self._treated(name).read(kind)
        return self._plain().read(kind)

    def vectors(self, kind: str) -> torch.Tensor:
        """float32 (hearings, width) of a kind with one row a hearing."""
        return torch.from_numpy(np.array(self.read(kind).data, np.float32))

    def listened(self) -> Listened:
        return Listened(self.trunk, self.backbone)

    def _plain(self) -> RaggedFolder:
        log_mel, listened = frozen(LogMel()), frozen(self.listened())

        def features(wave: Wave) -> dict[str, NDArray[np.generic]]:
            mel = log_mel(torch.from_numpy(wave)[None])
            kinds = {"mel": mel[:, 0], **listened(mel)}
            kinds["middle_vector"] = mean_and_spread(kinds["middle"])[:, None]
            kinds["last_vector"] = kinds["last"].mean(dim=1, keepdim=True)
            found = {name: kind[0].numpy() for name, kind in kinds.items()}
            return found | {"tones": tone_bands(wave)}

        return self._filled("plain", len(self.hearings), features)

    def log_mel(self, treatment: str) -> nn.Module:
        """The front end of a treatment: cut, even, unlevelled, or anything else for the usual."""
        if treatment == "cut":
            return frozen(CutLogMel())
        if treatment == "unlevelled":
            return frozen(UnlevelledLogMel())
        if treatment == "even":
            # The mean spectrum is taken over all clips, without a look at their labels.
            mel = self._plain().read("mel")
            means = [mel[i].mean(axis=0) for i in range(len(self.waves))]
            return frozen(EvenLogMel(torch.from_numpy(np.mean(means, axis=0))))
        return frozen(LogMel())

    def _treated(self, treatment: str) -> RaggedFolder:
        front = frozen(FramesOf(self.log_mel(treatment), self.trunk, self.backbone))

        def features(wave: Wave) -> dict[str, NDArray[np.generic]]:
            vector = mean_and_spread(front(torch.from_numpy(wave)[None]))
            return {f"middle_{treatment}": vector.numpy()}

        alone = sum(h.partner < 0 for h in self.hearings)
        return self._filled(treatment, alone, features)

    def _filled(
        self, name: str, count: int, features: Callable[[Wave], dict[str, NDArray[np.generic]]]
    ) -> RaggedFolder:
        store = RaggedFolder(self.folder / name)
        for start in range(store.items, count, PORTION):
            began = time.process_time()
            with torch.inference_mode():
                store.append([
                    features(heard(self.hearings, i, self.waves, seed=self.seed))
                    for i in range(start, min(count, start + PORTION))
                ])  # fmt: skip
            seconds = time.process_time() - began
            self.tell(f"{name}: {store.items} of {count} hearings, {seconds:.1f} s")
        return store
