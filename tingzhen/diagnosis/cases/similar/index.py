"""The nearest confirmed cases: an index that follows the database.

HNSW (Malkov and Yashunin 2018) by usearch over the vectors of all confirmed cases. The database is
the truth: what is new in it is added when the index is asked, and where the index does not fit it
(another database, another number of cases, files that cannot be read), it is made anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, and_, func, select

from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.rows import record_of
from tingzhen.diagnosis.cases.similar.index_files import read_manifest, read_scaling, write_index
from tingzhen.diagnosis.cases.similar.reasons import Reason, reasons
from tingzhen.diagnosis.cases.similar.vectors import WIDTH, Floats, Scaling, vectors_of
from tingzhen.diagnosis.cases.similar.words import rarity
from tingzhen.diagnosis.cases.store import CaseStore
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.errors import CasesUnavailable
from tingzhen.language import Text

CONNECTIVITY: Final = 16
EXPANSION_ADD: Final = 64
EXPANSION_SEARCH: Final = 160
_CANDIDATES: Final = 48
"""Fetched at least, so that enough are left when duplicates are taken out."""
_BATCH: Final = 4_000
_FITTED_ON: Final = 20_000
_SAVE_AFTER: Final = 1_000
_GROWN: Final = 4
"""The scaling is made anew when there are so many times the cases it was made from."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """likeness: cosine of the angle between the vectors, -1..1. reasons: what the two share."""

    case: CaseRecord
    likeness: float
    reasons: tuple[Reason, ...]


class SimilarCases:
    """The index of one database, kept in one folder. Safe to use from several threads.

    folder: where it is kept. scaling: how its vectors are made; None before the first update.
    """

    def __init__(self, store: CaseStore, folder: Path) -> None:
        self._store = store
        self.folder = folder
        self._alone = RLock()
        self._index: Any = None
        self.scaling: Scaling | None = None
        self._last_seq = self._fitted = self._unsaved = 0

    def find(self, query: CaseRecord, count: int = 10) -> list[SimilarCase]:
        """The confirmed cases most like the query, the nearest first, without the query itself.

        Raises CasesUnavailable.
        """
        with self._alone:
            self.update()
            if len(self._index) == 0 or self.scaling is None:
                return []
            scaling = self.scaling
            vector = vectors_of([query], scaling)[0]
            if not vector.any():
                return []
            found = self._search(vector, max(_CANDIDATES, 3 * count))
        cases = self._counted(dict(found), query.id, count)
        return [SimilarCase(case, near, reasons(query, case, scaling)) for case, near in cases]

    def nearest(self, vector: Floats, count: int) -> list[tuple[int, float]]:
        """Sequence number and likeness of the nearest cases, duplicates included."""
        with self._alone:
            self.update()
            return self._search(vector, max(_CANDIDATES, count))[:count]

    def update(self, on_progress: Progress = lambda share: None) -> int:
        """Bring the index up to the database; returns how many cases were added.

        Raises CasesUnavailable.
        """
        with self._alone:
            if self._index is None:
                self._open()
            last = self._newest()
            if last == self._last_seq:
                return 0
            if self._known_up_to(self._last_seq) != len(self._index) or self._outgrown(last):
                self._make_anew()
            added = self._add_from(self._last_seq, last, on_progress)
            self._unsaved += added
            if self._unsaved >= min(_SAVE_AFTER, len(self._index)):
                self.save()
            return added

    def save(self) -> None:
        """Write the index to its folder. Raises CasesUnavailable."""
        with self._alone:
            if self._index is None or self.scaling is None or self._unsaved == 0:
                return
            try:
                write_index(self.folder, self._index, self.scaling,
                            database_id=self._store.database_id(), last_seq=self._last_seq,
                            fitted=self._fitted)  # fmt: skip
            except (OSError, RuntimeError) as error:
                raise CasesUnavailable(
                    Text(f"相似案例索引无法写入 {self.folder}：{error}。",
                         f"The index of similar cases cannot be written to {self.folder}: "
                         f"{error}.")
                ) from error  # fmt: skip
            self._unsaved = 0

    def _counted(
        self, likeness: dict[int, float], without: str, count: int
    ) -> list[tuple[CaseRecord, float]]:
        """The nearest of the cases found that are no duplicates, and how near each is.

        Asked for by their numbers alone: with a word about duplicates in the query, SQLite goes
        through all cases that are none.
        """
        order = sorted(likeness, key=lambda seq: (-likeness[seq], seq))
        kept: list[tuple[CaseRecord, float]] = []
        with self._store.reading() as connection:
            for start in range(0, len(order), count):
                seqs = order[start : start + count]
                some = select(CASES).where(CASES.c.seq.in_(seqs))
                rows = {row["seq"]: row for row in connection.execute(some).mappings()}
                kept += [
                    (record_of(dict(rows[seq])), likeness[seq])
                    for seq in seqs
                    if seq in rows
                    and rows[seq]["duplicate_of"] is None
                    and rows[seq]["id"] != without
                ]
                if len(kept) >= count:
                    break
        return kept[:count]

    def _search(self, vector: Floats, count: int) -> list[tuple[int, float]]:
        matches = self._index.search(vector, count)
        keys, far = matches.keys.astype(np.int64), matches.distances
        near = 1.0 - far.astype(np.float64)
        return [(int(key), float(value)) for key, value in zip(keys, near, strict=True)]

    def _open(self) -> None:
        """Take the index from the folder where it fits the database, else an empty one."""
        manifest = read_manifest(self.folder)
        if manifest is not None and manifest.database_id == self._store.database_id():
            try:
                scaling = read_scaling(self.folder, manifest)
                index = _new_index()
                index.load(str(self.folder / manifest.vectors))
            except (OSError, ValueError, KeyError, RuntimeError):
                pass  # made anew below
            else:
                known = self._known_up_to(manifest.last_seq)
                if len(index) == manifest.count == known:
                    index.expansion_search = EXPANSION_SEARCH
                    self._index, self.scaling = index, scaling
                    self._last_seq, self._fitted = manifest.last_seq, manifest.fitted
                    return
        self._make_anew()

    def _make_anew(self) -> None:
        self._index, self.scaling = _new_index(), None
        self._last_seq = self._fitted = self._unsaved = 0

    def _outgrown(self, last: int) -> bool:
        few = self._fitted < _FITTED_ON
        return few and self._known_up_to(last) > _GROWN * max(1, self._fitted)

    def _add_from(self, after: int, last: int, on_progress: Progress) -> int:
        if self.scaling is None:
            records = self._records(0, last, _FITTED_ON, spread=True)
            self.scaling, self._fitted = _fit([record for _, record in records]), len(records)
        total, added = self._known_up_to(last) - self._known_up_to(after), 0
        while batch := self._records(after, last, _BATCH):
            keys = np.array([seq for seq, _ in batch], dtype=np.uint64)
            self._index.add(keys, vectors_of([record for _, record in batch], self.scaling))
            after, added = batch[-1][0], added + len(batch)
            on_progress(added / max(1, total))
        self._last_seq = last
        return added

    def _records(
        self, after: int, last: int, limit: int, *, spread: bool = False
    ) -> list[tuple[int, CaseRecord]]:
        """Confirmed cases; spread: from the whole range evenly, not the first ones."""
        query = select(CASES).where(_confirmed(), CASES.c.seq > after, CASES.c.seq <= last)
        if spread:
            step = max(1, self._known_up_to(last) // limit)
            query = query.where(CASES.c.seq % step == 0) if step > 1 else query
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(CASES.c.seq).limit(limit)).mappings().all()
        return [(row["seq"], record_of(dict(row))) for row in rows]

    def _newest(self) -> int:
        query = select(func.max(CASES.c.seq)).where(_confirmed())
        with self._store.reading() as connection:
            return connection.execute(query).scalar_one() or 0

    def _known_up_to(self, seq: int) -> int:
        query = select(func.count()).select_from(CASES)
        with self._store.reading() as connection:
            return int(
                connection.execute(query.where(and_(_confirmed(), CASES.c.seq <= seq))).scalar_one()
            )


def _confirmed() -> ColumnElement[bool]:
    return CASES.c.fault.is_not(None)


def _new_index() -> Any:
    from usearch.index import Index  # noqa: PLC0415 - only who looks for similar cases pays for it

    return Index(
        ndim=WIDTH, metric="cos", dtype="f16", connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD, expansion_search=EXPANSION_SEARCH,
    )  # fmt: skip


def _fit(records: Sequence[CaseRecord]) -> Scaling:
    return Scaling(
        rarity(record.complaint for record in records if record.complaint),
        _mean([r.sound_embedding for r in records if r.sound_embedding is not None]),
        _mean([r.picture_embedding for r in records if r.picture_embedding is not None]),
    )


def _mean(embeddings: Sequence[Floats]) -> Floats:
    """Mean of the embeddings of the most frequent width; empty without any."""
    if not embeddings:
        return np.empty(0, dtype=np.float32)
    widths, counts = np.unique([len(e) for e in embeddings], return_counts=True)
    width = widths[counts.argmax()]
    mean = np.mean([e for e in embeddings if len(e) == width], axis=0)
    return np.asarray(mean, dtype=np.float32)
