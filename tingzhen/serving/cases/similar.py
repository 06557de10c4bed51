"""Cases like the one in a report: the question, and the answer as JSON and as lines."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import Circumstances, KnowledgeBase
from tingzhen.diagnosis.cases import CaseRecord, CaseStore
from tingzhen.diagnosis.cases.similar import SimilarCase, SimilarCases
from tingzhen.language import Language, Text
from tingzhen.serving.cases.view import case_as_dict
from tingzhen.serving.report.findings import Findings
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tingzhen.serving.settings import Settings

QUERY_ID = "query"


def query_of(
    findings: Findings,
    circumstances: Circumstances,
    sound_embedding: "NDArray[np.float32] | None" = None,
    picture_embedding: "NDArray[np.float32] | None" = None,
) -> CaseRecord:
    """A case to compare with. Scores are taken where the recogniser stood up for a verdict.

    sound_embedding, picture_embedding: float32 (D,), of the recognisers; D is theirs.
    """
    vehicle = circumstances.vehicle
    noises, damages = findings.noise, findings.damage
    heard = noises.verdict in ("abnormal", "normal")
    seen = damages.verdict in ("damaged", "undamaged")
    return CaseRecord(
        id=QUERY_ID, opened_on=date.today(), source="session", make=vehicle.make,
        model=vehicle.model, year=vehicle.year, powertrain=vehicle.powertrain,
        mileage_km=vehicle.mileage_km, ambient_c=circumstances.ambient_c,
        humidity_pct=circumstances.humidity_pct, speed_kmh=circumstances.speed_kmh,
        when=circumstances.when, complaint=circumstances.complaint, codes=circumstances.codes,
        noises={s.type: s.probability for s in noises.types if heard and s.type in FAULT_NOISES},
        damages={s.type: s.probability for s in damages.types
                 if seen and s.type in VISIBLE_DAMAGES},
        sound_embedding=sound_embedding, picture_embedding=picture_embedding,
    )  # fmt: skip


def open_index(store: CaseStore, data_dir: Path) -> SimilarCases:
    """The index of this database, in the data folder. Raises CasesUnavailable."""
    return SimilarCases(store, data_dir / "similar" / store.database_id()[:12])


def embed_clip(
    path: Path, settings: "Settings", findings: Findings | None = None
) -> "tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]":
    """Embeddings of a clip's sound and pictures by the recognisers that wrote its report, else by
    those of the settings; float32 (D,) each; None without sound or under a second of it, and
    without a picture. Raises ClipError and BundleError."""
    from tingzhen.audio import NoiseRecogniser  # noqa: PLC0415 - only with a clip
    from tingzhen.bundle import open_bundle  # noqa: PLC0415 - see above
    from tingzhen.media import read_clip  # noqa: PLC0415 - see above
    from tingzhen.serving.model_that_wrote import bundle_that_wrote  # noqa: PLC0415 - see above
    from tingzhen.vision import DamageRecogniser  # noqa: PLC0415 - see above

    noise_sha256 = findings.noise_model if findings else ""
    damage_sha256 = findings.damage_model if findings else ""
    clip = read_clip(path, limits=settings.limits())
    sound = picture = None
    if clip.waveform is not None and len(clip.waveform) >= 16_000:
        wrote = bundle_that_wrote(noise_sha256, "noise", settings)
        hearing = NoiseRecogniser(wrote or open_bundle(settings.noise_model, "noise"))
        sound = hearing.hear(clip.waveform).embedding
    if clip.frames:
        wrote = bundle_that_wrote(damage_sha256, "damage", settings)
        seeing = DamageRecogniser(wrote or open_bundle(settings.damage_model, "damage"))
        picture = seeing.embed(clip.frames)
    return sound, picture


def similar_as_dict(
    found: Sequence[SimilarCase], knowledge: KnowledgeBase, language: Language
) -> dict[str, Any]:
    return {
        "schema": "tingzhen.similar/1",
        "cases": [
            {
                "likeness": round(similar.likeness, 4),
                "reasons": [
                    {"kind": reason.kind, "text": reason.text.to(language),
                     "likeness": round(reason.likeness, 4)}
                    for reason in similar.reasons
                ],
                "case": case_as_dict(similar.case, knowledge, language),
            }
            for similar in found
        ],
    }  # fmt: skip


def similar_lines(
    found: Sequence[SimilarCase], knowledge: KnowledgeBase, language: Language
) -> Iterator[str]:
    if not found:
        yield Text("没有可比较的已确认案例。", "No confirmed case can be compared.").to(language)
    names = {fault.id: fault.name for fault in knowledge.faults}
    for number, similar in enumerate(found, start=1):
        case = similar.case
        name = names.get(case.fault or "")
        fault = name.to(language) if name else case.fault or ""
        order = " · ".join(part for part in (case.number, case.workshop) if part)
        where = f"{order or case.id}, {case.opened_on}"
        yield f"{number:>2}. {similar.likeness:.2f}  {fault}  ({where})"
        for reason in similar.reasons:
            yield f"      {reason.text.to(language)}"
        if case.repair:
            yield f"      {Text('维修', 'Repair').to(language)}: {case.repair}"
