"""What each type was learned from, as far as the data say."""

from collections import Counter
from collections.abc import Sequence

from tingzhen.audio.provenance import Provenance
from tingzhen.audio.vocabulary import NOISE_TYPES, NoiseType
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip

FEW = 5
SYNTHETIC_LIMITS = {"min_probability": 0.85, "min_event_s": 3.0}
"""What it takes to claim a type that was learned from synthetic sound."""


def provenance(clips: Sequence[NoiseClip]) -> dict[NoiseType, Provenance]:
    """What each type was learned from: "synthetic" with under FEW recordings, "one_source" with
    under FEW outside the source that has most of them."""
    real = [clip for clip in clips if clip.source != GENERATED]
    found: dict[NoiseType, Provenance] = {}
    for type_ in NOISE_TYPES:
        recordings = {(c.source, c.group) for c in real if type_ in c.types}
        largest = max(Counter(source for source, _ in recordings).values(), default=0)
        if len(recordings) < FEW:
            found[type_] = "synthetic"
        elif len(recordings) - largest < FEW:
            found[type_] = "one_source"
        else:
            found[type_] = "recordings"
    return found
