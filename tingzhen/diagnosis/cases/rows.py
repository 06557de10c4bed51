"""A case as a row of the table, and back."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.duplicates import fingerprint, order_key
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.strata import mileage_band, season_of

# Columns that hold the field of the same name as it is.
AS_THEY_ARE: Final = (
    "id", "source", "opened_on", "number", "make", "model", "year", "powertrain", "mileage_km",
    "region", "ambient_c", "humidity_pct", "speed_kmh", "complaint", "fault", "fault_text",
    "none_of_these", "repair", "minutes", "cost_cny", "fixed_first_time", "vehicle_key", "workshop",
)  # fmt: skip


def row_of(record: CaseRecord) -> dict[str, Any]:
    """A value for each column but seq, the links and where it was imported from."""
    row: dict[str, Any] = {name: getattr(record, name) for name in AS_THEY_ARE}
    row["when"] = ",".join(record.when)
    row["codes"] = ",".join(record.codes)
    row["noises"] = _object(record.noises)
    row["damages"] = _object(record.damages)
    row["sound_embedding"] = _bytes(record.sound_embedding)
    row["picture_embedding"] = _bytes(record.picture_embedding)
    # Id and source come first: they say where a case came from, not what it is.
    row["fingerprint"] = fingerprint(list(row.values())[2:])
    row["order_key"] = order_key(record.number, record.workshop, record.id)
    row["month"] = record.opened_on.year * 12 + record.opened_on.month - 1
    row["season"] = season_of(record.opened_on)
    row["mileage_band"] = None if record.mileage_km is None else mileage_band(record.mileage_km)
    row["duplicate_of"] = row["duplicate_why"] = row["import_id"] = row["record_number"] = None
    return row


def record_of(row: Mapping[str, Any]) -> CaseRecord:
    """The case in a row of the table."""
    plain = {name: row[name] for name in AS_THEY_ARE}
    return CaseRecord(
        **plain,
        when=cast("Any", tuple(row["when"].split(",")) if row["when"] else ()),
        codes=tuple(row["codes"].split(",")) if row["codes"] else (),
        noises=json.loads(row["noises"]) if row["noises"] else {},
        damages=json.loads(row["damages"]) if row["damages"] else {},
        sound_embedding=_vector(row["sound_embedding"]),
        picture_embedding=_vector(row["picture_embedding"]),
    )


def _object(probabilities: Mapping[Any, float]) -> str | None:
    """JSON of an object, sorted by key, or None for an empty one: as json.dumps writes it, in a
    fifth of the time. Types of noise and damage are plain words."""
    if not probabilities:
        return None
    inside = ", ".join(
        f'"{kind}": {float(probabilities[kind])!r}' for kind in sorted(probabilities)
    )
    return f"{{{inside}}}"


def _bytes(vector: NDArray[np.float32] | None) -> bytes | None:
    return None if vector is None else np.asarray(vector, dtype="<f4").tobytes()


def _vector(content: bytes | None) -> NDArray[np.float32] | None:
    return None if content is None else np.frombuffer(content, dtype="<f4")
