"""From logits of the two heads to probabilities and verdicts: gate, calibration, thresholds.

All of it is fitted on out-of-fold scores: by recording for clips that lie near what was learned,
with the source left out for clips that lie far from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.audio.verdict import HALF, Heard, VerdictRule, judge
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.calibration import (
    fault_threshold,
    fit_confidence,
    sigmoid,
    upper_quantile,
)
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise.fit import FitSettings, clip_weights
from tingzhen.training.noise.head import CONTEXT, Gate, relative_logits
from tingzhen.training.noise.learned_from import provenance
from tingzhen.training.noise_measuring.recordings import seven_of, seven_scores

Values = NDArray[np.float64]
NEAR = 0.95
"""Share of vehicle clips of known sources that the gate takes for near."""
GATE_WIDTH = 0.1
KNOWN_LEAST = 0.3
"""Part of the head that learned from recordings, however far a clip lies from them."""
FALSE_ALARMS = 0.03
"""Share of healthy recordings that each fault type may exceed its threshold on."""
APART_FALSE_ALARMS = 0.005
"""The same with the recording's source left out: a new phone may lie near what was learned and
still be none of it. Twelve types add up."""
ONE_SOURCE_LEAST = 0.8
"""A fault that nearly all comes from one source may have taught the source: healthy engines of
another phone were called by its name with up to this probability."""
MISSED_FAULTS = 0.1
"""Share of faulty recordings in which `normal` may exceed its threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What the graph says of a clip beside its types, needed for its verdict. context: (clips, 6)
    in the order of CONTEXT; rms: (clips,)."""

    context: Values
    rms: Values

    def rows(self, keep: NDArray[np.int64]) -> "Surroundings":
        return Surroundings(self.context[keep], self.rms[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """gate, calibration and rule of a bundle, or of a fold of one. unproven: types learned from
    synthetic sound, which need `least` at least."""

    gate: Gate
    slope: float
    shift: float
    rule: VerdictRule
    unproven: frozenset[NoiseType] = frozenset()
    least: float = 1.0

    def share(self, distance: Values) -> Values:
        """(n,): how near clips are to what was learned, 0..1."""
        return self.gate(torch.from_numpy(distance))[:, 0].numpy()

    def probabilities(self, known: Values, open_: Values, distance: Values) -> Values:
        """Logits of both heads (n, 14) and distances (n,) to probabilities (n, 14)."""
        return sigmoid(self.slope * relative(self.gate, known, open_, distance) + self.shift)

    def verdicts(self, probabilities: Values, distance: Values, around: Surroundings) -> list[str]:
        """As the recogniser would give them; only wind and silence, which media tells, and how
        long a type learned from synthetic sound is heard are not looked at."""
        share = self.share(distance)
        names = list(CONTEXT)
        found: list[str] = []
        for i, row in enumerate(probabilities):
            said = dict(zip(names, around.context[i].tolist(), strict=True))
            heard = Heard(
                row.astype(np.float32), row[None], said["speech"], said["music"],
                float(distance[i]), float(around.rms[i]), row,
                vehicle=said["vehicle"], other=said["other"], share=float(share[i]),
            )  # fmt: skip
            weak = [t for t in self.unproven if row[NOISE_TYPES.index(t)] < self.least]
            found.append(judge(heard, self.rule, unproven=weak).verdict)
        return found


def relative(gate: Gate, known: Values, open_: Values, distance: Values) -> Values:
    """Relative logits (n, 14) of both heads together."""
    share = gate(torch.from_numpy(distance))
    both = gate.gated(torch.from_numpy(known), torch.from_numpy(open_), share)
    return relative_logits(both).numpy()


def decide(
    clips: Sequence[NoiseClip],
    within: OutOfFold,
    apart: OutOfFold,
    settings: FitSettings,
    *,
    limits: dict[str, float],
    least: float,
) -> Decision:
    """Fit gate, calibration and thresholds on these clips. within: by recording; apart: with the
    clip's source left out. Each recording weighs the same in the calibration, so that the
    probability of the first type is the share of recordings in which it is right; how frequent a
    fault is stands in the diagnosis. least: probability that types of synthetic sound need.
    """
    vehicle = np.array([clip.types != {"not_vehicle"} for clip in clips])
    middle = float(np.quantile(within.distance[vehicle], NEAR)) if vehicle.any() else 1.0
    gate = Gate(middle, GATE_WIDTH, KNOWN_LEAST)
    real = np.array([clip.source != GENERATED for clip in clips])
    alike = np.where(real, clip_weights(clips, FitSettings(balance=1.0)), 0.0)
    near = relative(gate, within.known, within.open, within.distance)
    far = relative(gate, apart.known, apart.open, apart.distance)
    seven = np.array([seven_of(clip) for clip in clips])
    rows = np.flatnonzero((seven >= 0) & (alike > 0))
    slope, shift = 1.0, 0.0
    if len(rows):
        scores = seven_scores(near[rows])
        correct = (scores.argmax(axis=1) == seven[rows]).astype(np.float64)
        slope, shift = fit_confidence(scores.max(axis=1), correct, alike[rows])
    near, far = sigmoid(slope * near + shift), sigmoid(slope * far + shift)

    healthy = np.array([not clip.faulty for clip in clips])
    mass = clip_weights(clips, settings)
    counted = healthy & real
    thresholds: dict[NoiseType, float] = {}
    far_thresholds: dict[NoiseType, float] = {}
    learned = provenance(clips)
    met = gate(torch.from_numpy(apart.distance))[:, 0].numpy() >= HALF
    for type_ in FAULT_NOISES:
        column = NOISE_TYPES.index(type_)

        def limit(scores: Values, of: NDArray[np.bool_], share: float, at: int = column) -> float:
            # A source that is all healthy or all far leaves nothing to count.
            return fault_threshold(scores[of, at], mass[of], share) if of.any() else 0.5

        thresholds[type_] = max(
            ONE_SOURCE_LEAST if learned[type_] == "one_source" else 0.5,
            limit(near, counted, FALSE_ALARMS),
            limit(far, counted & met, APART_FALSE_ALARMS),
        )
        far_thresholds[type_] = max(
            thresholds[type_], limit(far, counted & ~met, APART_FALSE_ALARMS)
        )
    normal = NOISE_TYPES.index("normal")
    for scores, found in ((near, thresholds), (far, far_thresholds)):
        found["normal"] = (
            upper_quantile(scores[~healthy, normal], mass[~healthy], MISSED_FAULTS,
                           low=0.2, high=0.9)
            if (~healthy).any()
            else 0.5
        )  # fmt: skip
    rule = VerdictRule(thresholds, **limits, far_thresholds=far_thresholds)
    weak = frozenset(t for t in FAULT_NOISES if learned[t] == "synthetic")
    return Decision(gate, slope, shift, rule, weak, least)
