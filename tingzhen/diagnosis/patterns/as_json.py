"""Patterns as JSON, schema "tingzhen.patterns/1", in one language."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tingzhen.diagnosis.patterns.condition import Condition, Part
from tingzhen.diagnosis.patterns.plot import Shares
from tingzhen.diagnosis.patterns.result import Pattern, Patterns
from tingzhen.diagnosis.patterns.risk_ratio import Lift
from tingzhen.diagnosis.patterns.sentence import pattern_sentence
from tingzhen.language import Language, Text

SCHEMA = "tingzhen.patterns/1"


def patterns_as_dict(
    patterns: Patterns,
    names: Mapping[str, Text],
    language: Language,
    *,
    simulated: bool = False,
    left_out: int = 0,
) -> dict[str, Any]:
    """JSON types only. names: of faults; the id stands where there is none. simulated: they are of
    generated cases alone; left_out: cases of the other kind, which were not looked at."""
    population = patterns.population
    return {
        "schema": SCHEMA,
        "population": {
            "kind": "simulated" if simulated else "real",
            "left_out": left_out,
            "cases": population.cases,
            "halves": list(population.halves),
            "open_cases": population.open_cases,
            "searched": list(population.searched),
            "first": population.first.isoformat() if population.first else None,
            "last": population.last.isoformat() if population.last else None,
        },
        "confirmed": [pattern_as_dict(p, names, language) for p in patterns.confirmed],
        "explained": [pattern_as_dict(p, names, language) for p in patterns.explained],
        "not_confirmed": [pattern_as_dict(p, names, language) for p in patterns.not_confirmed],
    }


def fault_name(names: Mapping[str, Text], fault: str) -> Text:
    return names.get(fault, Text(fault, fault))


def shares_as_dict(shares: Sequence[Shares]) -> list[dict[str, Any]]:
    """What a picture of the pattern shows, attribute by attribute; `from` and `to` of a range."""
    return [
        {
            "attribute": one.part.attribute,
            "title": one.title,
            "bars": [
                {
                    "name": bar.name or None,
                    "from": None if bar.name else _number(bar.start),
                    "to": None if bar.name else _number(bar.end),
                    "with_fault": bar.faults,
                    "cases": bar.cases,
                    "share": round(bar.share, 6),
                    "low": round(bar.low, 6),
                    "high": round(bar.high, 6),
                    "inside": bool(bar.inside),
                }
                for bar in one.bars
            ],
        }
        for one in shares
    ]


def pattern_id(fault: str, condition: Condition) -> str:
    """The same for the same fault and condition, today and always: 12 hexadecimal digits."""
    parts = [[part.attribute, part.value, repr(part.low), repr(part.high)] for part in condition]
    return hashlib.sha256(repr([fault, parts]).encode()).hexdigest()[:12]


def pattern_as_dict(
    pattern: Pattern, names: Mapping[str, Text], language: Language
) -> dict[str, Any]:
    name = fault_name(names, pattern.fault)
    return {
        "id": pattern_id(pattern.fault, pattern.condition),
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
