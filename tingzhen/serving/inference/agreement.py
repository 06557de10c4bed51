"""How far a version in the shadow agrees with the active one, over the clips that both judged."""

import math
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tingzhen.serving.records import ClipRecord, ModelAgreement, RecogniserTask, reading

SLICES: Final = ("kind", "verdict", "first", "powertrain", "quality")
"""By the clip's kind, the reported verdict and first type, what drives the vehicle, and whether
the recording is poor."""
_Z_95: Final = 1.959964
_DISAGREEMENTS: Final = 50
_Flag = ColumnElement[bool] | InstrumentedAttribute[bool]


@dataclass(frozen=True, slots=True)
class Share:
    """count of n, as a share with its 95 % interval (Wilson 1927); None of them when n is 0."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        return self.count / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.n:
            return None
        n, p, zz = self.n, self.count / self.n, _Z_95**2
        middle = (p + zz / (2 * n)) / (1 + zz / n)
        half = _Z_95 / (1 + zz / n) * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class SliceAgreement:
    """Of the clips whose `slice` is `value`."""

    slice: str
    value: str
    same_verdict: Share
    same_first: Share


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two versions: active is the one that wrote the reports.

    same_first: the most probable type is the same. slices: those with the most clips first.
    disagreements: ids of clips with another verdict, the last sent first, at most 50.
    """

    task: RecogniserTask
    active: str
    shadow: str
    same_verdict: Share
    same_first: Share
    slices: tuple[SliceAgreement, ...]
    disagreements: tuple[str, ...]


def agreements(records: Engine, task: RecogniserTask) -> list[Agreement]:
    """One for each pair of versions that were compared, by name. Raises RecordsUnavailable."""
    with reading(records) as session:
        pairs = session.execute(
            select(ModelAgreement.active, ModelAgreement.shadow)
            .where(ModelAgreement.task == task)
            .distinct()
            .order_by(ModelAgreement.active, ModelAgreement.shadow)
        )
        return [_agreement(session, task, active, shadow) for active, shadow in pairs.all()]


def _agreement(session: Session, task: RecogniserTask, active: str, shadow: str) -> Agreement:
    those = (
        ModelAgreement.task == task,
        ModelAgreement.active == active,
        ModelAgreement.shadow == shadow,
    )
    counts = (
        func.count(),
        _number_where(ModelAgreement.agree),
        _number_where(ModelAgreement.data["same_first"].as_boolean()),
    )
    n, verdicts, firsts = session.execute(select(*counts).where(*those)).one()
    slices = []
    for name in SLICES:
        value = ModelAgreement.data["slices"][name].as_string()
        query = select(value, *counts).where(*those).group_by(value)
        for shown, some, same, first in session.execute(query):
            slices.append(SliceAgreement(name, str(shown), Share(same, some), Share(first, some)))
    slices.sort(key=lambda s: (SLICES.index(s.slice), -s.same_verdict.n, s.value))
    other = session.scalars(
        select(ModelAgreement.clip_id)
        .join(ClipRecord, ClipRecord.id == ModelAgreement.clip_id)
        .where(*those, ~ModelAgreement.agree)
        .order_by(ClipRecord.created_at.desc(), ClipRecord.id)
        .limit(_DISAGREEMENTS)
    )
    return Agreement(
        task, active, shadow, Share(verdicts, n), Share(firsts, n), tuple(slices), tuple(other)
    )


def _number_where(condition: _Flag) -> ColumnElement[int]:
    return func.count().filter(condition)
