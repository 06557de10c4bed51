"""What a session is about: one vehicle, as it was found, in a form that can be kept.

What the findings made probable is kept with it, so that a session goes on from the same beliefs
when the rules of experience, the frequencies or the knowledge base have changed meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._drive import doubts_a_tyre
from tingzhen.diagnosis.circumstances import Circumstances, parse_circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.result import Drive
from tingzhen.diagnosis.troubleshooting.first_belief import first_belief
from tingzhen.diagnosis.weighing import Weighing
from tingzhen.errors import ContextError, SessionUnavailable
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

# Less probable faults of a large base are kept as one, with those that are not in it.
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True)
class Subject:
    """name: of the clip or report. source: digest of what it was made from.

    faults: probability, 0..1, by id; other: of a fault that is not in the base; nothing: of nothing
    wrong; together 1. drive: advice. may_drive: whether tests that drive may be proposed. noises,
    damages: probability by type, of what was heard and seen.
    """

    name: str
    faults: dict[str, float]
    other: float
    nothing: float
    drive: Drive
    drive_reason: Text
    may_drive: bool
    noises: dict[NoiseType, float]
    damages: dict[DamageType, float]
    circumstances: Circumstances
    source: str = ""


def make_subject(
    knowledge: KnowledgeBase,
    weighing: Weighing,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    *,
    drive: Drive,
    drive_reason: Text,
    name: str = "",
    source: str = "",
) -> Subject:
    """weighing, drive: of these findings.

    It is about the mechanical faults; where nothing bears on these, about the visible damage that
    is most probable.
    """
    group = weighing.mechanical
    if not group.informed and weighing.informed:
        group = min(weighing.informed, key=lambda g: g.nothing)
    believed, _, nothing = first_belief(group)
    faults = {
        knowledge.faults[row].id: float(p)
        for row, p in zip(group.rows, believed, strict=True) if p > _NEGLIGIBLE
    }  # fmt: skip
    kept = sum(faults.values())
    heard = {s.type: s.probability for s in noise.types} if _perceived(noise.verdict) else {}
    seen = {s.type: s.probability for s in damage.types} if _perceived(damage.verdict) else {}
    return Subject(
        name=name, faults=faults, other=max(0.0, 1.0 - kept - nothing), nothing=nothing,
        drive=drive, drive_reason=drive_reason,
        may_drive=drive != "stop" and not doubts_a_tyre(damage),
        noises={t: heard[t] for t in FAULT_NOISES if t in heard},
        damages={d: seen[d] for d in VISIBLE_DAMAGES if d in seen}, circumstances=circumstances,
        source=source,
    )  # fmt: skip


def _perceived(verdict: str) -> bool:
    return verdict not in ("cannot_tell", "no_audio", "no_video")


def subject_as_dict(subject: Subject) -> dict[str, Any]:
    """JSON types only."""
    return {
        "name": subject.name, "faults": subject.faults, "other": subject.other,
        "nothing": subject.nothing, "drive": subject.drive,
        "drive_reason": {"zh": subject.drive_reason.zh, "en": subject.drive_reason.en},
        "may_drive": subject.may_drive, "noises": subject.noises, "damages": subject.damages,
        "source": subject.source,
        "context": subject.circumstances.model_dump(mode="json", exclude_defaults=True),
    }  # fmt: skip


def subject_from_dict(item: dict[str, Any]) -> Subject:
    """The same back. Raises SessionUnavailable for what `subject_as_dict` did not write."""
    try:
        return Subject(
            name=item["name"], faults=dict(item["faults"]), other=float(item["other"]),
            nothing=float(item["nothing"]), drive=item["drive"],
            drive_reason=Text(item["drive_reason"]["zh"], item["drive_reason"]["en"]),
            may_drive=bool(item["may_drive"]), noises=item["noises"], damages=item["damages"],
            circumstances=parse_circumstances(item["context"]), source=str(item["source"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, ContextError) as error:
        raise SessionUnavailable(
            Text("保存的引导会话已损坏，请重新开始。",
                 "The session that is kept there is damaged. Begin a new one.")
        ) from error  # fmt: skip
