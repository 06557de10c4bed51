"""The `diagnosis` part of the fixed report, in one language."""

from typing import Any

from tingzhen.diagnosis.result import Cause, Diagnosis, Evidence, NextTest, PlanStep
from tingzhen.language import Language


def diagnosis_as_dict(diagnosis: Diagnosis, language: Language) -> dict[str, Any]:
    """Exactly the keys verdict, drive, causes, next_test and plan; JSON types only.

    Probabilities are rounded to four places, weights to three. The first plan step, of kind
    "safety", says why the drive advice is what it is.
    """
    return {
        "verdict": diagnosis.verdict,
        "drive": diagnosis.drive,
        "causes": [_cause(cause, language) for cause in diagnosis.causes],
        "next_test": _next_test(diagnosis.next_test, language),
        "plan": [_step(step, language) for step in diagnosis.plan],
    }


def _cause(cause: Cause, language: Language) -> dict[str, Any]:
    return {
        "fault": cause.fault,
        "name": cause.name.to(language),
        "probability": round(cause.probability, 4),
        "severity": cause.severity,
        "evidence": [_evidence(evidence, language) for evidence in cause.evidence],
    }


def _evidence(evidence: Evidence, language: Language) -> dict[str, Any]:
    item: dict[str, Any] = {
        "kind": evidence.kind,
        "text": evidence.text.to(language),
        "weight": round(evidence.weight, 3),
    }
    if evidence.start_s is not None and evidence.end_s is not None:
        item |= {"start_s": round(evidence.start_s, 3), "end_s": round(evidence.end_s, 3)}
    if evidence.time_s is not None and evidence.box is not None:
        item |= {"time_s": round(evidence.time_s, 3),
                 "box": [round(edge, 4) for edge in evidence.box]}  # fmt: skip
    return item


def _next_test(test: NextTest | None, language: Language) -> dict[str, Any] | None:
    if test is None:
        return None
    return {
        "id": test.id,
        "name": test.name.to(language),
        "why": test.why.to(language),
        "how": test.how.to(language),
        "tools": [tool.to(language) for tool in test.tools],
        "minutes": test.minutes,
        "risk": test.risk,
        "risk_note": test.risk_note.to(language) if test.risk_note else None,
        "information_bits": round(test.information_bits, 4),
        "outcomes": [
            {
                "outcome": outcome.outcome,
                "text": outcome.text.to(language),
                "probability": round(outcome.probability, 4),
                "points_to": [
                    {"fault": fault, "name": name.to(language)}
                    for fault, name in zip(outcome.points_to, outcome.names, strict=True)
                ],
            }
            for outcome in test.outcomes
        ],
    }


def _step(step: PlanStep, language: Language) -> dict[str, Any]:
    item: dict[str, Any] = {
        "kind": step.kind,
        "id": step.id,
        "name": step.name.to(language),
        "text": step.text.to(language),
    }
    if step.minutes is not None:
        item["minutes"] = step.minutes
    if step.kind == "repair":
        item["parts"] = [part.to(language) for part in step.parts]
    return item
