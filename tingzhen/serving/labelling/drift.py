"""Drift: scores and quality of recordings week by week, against the first weeks.

Scores are compared within one version of a model, so that a new version is not taken for drift.
Generated clips are left out. Weeks begin on Monday, UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from tingzhen.serving.inference.agreement import Share
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.labelling.stability import stability
from tingzhen.serving.records import ClipFacts, ClipRecord, RecogniserTask, reading
from tingzhen.serving.service import Service

FIRST_WEEKS: Final = 4
"""Weeks with clips that later ones are compared with."""
BINS: Final = 10
_WEEK: Final = timedelta(days=7)


@dataclass(slots=True)
class _Week:
    scores: list[int] = field(default_factory=lambda: [0] * BINS)
    verdicts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Quality:
    n: int = 0
    clear: int = 0
    codes: dict[str, int] = field(default_factory=dict)


def drift(
    service: Service, task: RecogniserTask, weeks: int, today: date | None = None
) -> dict[str, Any]:
    """Of the last so many weeks, this one included, as JSON values. Raises RecordsUnavailable."""
    pending = catch_up(service.records)
    end = monday(today or datetime.now(UTC).date())
    first = end - _WEEK * (weeks - 1)
    versions: dict[str, dict[date, _Week]] = {}
    quality: dict[date, _Quality] = {}
    verdict = ClipRecord.noise_verdict if task == "noise" else ClipRecord.damage_verdict
    query = (
        select(
            ClipRecord.created_at, verdict, getattr(ClipFacts, f"{task}_version"),
            getattr(ClipFacts, f"{task}_probability"), ClipFacts.quality,
        )
        .join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
        .where(ClipRecord.created_at >= datetime.combine(first, datetime.min.time(), UTC),
               ClipFacts.generated.is_(False))
    )  # fmt: skip
    with reading(service.records) as session:
        for created_at, said, version, probability, codes in session.execute(
            query, execution_options={"yield_per": 1000}
        ):
            week = monday(created_at.astimezone(UTC).date())
            _count_quality(quality.setdefault(week, _Quality()), codes)
            if probability is None or version is None:
                continue
            counted = versions.setdefault(version, {}).setdefault(week, _Week())
            counted.scores[min(int(probability * BINS), BINS - 1)] += 1
            counted.verdicts[said] = counted.verdicts.get(said, 0) + 1
    return {
        "task": task, "first_weeks": FIRST_WEEKS, "pending": pending,
        "since": first.isoformat(), "until": (end + timedelta(days=6)).isoformat(),
        "versions": [
            {"version": version, "weeks": score_weeks(of_weeks)}
            for version, of_weeks in sorted(versions.items())
        ],
        "quality": quality_weeks(quality),
    }  # fmt: skip


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def score_weeks(weeks: Mapping[date, _Week]) -> list[dict[str, Any]]:
    """One entry a week with clips, oldest first; `stability` from the fifth on."""
    ordered = sorted(weeks.items())
    before = _summed([counted.scores for _, counted in ordered[:FIRST_WEEKS]])
    return [
        {
            "week": week.isoformat(), "n": sum(counted.scores), "scores": counted.scores,
            "verdicts": counted.verdicts, "first": index < FIRST_WEEKS,
            "stability": None if index < FIRST_WEEKS else _told(before, counted.scores),
        }
        for index, (week, counted) in enumerate(ordered)
    ]  # fmt: skip


def quality_weeks(weeks: Mapping[date, _Quality]) -> list[dict[str, Any]]:
    """The same for quality: the share of clips with each code, and of clips without any."""
    ordered = sorted(weeks.items())
    early = [found for _, found in ordered[:FIRST_WEEKS]]
    before = [sum(w.clear for w in early), sum(w.n - w.clear for w in early)]
    return [
        {
            "week": week.isoformat(),
            "n": found.n,
            "first": index < FIRST_WEEKS,
            "clear": _share(found.clear, found.n),
            "codes": {code: _share(count, found.n) for code, count in sorted(found.codes.items())},
            "stability": None
            if index < FIRST_WEEKS
            else _told(before, [found.clear, found.n - found.clear]),
        }
        for index, (week, found) in enumerate(ordered)
    ]


def _count_quality(week: _Quality, codes: str) -> None:
    named = [code for code in codes.split(";") if code]
    week.n += 1
    week.clear += not named
    for code in named:
        week.codes[code] = week.codes.get(code, 0) + 1


def _told(before: Sequence[int], now: Sequence[int]) -> dict[str, Any] | None:
    found = stability(before, now)
    if found is None:
        return None
    return {"index": round(found.index, 4), "by_chance": round(found.by_chance, 4),
            "expected_n": found.expected_n, "changed": found.changed}  # fmt: skip


def _share(count: int, n: int) -> dict[str, Any]:
    share = Share(count, n)
    return {"count": count, "n": n, "value": share.value, "interval": share.interval}


def _summed(bins: Sequence[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*bins, strict=True)] if bins else [0] * BINS
