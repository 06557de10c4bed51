"""What a session is about: one vehicle, as it was found, in a form that can be kept.

What the findings made probable is kept with it, so that a session goes on from the same beliefs
when the rules of experience, the frequencies or the knowledge base have changed meanwhile.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._drive import doubts_a_tyre
from tingzhen.diagnosis.circumstances import Circumstances, parse_circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.result import Drive
from tingzhen.diagnosis.weighing import Weighing
from tingzhen.errors import ContextError, SessionUnavailable
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

# What is not in the base is never impossible.
_LEAST_OTHER = 0.02
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
    is most probable. A session looks for one fault, and of two it finds one after the other: so a
    fault gets the weight that it has alone, twice its share less its posterior (a pair counts half
    in the one and whole in the other). Else every idle fault would take part of the belief, as the
    possible second one.
    """
    group = weighing.mechanical
    if not group.informed and weighing.informed:
        group = min(weighing.informed, key=lambda g: g.nothing)
    other = max(group.other, _LEAST_OTHER)
    total = float(group.share.sum()) + group.nothing + other
    alone = np.maximum(2.0 * group.share - group.posterior, 0.0)
    alone *= float(group.share.sum()) / max(float(alone.sum()), 1e-300)
    faults = {
        knowledge.faults[row].id: float(p) / total
        for row, p in zip(group.rows, alone, strict=True) if p / total > _NEGLIGIBLE
    }  # fmt: skip
    kept = sum(faults.values())
    heard = {s.type: s.probability for s in noise.types} if _perceived(noise.verdict) else {}
    seen = {s.type: s.probability for s in damage.types} if _perceived(damage.verdict) else {}
    return Subject(
        name=name, faults=faults, other=max(0.0, 1.0 - kept - group.nothing / total),
        nothing=group.nothing / total,
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
