"""Patterns as JSON, schema "tingzhen.patterns/1", in one language."""

import math
from collections.abc import Mapping
from typing import Any

from tingzhen.diagnosis.patterns.condition import Part
from tingzhen.diagnosis.patterns.result import Pattern, Patterns
from tingzhen.diagnosis.patterns.risk_ratio import Lift
from tingzhen.diagnosis.patterns.sentence import pattern_sentence
from tingzhen.language import Language, Text

SCHEMA = "tingzhen.patterns/1"


def patterns_as_dict(
    patterns: Patterns, names: Mapping[str, Text], language: Language
) -> dict[str, Any]:
    """JSON types only. names: of faults; the id stands where there is none."""
    population = patterns.population
    return {
        "schema": SCHEMA,
        "population": {
            "cases": population.cases,
            "halves": list(population.halves),
            "open_cases": population.open_cases,
            "searched": list(population.searched),
            "first": population.first.isoformat() if population.first else None,
            "last": population.last.isoformat() if population.last else None,
        },
        "confirmed": [_pattern(p, names, language) for p in patterns.confirmed],
        "explained": [_pattern(p, names, language) for p in patterns.explained],
        "not_confirmed": [_pattern(p, names, language) for p in patterns.not_confirmed],
    }


def fault_name(names: Mapping[str, Text], fault: str) -> Text:
    return names.get(fault, Text(fault, fault))


def _pattern(pattern: Pattern, names: Mapping[str, Text], language: Language) -> dict[str, Any]:
    name = fault_name(names, pattern.fault)
    return {
        "fault": pattern.fault,
        "name": name.to(language),
        "sentence": pattern_sentence(pattern, name).to(language),
        "condition": [_part(part, language) for part in pattern.condition],
        "lift": _lift(pattern.lift),
        "crude": _lift(pattern.crude),
        "rate": _lift(pattern.rate) if pattern.rate else None,
        "p": pattern.p,
        "q": pattern.q,
        "found_by": pattern.found_by,
        "compared_within": list(pattern.compared_within),
        "within": {key: _lift(lift) for key, lift in pattern.within.items()},
        "same_within": {key: _number(p) for key, p in pattern.same_within.items()},
        "early": _lift(pattern.early),
        "late": _lift(pattern.late),
        "over_member": [
            {"part": _part(part, language), "lift": _lift(lift)}
            for part, lift in pattern.over_member.items()
        ],
        "doubt": pattern.doubt,
        "explained_by": pattern.explained_by,
        "by_pattern": (
            [_part(part, language) for part in pattern.by_pattern] if pattern.by_pattern else None
        ),
    }


def _part(part: Part, language: Language) -> dict[str, Any]:
    return {
        "attribute": part.attribute,
        "value": part.value,
        "low": _number(part.low),
        "high": _number(part.high),
        "text": part.text().to(language),
    }


def _lift(lift: Lift) -> dict[str, Any]:
    return {
        "ratio": _number(lift.ratio),
        "low": _number(lift.low),
        "high": _number(lift.high),
        "inside_faults": lift.inside_faults,
        "inside_cases": lift.inside_cases,
        "outside_faults": lift.outside_faults,
        "outside_cases": lift.outside_cases,
    }


def _number(value: float) -> float | None:
    """None where it is not a finite number, which JSON does not have."""
    return round(value, 6) if math.isfinite(value) else None
