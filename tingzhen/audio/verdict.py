"""What the scores of a whole clip mean: abnormal, normal, or that nobody can tell.

`cannot_tell`, in this order, when the sound is

1. shorter than `min_s`,
2. too quiet (below `silence_rms`, or media says so), or covered by wind (media says so),
3. mostly speech or mostly music: heard without a vehicle, on average above `speech` or `music`,
4. unlike anything learned: further from the training embeddings than `novelty`,
5. no vehicle: `not_vehicle` is more probable than `normal` and than every fault, or AudioSet
   hears none (`no_vehicle`),
6. in the doubtful band: no fault reaches its threshold, but one comes within `doubt` of it, or
   `normal` stays below its own threshold, or `normal` is not twice as probable as `not_vehicle`;
   a fault that reaches its threshold but was learned from synthetic sound alone, and is not heard
   surely and long enough for that (`unproven`), leaves it in doubt as well.

`abnormal` when a fault reaches its threshold and is more probable than `normal`. Thresholds lie
between those for clips near what was learned and those for clips far from it, by `share`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseVerdict
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.language import Text

TOO_SHORT = Text("录音不足 1 秒，无法判断。", "The sound is shorter than one second.")
TOO_QUIET = Text("录音太轻，听不清车辆的声音。", "The recording is too quiet to hear the vehicle.")
WINDY = Text("风声盖住了车辆的声音。", "Wind covers the sound of the vehicle.")
SPEECH = Text("录音中主要是说话声。", "Speech is what is mostly heard.")
MUSIC = Text("录音中主要是音乐。", "Music is what is mostly heard.")
NOVEL = Text(
    "这段声音与模型学过的录音都不相像，不宜下结论。",
    "The sound is unlike every recording the model has learned from.",
)
NO_VEHICLE = Text("录音中没有听到车辆的声音。", "No vehicle is heard in the recording.")
UNCLEAR_VEHICLE = Text(
    "不能确定录到的是车辆的声音。", "It is unclear whether a vehicle is heard at all."
)
DOUBTFUL = Text(
    "声音的特征介于正常与异常之间，证据不足。",
    "The sound lies between normal and abnormal; the evidence is too weak.",
)
UNPROVEN = Text(
    "可能有一种仅用合成声训练的异响，证据不足。",
    "There may be a noise of a kind trained on synthetic sound; the evidence is too weak.",
)
HALF = 0.5
"""A clip with a smaller share lies far from everything learned."""
FAINT_VEHICLE = 0.03
HARDLY_A_VEHICLE = 0.001
POOR_REASONS: Mapping[str, Text] = {"too_quiet": TOO_QUIET, "wind": WINDY}


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What the network says of a clip.

    types: (14,), calibrated, in the order of NOISE_TYPES. steps: (steps, 14), the same over time.
    speech, music: 0..1. novelty: distance to the training embeddings. rms: of the waveform.
    embedding: (width,). local: (steps, 14), types of the stretch around each step. vehicle,
    other: 0..1, how well AudioSet's names for vehicles and for other things fit. share: 0..1, 1
    near recordings that were learned, 0 far from all of them.
    """

    types: NDArray[np.float32]
    steps: NDArray[np.float32]
    speech: float
    music: float
    novelty: float
    rms: float
    embedding: NDArray[np.float32]
    local: NDArray[np.float32] | None = None
    vehicle: float = 1.0
    other: float = 0.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """Numbers of the rule above; they come from the bundle. thresholds: of trained types only.
    far_thresholds: far from what was learned; a type without one keeps its threshold there."""

    thresholds: Mapping[NoiseType, float]
    doubt: float
    speech: float
    music: float
    novelty: float
    silence_rms: float
    min_s: float
    far_thresholds: Mapping[NoiseType, float] = field(default_factory=dict)

    def threshold(self, type_: NoiseType, share: float) -> float:
        """Of a clip whose judgement rests by `share` on recordings. Raises KeyError for a type
        without a threshold."""
        near = self.thresholds[type_]
        return share * near + (1.0 - share) * self.far_thresholds.get(type_, near)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "VerdictRule":
        """Raises KeyError, TypeError or ValueError when the metadata does not hold the rule."""
        thresholds, far_thresholds = (
            {t: float(given[t]) for t in NOISE_TYPES if t in given}
            for given in (metadata["thresholds"], metadata.get("far_thresholds") or {})
        )
        if "normal" not in thresholds:
            raise ValueError("the rule needs a threshold for normal")
        limits = metadata["limits"]
        return cls(
            thresholds,
            doubt=float(limits["doubt"]),
            speech=float(limits["speech"]),
            music=float(limits["music"]),
            novelty=float(limits["novelty"]),
            silence_rms=float(limits["silence_rms"]),
            min_s=float(limits["min_s"]),
            far_thresholds=far_thresholds,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """claimed: the fault types that the clip was found to hold, most probable first."""

    verdict: NoiseVerdict
    claimed: tuple[NoiseType, ...] = ()
    reasons: tuple[Text, ...] = ()


def no_vehicle(heard: Heard) -> bool:
    """Whether AudioSet's names speak against a vehicle: far from everything learned when those for
    vehicles hardly fit, or worse than those for other things; near it only when both hold, since
    many a fault by itself sounds like no vehicle to AudioSet (a squeal is an animal)."""
    foreign = heard.other > heard.vehicle
    if heard.share < HALF:
        return foreign or heard.vehicle < FAINT_VEHICLE
    return foreign and heard.vehicle < HARDLY_A_VEHICLE


def judge(
    heard: Heard,
    rule: VerdictRule,
    poor: Sequence[str] = (),
    *,
    unproven: Collection[NoiseType] = (),
) -> Judgement:
    """Apply the rule to what was heard in a clip of at least `min_s`.

    unproven: types that must not be claimed although they may reach their threshold.
    """
    reasons = [text for code, text in POOR_REASONS.items() if code in poor]
    if heard.rms < rule.silence_rms and TOO_QUIET not in reasons:
        reasons.append(TOO_QUIET)
    if heard.speech > rule.speech:
        reasons.append(SPEECH)
    if heard.music > rule.music:
        reasons.append(MUSIC)
    if heard.novelty > rule.novelty:
        reasons.append(NOVEL)
    if reasons:
        return Judgement("cannot_tell", reasons=tuple(reasons))
    probability = {type_: float(heard.types[i]) for i, type_ in enumerate(NOISE_TYPES)}
    faults = [type_ for type_ in FAULT_NOISES if type_ in rule.thresholds]
    strongest = max((probability[type_] for type_ in faults), default=0.0)
    if no_vehicle(heard) or probability["not_vehicle"] > max(probability["normal"], strongest):
        return Judgement("cannot_tell", reasons=(NO_VEHICLE,))
    threshold = {type_: rule.threshold(type_, heard.share) for type_ in [*faults, "normal"]}
    reached = [t for t in faults if probability[t] >= max(threshold[t], probability["normal"])]
    claimed = [type_ for type_ in reached if type_ not in unproven]
    if claimed:
        return Judgement(
            "abnormal", tuple(sorted(claimed, key=lambda type_: -probability[type_]))
        )  # fmt: skip
    in_doubt = any(probability[t] >= threshold[t] * rule.doubt for t in faults)
    if in_doubt or probability["normal"] < threshold["normal"]:
        return Judgement("cannot_tell", reasons=(UNPROVEN if reached else DOUBTFUL,))
    if probability["normal"] < 2 * probability["not_vehicle"]:
        return Judgement("cannot_tell", reasons=(UNCLEAR_VEHICLE,))
    return Judgement("normal")
