"""Rules of experience as JSON and as lines for a terminal, in one language."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.experience import (
    Link,
    UnknownFault,
    Weight,
    opposing,
    rule_sentence,
    unknown_faults,
    weight_of,
)
from tingzhen.diagnosis.experience.rule import ROLE_NAMES
from tingzhen.diagnosis.experience.speaking import record_text
from tingzhen.diagnosis.experience.statement_json import as_json
from tingzhen.diagnosis.experience.store import Change
from tingzhen.language import Language


def rules_as_dict(
    knowledge: KnowledgeBase, links: Sequence[Link], language: Language, today: date
) -> dict[str, Any]:
    """All rules given, and the faults that the base does not know."""
    against = opposing(knowledge, links)
    return {
        "schema": "tingzhen.experience/1",
        "rules": [
            rule_as_dict(knowledge, link, language, today, against.get(link.rule.id, ()))
            for link in links
        ],
        "unknown_faults": [_unknown_as_dict(fault) for fault in unknown_faults(links)],
    }


def rule_as_dict(
    knowledge: KnowledgeBase,
    link: Link,
    language: Language,
    today: date,
    against: Sequence[str] = (),
) -> dict[str, Any]:
    """One rule: in words, what it weighs, who says so, and which rules say otherwise."""
    weight = weight_of(knowledge, link, today)
    voices = link.voices
    first = as_json(voices[0])
    sentence = rule_sentence(knowledge, link.rule, voices[0].strength)
    return {
        "id": link.rule.id,
        "sentence": sentence.to(language),
        "retired": link.retired,
        "conditions": first["conditions"],
        "look_at": first["look_at"],
        "weight": _weight_as_dict(weight),
        "says_otherwise": list(against),
        "statements": [
            {key: value for key, value in as_json(statement).items()
             if key not in ("conditions", "look_at")}
            for statement in voices
        ],
    }  # fmt: skip


def record_as_list(link: Link) -> list[dict[str, Any]]:
    """Every confirmed case that counted, oldest first."""
    return [
        {"case": t.case_id, "date": t.on.isoformat(), "held": round(t.held, 4),
         "expected": round(t.expected, 4), "right": t.right}
        for t in sorted(link.trials, key=lambda t: (t.on, t.case_id))
    ]  # fmt: skip


def history_as_list(history: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {"at": c.at.isoformat(timespec="seconds"), "by": c.by, "change": c.change,
         "reason": c.reason}
        for c in history
    ]  # fmt: skip


def rule_lines(rule: Mapping[str, Any], language: Language) -> Iterator[str]:
    """One rule of `rule_as_dict` for a terminal."""
    retired = {"zh": "（已停用）", "en": " (retired)"}[language] if rule["retired"] else ""
    yield f"{rule['id']}{retired}  {rule['sentence']}"
    weight = rule["weight"]
    said = {"zh": "似然比", "en": "likelihood ratio"}[language]
    yield f"    {said} {weight['likelihood_ratio']:.2f}; {weight['record'][language]}"
    for one in rule["statements"]:
        role = ROLE_NAMES[one["role"]].to(language)
        note = f": {one['note']}" if "note" in one else ""
        yield f"    {role} {one['author']}, {one['date']}{note}"
    if rule["says_otherwise"]:
        against = {"zh": "与之相反", "en": "says otherwise"}[language]
        yield f"    ! {against}: {', '.join(rule['says_otherwise'])}"


def record_lines(
    record: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]], language: Language
) -> Iterator[str]:
    """The record and the history of one rule, for a terminal."""
    for trial in record:
        held, expected = f"{trial['held']:.0%}", f"{trial['expected']:.0%}"
        if language == "zh":
            yield (f"    {trial['date']}  {trial['case']}  {'对' if trial['right'] else '错'}"
                   f"（条件成立 {held}，没有它的预期 {expected}）")  # fmt: skip
        else:
            yield (f"    {trial['date']}  {trial['case']}  "
                   f"{'right' if trial['right'] else 'wrong'} "
                   f"(conditions {held}, expected without it {expected})")  # fmt: skip
    for change in history:
        reason = f": {change['reason']}" if change["reason"] else ""
        yield f"    {change['at']}  {change['change']}  {change['by']}{reason}"


def unknown_lines(faults: Sequence[Mapping[str, Any]], language: Language) -> Iterator[str]:
    """Faults that the base does not know, for a terminal."""
    if faults:
        yield {"zh": "知识库中没有的故障：", "en": "Faults that the base does not know:"}[language]
    for fault in faults:
        if language == "zh":
            yield (f"    {fault['text']}：{fault['authors']} 人；条件成立 {fault['held']:.1f} 例，"
                   f"其中 {fault['unexplained']:.1f} 例未查到库内故障")  # fmt: skip
        else:
            yield (f"    {fault['text']}: {fault['authors']} authors; conditions held in "
                   f"{fault['held']:.1f} cases, {fault['unexplained']:.1f} of them none of the "
                   "base's faults")  # fmt: skip


def _unknown_as_dict(fault: UnknownFault) -> dict[str, Any]:
    return {
        "text": fault.text, "rules": list(fault.rules), "authors": fault.authors,
        "held": round(fault.held, 4), "unexplained": round(fault.unexplained, 4),
    }  # fmt: skip


def _weight_as_dict(weight: Weight) -> dict[str, Any]:
    """log_ratio is what it adds to the log odds where the conditions hold for sure."""
    text = record_text(weight)
    return {
        "log_ratio": round(weight.log_ratio, 4),
        "likelihood_ratio": round(math.exp(weight.log_ratio), 3),
        "trust": round(weight.trust, 4),
        "bayes_factor": float(f"{weight.bayes_factor:.4g}"),
        "fade": round(weight.fade, 4),
        "held": round(weight.held, 4), "right": round(weight.right, 4),
        "expected": round(weight.expected, 4),
        "record": {"zh": text.zh, "en": text.en},
    }  # fmt: skip
