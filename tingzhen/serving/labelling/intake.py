"""What came in: clips counted by day, and by what their reports say."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import defer

from tingzhen.serving.labelling.deidentified import codes_of, source_of
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.labelling.reading import Wanted, found
from tingzhen.serving.records import ClipLabel, ClipRecord, reading
from tingzhen.serving.service import Service

BY: Final = (
    "source", "kind", "noise_verdict", "noise_type", "damage_verdict", "damage_type", "quality",
    "noise_version", "damage_version",
)  # fmt: skip
"""What clips are counted by. quality: a clip counts once for each code, or as `clear`."""


_UNREAD: Final = tuple(
    defer(column)
    for column in (ClipRecord.report_zh, ClipRecord.report_en, ClipRecord.circumstances)
)


def intake(service: Service, since: date, until: date) -> dict[str, Any]:
    """Clips of those days (UTC, both included) that have a report, as JSON values.

    `by`: for each of BY, values with counts, the most frequent first. Generated clips are counted
    apart: `recordings` leaves them out, and so does `by`, except by source. Raises
    RecordsUnavailable.
    """
    pending = catch_up(service.records)
    days: dict[str, Counter[str]] = {}
    for step in range((until - since).days + 1):
        days[(since + timedelta(days=step)).isoformat()] = Counter()
    by: dict[str, Counter[str]] = {name: Counter() for name in BY}
    total = generated = 0
    with reading(service.records) as session:
        labelled = set(session.scalars(select(ClipLabel.clip_id).distinct()))
        query = found(Wanted(since=since, until=until)).options(*_UNREAD)
        rows = session.execute(query, execution_options={"yield_per": 500})
        labelled_here = 0
        for record, facts in rows:
            total += 1
            labelled_here += record.id in labelled
            source = source_of(record, facts)
            days[record.created_at.astimezone(UTC).date().isoformat()][source] += 1
            by["source"][source] += 1
            if facts.generated:
                generated += 1
                continue
            for name in ("kind", "noise_verdict", "damage_verdict"):
                by[name][getattr(record, name) or "–"] += 1
            for name in ("noise_type", "damage_type", "noise_version", "damage_version"):
                if (value := getattr(facts, name)) is not None:
                    by[name][value] += 1
            by["quality"].update(codes_of(facts) or ["clear"])
    return {
        "since": since.isoformat(), "until": until.isoformat(), "clips": total,
        "recordings": total - generated, "generated": generated, "labelled": labelled_here,
        "pending": pending,
        "by_day": [{"day": day, **_sources(counts)} for day, counts in days.items()],
        "by": {
            name: [{"value": value, "count": count} for value, count in counts.most_common()]
            for name, counts in by.items()
        },
    }  # fmt: skip


def last_days(count: int, today: date | None = None) -> tuple[date, date]:
    """First and last of the last so many days, today included (UTC)."""
    end = today or datetime.now(UTC).date()
    return end - timedelta(days=count - 1), end


def _sources(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("owner", "workshop", "generated")}
