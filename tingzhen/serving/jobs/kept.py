"""What the steps of a job hand on, as JSON and back: nothing is lost on the way.

DBOS keeps the result of each step, and another process may go on from it. Samples and pixels are
not among it: they are decoded again.
"""

import base64
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter

from tingzhen.audio import NoiseFindings
from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import Diagnosis
from tingzhen.language import Text
from tingzhen.media import AudioFacts, Clip, QualityFact, VideoFacts
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore

Json = dict[str, Any]
_CLIP_FACTS: Final = (
    "name", "sha256", "bytes", "kind", "duration_s", "damaged_packets", "generated",
)  # fmt: skip


@cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def _to_json(type_: Any, value: object) -> Any:
    return _adapter(type_).dump_python(value, mode="json")


def _from_json(type_: Any, kept: object) -> Any:
    # Lax about tuples and floats, which JSON does not have in all shapes.
    return _adapter(type_).validate_python(kept)


def keep_clip(clip: Clip) -> Json:
    """Facts and quality of a clip, without its samples and pixels."""
    return {
        **{name: getattr(clip, name) for name in _CLIP_FACTS},
        "video": _to_json(VideoFacts | None, clip.video),
        "audio": _to_json(AudioFacts | None, clip.audio),
        "quality": keep_quality(clip.quality),
    }


def kept_clip(kept: Json) -> Clip:
    return Clip(
        **{name: kept[name] for name in _CLIP_FACTS},
        video=_from_json(VideoFacts | None, kept["video"]),
        audio=_from_json(AudioFacts | None, kept["audio"]),
        quality=kept_quality(kept["quality"]),
    )


def keep_quality(facts: tuple[QualityFact, ...]) -> list[Json]:
    kept: list[Json] = _to_json(tuple[QualityFact, ...], facts)
    return kept


def kept_quality(kept: list[Json]) -> tuple[QualityFact, ...]:
    facts: tuple[QualityFact, ...] = _from_json(tuple[QualityFact, ...], kept)
    return facts


def keep_noise(findings: NoiseFindings) -> Json:
    kept: Json = _to_json(NoiseFindings, findings)
    return kept


def kept_noise(kept: Json) -> NoiseFindings:
    findings: NoiseFindings = _from_json(NoiseFindings, kept)
    return findings


def keep_damage(findings: DamageFindings) -> Json:
    """Heat maps are kept too: float32, base64."""
    return {
        "verdict": findings.verdict,
        "types": [{"type": s.type, "probability": float(s.probability)} for s in findings.types],
        "findings": [_keep_finding(finding) for finding in findings.findings],
        "reasons": _to_json(tuple[Text, ...], findings.reasons),
        "doubtful": list(findings.doubtful),
    }


def kept_damage(kept: Json) -> DamageFindings:
    return DamageFindings(
        verdict=kept["verdict"],
        types=tuple(DamageScore(s["type"], s["probability"]) for s in kept["types"]),
        findings=tuple(_kept_finding(finding) for finding in kept["findings"]),
        reasons=_from_json(tuple[Text, ...], kept["reasons"]),
        doubtful=tuple(kept["doubtful"]),
    )


def keep_diagnosis(diagnosis: Diagnosis) -> Json:
    kept: Json = _to_json(Diagnosis, diagnosis)
    return kept


def kept_diagnosis(kept: Json) -> Diagnosis:
    diagnosis: Diagnosis = _from_json(Diagnosis, kept)
    return diagnosis


def keep_model(info: ModelInfo) -> Json:
    kept: Json = _to_json(ModelInfo, info)
    return kept


def kept_model(kept: Json) -> ModelInfo:
    info: ModelInfo = _from_json(ModelInfo, kept)
    return info


def _keep_finding(finding: DamageFinding) -> Json:
    heat = finding.heat
    return {
        "type": finding.type,
        "probability": float(finding.probability),
        "time_s": float(finding.time_s),
        "box": [float(side) for side in finding.box],
        "frames": int(finding.frames),
        "start_s": None if finding.start_s is None else float(finding.start_s),
        "end_s": None if finding.end_s is None else float(finding.end_s),
        "heat": None
        if heat is None
        else {
            "shape": list(heat.shape),
            "float32": base64.b64encode(heat.astype(np.float32).tobytes()).decode(),
        },
    }


def _kept_finding(kept: Json) -> DamageFinding:
    heat = kept["heat"]
    finding = DamageFinding(**{**kept, "box": tuple(kept["box"]), "heat": None})
    if heat is None:
        return finding
    values = np.frombuffer(base64.b64decode(heat["float32"]), np.float32)
    return replace(finding, heat=values.reshape(heat["shape"]))
