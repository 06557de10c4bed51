"""A diagnosis of given findings, without a clip: what `tingzhen reason` and /v1/reason answer."""

from dataclasses import dataclass
from typing import Any

from tingzhen.diagnosis import (
    Circumstances,
    Diagnosis,
    KnowledgeBase,
    diagnose,
    diagnosis_as_dict,
)
from tingzhen.diagnosis.explanation import Explanation, explain
from tingzhen.language import Language
from tingzhen.serving.cases.in_use import FrequenciesInUse
from tingzhen.serving.experience.in_use import RulesInUse
from tingzhen.serving.report.findings import Findings


@dataclass(frozen=True, slots=True)
class Reasoned:
    """explanation: None where nobody asked for it."""

    diagnosis: Diagnosis
    explanation: Explanation | None


def reason(
    knowledge: KnowledgeBase,
    findings: Findings,
    circumstances: Circumstances,
    *,
    rules: RulesInUse,
    frequencies: FrequenciesInUse,
    explained: bool = False,
) -> Reasoned:
    """The same as the diagnosis of a clip with these findings. Raises CasesUnavailable."""
    noise, damage = findings.noise, findings.damage
    weights = frequencies.prior_weights(knowledge, circumstances)
    learned = rules.observations(knowledge, noise, damage, circumstances)
    diagnosis = diagnose(
        knowledge, noise, damage, circumstances, prior_weights=weights, learned=learned
    )
    explanation = None
    if explained:
        explanation = explain(
            knowledge, noise, damage, circumstances, diagnosis.causes,
            prior_weights=weights, learned=learned,
        )  # fmt: skip
    return Reasoned(diagnosis, explanation)


def reasoned_as_dict(reasoned: Reasoned, language: Language) -> dict[str, Any]:
    """The keys of a report's `diagnosis`, and `explanation` where it was asked for."""
    part = diagnosis_as_dict(reasoned.diagnosis, language)
    if reasoned.explanation is not None:
        part["explanation"] = explanation_as_dict(reasoned.explanation, language)
    return part


def explanation_as_dict(explanation: Explanation, language: Language) -> dict[str, Any]:
    """JSON types only; weights and odds to three places, changes to four."""
    return {
        "causes": [
            {"fault": fault, "name": name.to(language), "log_odds_before": round(before, 3),
             "log_odds": round(after, 3)}
            for fault, name, before, after in zip(
                explanation.causes, explanation.names, explanation.log_odds_before,
                explanation.log_odds, strict=True,
            )
        ],
        "evidence": [
            {"kind": one.kind, "text": one.text.to(language),
             "weights": [round(weight, 3) for weight in one.weights],
             "change": round(one.change, 4), "first_without": one.first_without or None}
            for one in explanation.influences
        ],
        "missing": [
            {"text": one.text.to(language), "change": round(one.change, 4),
             "first_then": one.first_then or None}
            for one in explanation.missing
        ],
        "error": round(explanation.error, 4),
    }  # fmt: skip
