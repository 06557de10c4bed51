"""One vehicle with its noise or damage, as the engine and the conditions of a rule see it."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.audio.provenance import Provenance
from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.circumstances import CODE_PATTERN, Circumstances
from tingzhen.diagnosis.experience.rule import Conditions, Range
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

_CLAIMED: Final = 0.5
_CLEARLY: Final = 0.9
_NOT_HEARD: Final = 0.015
_TYPICAL_AT_MOST: Final = 8
_COMPLAINT_CHARACTERS: Final = 4000
_RECORDINGS: Final[Provenance] = "recordings"
_WHOLE: Final = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Situation:
    noise: NoiseFindings
    damage: DamageFindings
    circumstances: Circumstances


def situation_of_case(case: CaseRecord) -> Situation:
    """What was known of a case before its fault was. What does not fit is left out: a code of the
    maker's own, a temperature that cannot be."""
    given: dict[str, Any] = {
        "vehicle": {
            "make": case.make, "model": case.model, "year": case.year,
            "powertrain": case.powertrain, "mileage_km": case.mileage_km,
        },
        "when": case.when, "speed_kmh": case.speed_kmh, "ambient_c": case.ambient_c,
        "humidity_pct": case.humidity_pct,
        "complaint": case.complaint[:_COMPLAINT_CHARACTERS] if case.complaint else None,
        "codes": [code for code in case.codes if re.match(CODE_PATTERN, code)][:64],
    }  # fmt: skip
    return Situation(_heard(case.noises), _seen(case.damages), _fitting(given))


def typical_situations(conditions: Conditions) -> Iterator[Situation]:
    """Situations in which the conditions hold and nothing else is noticed: one for each choice of
    one entry where several stand, eight at most. Who hears one noise has heard no other."""
    values: dict[str, float] = {m: _inside(bounds) for m, bounds in conditions.ranges.items()}
    vehicle: dict[str, Any] = {"mileage_km": values.pop("mileage_km", None)}
    choices = itertools.product(
        conditions.noises or (None,), conditions.damages or (None,), conditions.codes or (None,),
        conditions.words or (None,), conditions.when or (None,), conditions.powertrain or (None,),
    )  # fmt: skip
    chosen = itertools.islice(choices, _TYPICAL_AT_MOST)
    for noise, damage, code, word, when, powertrain in chosen:
        given = {
            **values,
            "vehicle": vehicle | {"powertrain": powertrain},
            "when": [when] if when else [],
            "complaint": word,
            "codes": [code.replace("?", "1")] if code else [],
        }
        noises = dict.fromkeys(FAULT_NOISES, _NOT_HEARD) | {noise: _CLEARLY} if noise else {}
        damages = dict.fromkeys([damage] if damage else [], _CLEARLY)
        yield Situation(_heard(noises), _seen(damages), _fitting(given))


def _heard(scores: dict[NoiseType, float]) -> NoiseFindings:
    """Types without a score count as not learned: they say nothing."""
    types = tuple(NoiseScore(t, p) for t, p in sorted(scores.items(), key=lambda item: -item[1]))
    if not types:
        return NoiseFindings("no_audio", ())
    normal = scores.get("normal", 0.0) >= _CLAIMED
    learned = dict.fromkeys(scores, _RECORDINGS)
    return NoiseFindings("normal" if normal else "abnormal", types, provenance=learned)


def _seen(scores: dict[DamageType, float]) -> DamageFindings:
    types = tuple(DamageScore(t, p) for t, p in sorted(scores.items(), key=lambda item: -item[1]))
    if not types:
        return DamageFindings("no_video", ())
    findings = tuple(
        DamageFinding(score.type, score.probability, 0.0, _WHOLE)
        for score in types
        if score.type in VISIBLE_DAMAGES and score.probability >= _CLAIMED
    )
    return DamageFindings("damaged" if findings else "undamaged", types, findings)


def _fitting(given: dict[str, Any]) -> Circumstances:
    while True:
        try:
            return Circumstances.model_validate(given)
        except ValidationError as error:
            for problem in error.errors():
                key, *rest = problem["loc"]
                if key == "vehicle" and rest:
                    given["vehicle"] = {k: v for k, v in given["vehicle"].items() if k != rest[0]}
                else:
                    given = {k: v for k, v in given.items() if k != key}


def _inside(bounds: Range) -> float:
    """A value within the range: its middle, or just beyond its only bound."""
    if bounds.low is None:
        assert bounds.high is not None, "a range has at least one bound"  # noqa: S101
        return bounds.high - 1.0
    return bounds.low if bounds.high is None else (bounds.low + bounds.high) / 2.0
