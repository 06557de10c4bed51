"""From the findings of a report to what a guided session is about."""

from typing import TYPE_CHECKING

from tingzhen.diagnosis import Circumstances, KnowledgeBase, diagnose, weigh
from tingzhen.diagnosis.troubleshooting.subject import Subject, make_subject
from tingzhen.language import Text
from tingzhen.serving.cases.in_use import FrequenciesInUse
from tingzhen.serving.experience.in_use import RulesInUse
from tingzhen.serving.report.findings import Findings

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

_AS_REPORTED = Text(
    "报告要求停止行驶，因此会话中不安排需要行驶的检查。",
    "The report says not to drive, so no test of this session drives.",
)


def subject_of(
    settings: "Settings",
    knowledge: KnowledgeBase,
    findings: Findings,
    circumstances: Circumstances,
    source: str,
) -> Subject:
    """What experience and frequencies say is weighed in, as in a diagnosis. A report that says stop
    is not overruled.

    Raises CasesUnavailable.
    """
    noise, damage = findings.noise, findings.damage
    rules, frequencies = RulesInUse(settings), FrequenciesInUse(settings)
    try:
        learned = rules.observations(knowledge, noise, damage, circumstances)
        weights = frequencies.prior_weights(knowledge, circumstances)
    finally:
        rules.close()
        frequencies.close()
    diagnosis = diagnose(
        knowledge, noise, damage, circumstances, prior_weights=weights, learned=learned
    )
    weighing = weigh(
        knowledge, noise, damage, circumstances, prior_weights=weights, learned=learned
    )
    drive, reason = diagnosis.drive, diagnosis.drive_reason
    if findings.drive == "stop" and drive != "stop":
        drive, reason = findings.drive, _AS_REPORTED
    return make_subject(
        knowledge, weighing, noise, damage, circumstances, drive=drive, drive_reason=reason,
        name=findings.name, source=source,
    )  # fmt: skip
