"""From findings and circumstances to a diagnosis."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._drive import doubts_a_tyre, drive_advice, spoken_danger
from tingzhen.diagnosis._fear import fear, worst
from tingzhen.diagnosis._next_test import describe_test, rank_tests
from tingzhen.diagnosis._observation import Observation
from tingzhen.diagnosis._observations import observe
from tingzhen.diagnosis._perceived import claimed_damages, trusted
from tingzhen.diagnosis._plan import plan_steps
from tingzhen.diagnosis._posterior import GroupPosterior, fault_priors, group_posteriors
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import Danger, KnowledgeBase
from tingzhen.diagnosis.result import Cause, Diagnosis, DiagnosisVerdict, Evidence
from tingzhen.vision.findings import DamageFindings

# Under this a piece of evidence changed the odds by less than a tenth: not worth reading.
_SMALLEST_WEIGHT: Final = 0.1
_CAUSES_SHOWN: Final = 8
_EVIDENCE_SHOWN: Final = 8


def diagnose(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
) -> Diagnosis:
    """Weigh noise, damage, codes, words and circumstances together.

    Deterministic; takes a few milliseconds. docs/diagnosis.md gives the model, the verdict codes
    and the drive rule.
    """
    observed = observe(knowledge, noise, damage, circumstances)
    share = fault_priors(knowledge, circumstances.vehicle.powertrain)
    groups = group_posteriors(knowledge, observed, share)
    danger = spoken_danger(knowledge, circumstances)
    verdict = _verdict(knowledge, noise, damage, groups, danger)
    informed = [group for group in groups if group.informed]
    causes = _causes(knowledge, informed, observed)
    fears = [fear(knowledge, groups, observed, share)]
    if any(knowledge.settings.noise_weight[p] < 1.0 for p in noise.provenance.values()):
        # What is doubtful for naming a cause still counts in full for not driving on.
        in_full = observe(knowledge, trusted(noise), damage, circumstances)
        fears.append(fear(knowledge, group_posteriors(knowledge, in_full, share), in_full, share))
    drive, drive_reason = drive_advice(
        knowledge, noise, damage, verdict=verdict, fear=worst(fears), danger=danger,
    )  # fmt: skip
    shown = [] if verdict == "cannot_tell" else causes
    may_drive = drive != "stop" and not doubts_a_tyre(damage)
    ranked = rank_tests(knowledge, informed, shown, may_drive=may_drive)
    worth_testing = verdict in ("fault_likely", "fault_possible") and bool(ranked)
    next_test = describe_test(knowledge, ranked[0], informed) if worth_testing else None
    plan = plan_steps(
        knowledge, noise, damage, circumstances, verdict=verdict, drive=drive,
        drive_reason=drive_reason, causes=shown, ranked=ranked, next_test=next_test,
    )  # fmt: skip
    heard = groups[0]
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
    """The faults of the informed groups that are probable enough to show, best first."""
    settings = knowledge.settings
    causes = []
    for group in groups:
        seen = group.damage is not None
        least = settings.cause_threshold_visible if seen else settings.cause_threshold
        for row, posterior, prior in zip(group.rows, group.posterior, group.prior, strict=True):
            if posterior >= least:
                causes.append((float(posterior), int(row), float(prior)))
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
