"""Findings made by hand: every score that is not named is low."""

from functools import cache

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore, NoiseVerdict
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.diagnosis import KnowledgeBase, load_knowledge
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore, DamageVerdict
from tingzhen.vision.vocabulary import DAMAGE_TYPES

LOW = 0.015
BOX = (0.1, 0.2, 0.3, 0.4)


@cache
def shipped() -> KnowledgeBase:
    """The shipped base; property tests call it, for a fixture would stand in every printed case."""
    return load_knowledge()


def heard(verdict: NoiseVerdict = "abnormal", **scores: float) -> NoiseFindings:
    types = [NoiseScore(t, scores.get(t, LOW)) for t in NOISE_TYPES]
    events = tuple(
        NoiseEvent(t, 1.0, 2.5, scores[t]) for t in NOISE_TYPES if scores.get(t, 0.0) > 0.5
    )
    return NoiseFindings(verdict, tuple(sorted(types, key=lambda s: -s.probability)), events)


def seen(verdict: DamageVerdict = "damaged", **scores: float) -> DamageFindings:
    """Every named damage is claimed where the verdict is damaged."""
    types = [DamageScore(t, scores.get(t, LOW)) for t in DAMAGE_TYPES]
    findings = tuple(
        DamageFinding(t, scores[t], 0.5, BOX)
        for t in DAMAGE_TYPES
        if t in scores and verdict == "damaged"
    )
    return DamageFindings(verdict, tuple(sorted(types, key=lambda s: -s.probability)), findings)


HEARD_NOTHING = heard("no_audio")
SEEN_NOTHING = seen("no_video")
UNSURE_SOUND = heard("cannot_tell", knock=0.7, grind=0.6)
UNSURE_PICTURE = seen("cannot_tell", tyre_bulge=0.6)
SOUND_NORMAL = heard("normal", normal=0.9)
