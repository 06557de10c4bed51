"""Everything that is known of one clip after the analysis, in no language yet."""

from dataclasses import dataclass

from tingzhen.audio.findings import NoiseFindings
from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import Circumstances, Diagnosis
from tingzhen.media.clip import Clip, QualityFact
from tingzhen.vision.findings import DamageFindings


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall time of each stage, milliseconds; sound and pictures are looked at side by side, so
    `total` is not their sum."""

    decode: float
    noise: float
    damage: float
    diagnosis: float
    total: float


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """quality: what the media room found weak, and what only the recognisers can know."""

    clip: Clip
    quality: tuple[QualityFact, ...]
    noise: NoiseFindings
    damage: DamageFindings
    diagnosis: Diagnosis
    circumstances: Circumstances
    noise_model: ModelInfo
    damage_model: ModelInfo
    timing: Timing
    frames_used: int
