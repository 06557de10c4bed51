"""From findings and circumstances to a diagnosis."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._drive import doubts_a_tyre, drive_advice, spoken_danger
from tingzhen.diagnosis._fear import fear, worst
from tingzhen.diagnosis._next_test import describe_test, rank_tests
from tingzhen.diagnosis._perceived import claimed_damages, trusted
from tingzhen.diagnosis._plan import plan_steps
from tingzhen.diagnosis._posterior import GroupPosterior
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import Danger, KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.result import Cause, Diagnosis, DiagnosisVerdict, Drive, Evidence
from tingzhen.diagnosis.weighing import Weighing, weigh
from tingzhen.vision.findings import DamageFindings

# Under this a piece of evidence changed the odds by less than a tenth: not worth reading.
_SMALLEST_WEIGHT: Final = 0.1
_CAUSES_SHOWN: Final = 8
_FEWEST_SHOWN: Final = 3
_EVIDENCE_SHOWN: Final = 8
# "Cannot be said" is stricter than "ok".
_STRICTNESS: Final[dict[Drive, int]] = {"ok": 0, "unknown": 1, "soon": 2, "stop": 3}


def diagnose(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    *,
    prior_weights: Mapping[str, float] | None = None,
    learned: Sequence[Observation] = (),
) -> Diagnosis:
    """Weigh noise, damage, codes, words and circumstances together.

    prior_weights, learned: as for `weigh`; they may change the causes and the next test, and never
    make the drive advice less strict. Deterministic. docs/diagnosis.md gives the
    model, the verdict codes and the drive rule. Raises ValueError as `weigh` does.
    """

    def weighed(sound: NoiseFindings, *, taught: bool) -> Weighing:
        if not taught:
            return weigh(knowledge, sound, damage, circumstances)
        return weigh(
            knowledge, sound, damage, circumstances, prior_weights=prior_weights, learned=learned
        )

    weighing = weighed(noise, taught=True)
    danger = spoken_danger(knowledge, circumstances)
    verdict = _verdict(knowledge, noise, damage, weighing.groups, danger)
    causes = _causes(knowledge, weighing.informed, weighing.observed)
    advices = []
    for taught in (True, False) if prior_weights or learned else (True,):
        own = weighing if taught else weighed(noise, taught=False)
        weighings = [own]
        if any(knowledge.settings.noise_weight[p] < 1.0 for p in noise.provenance.values()):
            # What is doubtful for naming a cause still counts in full for not driving on.
            weighings.append(weighed(trusted(noise), taught=taught))
        advices.append(
            drive_advice(
                knowledge, noise, damage,
                verdict=_verdict(knowledge, noise, damage, own.groups, danger),
                fear=worst([fear(knowledge, w) for w in weighings]), danger=danger,
            )
        )  # fmt: skip
    drive, drive_reason = max(advices, key=lambda advice: _STRICTNESS[advice[0]])
    shown = [] if verdict == "cannot_tell" else causes
    may_drive = drive != "stop" and not doubts_a_tyre(damage)
    ranked = rank_tests(knowledge, weighing.informed, shown, may_drive=may_drive)
    worth_testing = verdict in ("fault_likely", "fault_possible") and bool(ranked)
    next_test = describe_test(knowledge, ranked[0], weighing.informed) if worth_testing else None
    plan = plan_steps(
        knowledge, noise, damage, circumstances, verdict=verdict, drive=drive,
        drive_reason=drive_reason, causes=shown, ranked=ranked, next_test=next_test,
    )  # fmt: skip
    heard = weighing.mechanical
    return Diagnosis(
        verdict=verdict, drive=drive, drive_reason=drive_reason, causes=tuple(shown),
        next_test=next_test, plan=tuple(plan),
        something_wrong=1.0 - heard.nothing if heard.informed else 0.0,
    )  # fmt: skip


def _verdict(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    groups: Sequence[GroupPosterior],
    danger: Danger | None,
) -> DiagnosisVerdict:
    settings = knowledge.settings
    wrong = [1.0 - group.nothing for group in groups if group.informed]
    most = max(wrong, default=0.0)
    if danger is not None or most >= settings.likely_threshold:
        return "fault_likely"
    found = noise.verdict == "abnormal" or bool(claimed_damages(damage))
    if most >= settings.possible_threshold or found:
        return "fault_possible"
    looked_at = noise.verdict == "no_audio" and damage.verdict == "undamaged"
    if noise.verdict == "normal" or looked_at:
        return "no_fault_found"
    return "cannot_tell"


def _causes(
    knowledge: KnowledgeBase, groups: Sequence[GroupPosterior], observed: Sequence[Observation]
) -> list[Cause]:
    """The faults of the informed groups that are probable enough to show, best first.

    In a base of thousands of faults none may be, though one of them is there: then the best few.
    """
    settings = knowledge.settings
    causes: list[tuple[float, int, float]] = []
    for group in groups:
        seen = group.damage is not None
        least = settings.cause_threshold_visible if seen else settings.cause_threshold
        none = not (group.posterior >= least).any()
        if none and not seen and group.share.sum() >= settings.possible_threshold:
            least = min(least, float(np.sort(group.posterior)[-_FEWEST_SHOWN:].min()))
        causes += [
            (float(group.posterior[place]), int(group.rows[place]), float(group.prior[place]))
            for place in np.flatnonzero(group.posterior >= least)
        ]
    causes.sort(key=lambda item: (-item[0], knowledge.faults[item[1]].id))
    return [
        Cause(
            fault=fault.id, name=fault.name, probability=probability, severity=fault.severity,
            group=fault.group, drive=fault.drive, drive_reason=fault.drive_reason,
            evidence=_evidence(observed, row), prior=prior,
        )
        for probability, row, prior in causes[:_CAUSES_SHOWN]
        for fault in (knowledge.faults[row],)
    ]  # fmt: skip


def _evidence(observed: Sequence[Observation], row: int) -> tuple[Evidence, ...]:
    weighty = [o for o in observed if abs(o.log_ratio[row]) >= _SMALLEST_WEIGHT]
    weighty.sort(key=lambda o: -abs(float(o.log_ratio[row])))
    return tuple(
        Evidence(o.kind, o.text, float(np.round(o.log_ratio[row], 6)), o.start_s, o.end_s,
                 o.time_s, o.box)
        for o in weighty[:_EVIDENCE_SHOWN]
    )  # fmt: skip
