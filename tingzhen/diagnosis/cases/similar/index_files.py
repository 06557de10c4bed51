"""The index of similar cases on disk: whole or not at all.

A manifest names the files that belong together. New files are written beside the old ones and the
manifest is replaced last, so a stop at any point leaves the old index or the new one.
"""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tingzhen.diagnosis.cases.similar.vectors import WIDTH, Scaling

VERSION: Final = 1
"""Raised whenever vectors are made otherwise: an index of another version is made anew."""
_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """database_id: of the database that it was made from. last_seq: of its last case. count: cases
    in it; fitted: of them when the scaling was made. vectors, scaling: file names, with sizes."""

    version: int
    width: int
    database_id: str
    last_seq: int
    count: int
    fitted: int
    vectors: str
    vectors_bytes: int
    scaling: str
    scaling_bytes: int


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest, or None where there is none that fits this version and its files."""
    try:
        found = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**found)
        whole = (
            manifest.version == VERSION
            and manifest.width == WIDTH
            and (folder / manifest.vectors).stat().st_size == manifest.vectors_bytes
            and (folder / manifest.scaling).stat().st_size == manifest.scaling_bytes
        )
    except (OSError, ValueError, TypeError):
        return None
    return manifest if whole else None


def read_scaling(folder: Path, manifest: Manifest) -> Scaling:
    """Raises OSError and ValueError."""
    with np.load(folder / manifest.scaling, allow_pickle=False) as arrays:
        return Scaling(**{name: arrays[name] for name in ("rarity", "sound_mean", "picture_mean")})


def write_index(
    folder: Path, index: Any, scaling: Scaling, *, database_id: str, last_seq: int, fitted: int
) -> None:
    """Write index (usearch.index.Index) and scaling, then the manifest. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        stem = uuid.uuid4().hex[:12]
        vectors, arrays = folder / f"{stem}.usearch", folder / f"{stem}.npz"
        index.save(str(vectors))
        with arrays.open("wb") as file:
            np.savez(file, rarity=scaling.rarity, sound_mean=scaling.sound_mean,
                     picture_mean=scaling.picture_mean)  # fmt: skip
        for path in (vectors, arrays):
            _to_disk(path)
        manifest = Manifest(
            VERSION, WIDTH, database_id, last_seq, len(index), fitted, vectors.name,
            vectors.stat().st_size, arrays.name, arrays.stat().st_size,
        )  # fmt: skip
        fresh = folder / f"{stem}.json"
        fresh.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
        _to_disk(fresh)
        fresh.replace(folder / _MANIFEST)
        for old in folder.iterdir():
            ours = old.suffix in (".usearch", ".npz", ".json")
            if ours and old.name not in (_MANIFEST, vectors.name, arrays.name):
                old.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process writes at a time."""
    import fcntl  # noqa: PLC0415 - not on every system; only who writes needs it

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
