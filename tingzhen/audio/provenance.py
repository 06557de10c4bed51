"""What each noise type was learned from, and what that asks of a claim.

Of some types there are hardly any recordings. They are learned from synthetic sound, and whoever
reads a result of theirs has to know it: the mark goes with the name of the type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tingzhen.audio.vocabulary import NOISE_NAMES, NOISE_TYPES, NoiseType
from tingzhen.language import Text

Provenance = Literal["recordings", "one_source", "synthetic"]
"""recordings: of several sources. one_source: under five recordings outside the largest source.
synthetic: under five real recordings, learned from synthetic sound."""
PROVENANCES: tuple[Provenance, ...] = get_args(Provenance)

SYNTHETIC_MARK = Text("仅用合成声训练", "trained on synthetic sound")


@dataclass(frozen=True, slots=True)
class SyntheticLimits:
    """What it takes to claim a type of provenance "synthetic", beside its threshold: a probability
    of the clip, and one event of at least so many seconds."""

    min_probability: float = 0.0
    min_event_s: float = 0.0

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "SyntheticLimits":
        """The bundle's `synthetic_limits`; none where it has none. Raises as float() does."""
        given = metadata.get("synthetic_limits") or {}
        return cls(
            float(given.get("min_probability", 0.0)), float(given.get("min_event_s", 0.0))
        )  # fmt: skip


def provenance_of(metadata: Mapping[str, Any]) -> dict[NoiseType, Provenance]:
    """Provenance of each type that the bundle learned; a bundle without it had recordings.

    Raises KeyError, TypeError or ValueError when the metadata does not hold it.
    """
    trained, given = set(metadata["trained"]), metadata.get("provenance") or {}
    found: dict[NoiseType, Provenance] = {}
    for type_ in NOISE_TYPES:
        if type_ in trained:
            provenance = given.get(type_, "recordings")
            if provenance not in PROVENANCES:
                raise ValueError(f"provenance of {type_}")
            found[type_] = provenance
    return found


def base_rates_of(metadata: Mapping[str, Any]) -> dict[NoiseType, float]:
    """The share of clips with each learned type that the scores are calibrated for, 0..1.

    The bundle's `base_rates`; without them all learned types weigh alike, as in the fit of the
    calibration. Raises KeyError, TypeError or ValueError when a share does not lie within 0..1.
    """
    trained, given = set(metadata["trained"]), metadata.get("base_rates") or {}
    alike = 1.0 / max(2, len(trained))
    rates = {t: float(given.get(t, alike)) for t in NOISE_TYPES if t in trained}
    if not all(0.0 < rate < 1.0 for rate in rates.values()):
        raise ValueError("base_rates")
    return rates


def marked_name(type_: NoiseType, provenance: Provenance | None) -> Text:
    """Name of a type; "Grind (trained on synthetic sound)" where that is so."""
    name = NOISE_NAMES[type_]
    if provenance != "synthetic":
        return name
    return Text(f"{name.zh}（{SYNTHETIC_MARK.zh}）", f"{name.en} ({SYNTHETIC_MARK.en})")
