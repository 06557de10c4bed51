"""What of a clip may be looked at and listened to: frames, spectrogram and sound, made once.

A worker makes them when the report is out; for clips that came before, they are made when somebody
first asks. Blocking.
"""

import json
from threading import Lock
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import spectrogram
from tingzhen.errors import ClipFileUnknown, ClipUnknown
from tingzhen.language import Text
from tingzhen.media import Clip, read_clip
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.page_sound import SPECTROGRAM_PX
from tingzhen.serving.records import (
    ClipFrame,
    ClipRecord,
    add_frames,
    frames,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.report_findings import findings_of, report_of
from tingzhen.serving.service import Service
from tingzhen.serving.sound import encode_sound
from tingzhen.vision import encode_jpeg

FRAME_PX: Final = 1280
"""Longer side of a kept frame."""
_SOUNDS: Final = {"audio/mpeg": "sound.mp3", "audio/wav": "sound.wav"}
_making = Lock()


def keep_clip_files(service: Service, record: ClipRecord, clip: Clip) -> None:
    """Make and keep them. record: with its report. Nothing stays where the clip was deleted.

    Raises FilesUnavailable, RecordsUnavailable, StorageFull.
    """
    prefix = clip_prefix(record.id)
    kept = [
        ClipFrame(clip_id=record.id, number=number, time_s=frame.time_s,
                  file_key=f"{prefix}frames/{number}.jpg")
        for number, frame in enumerate(clip.frames, start=1)
    ]  # fmt: skip
    for row, frame in zip(kept, clip.frames, strict=True):
        service.files.put_bytes(row.file_key, encode_jpeg(_small(frame.rgb)))
    spectrogram_key = None
    if clip.waveform is not None and len(clip.waveform):
        mime, content = encode_sound(clip.waveform)
        service.files.put_bytes(prefix + _SOUNDS[mime], content)
        spectrogram_key = f"{prefix}spectrogram.png"
        service.files.put_bytes(spectrogram_key, _picture(service, record, clip.waveform))
    try:
        with writing(service.records) as session:
            now = lock_clip(session, record.id)
            now.spectrogram_key = spectrogram_key
            add_frames(session, kept)
    except ClipUnknown:
        service.files.delete_all(prefix)
        raise


def frames_of(service: Service, record: ClipRecord) -> list[ClipFrame]:
    """In their order; none of a recording without pictures. Raises ClipFileUnknown while there is
    no report."""
    _ensure(service, record)
    with reading(service.records) as session:
        return frames(session, record.id)


def frame_of(service: Service, record: ClipRecord, number: int) -> bytes:
    """JPEG. Raises ClipFileUnknown."""
    for frame in frames_of(service, record):
        if frame.number == number:
            return service.files.read(frame.file_key)
    raise missing()


def spectrogram_of(service: Service, record: ClipRecord) -> bytes:
    """PNG. Raises ClipFileUnknown."""
    key = _ensure(service, record).spectrogram_key
    if key is None:
        raise missing()
    return service.files.read(key)


def sound_of(service: Service, record: ClipRecord) -> tuple[str, bytes]:
    """MIME type and content. Raises ClipFileUnknown."""
    found = _ensure(service, record)
    prefix = clip_prefix(record.id)
    for mime, name in _SOUNDS.items():
        key = found.masked_sound_key or prefix + name
        if key.endswith(name) and service.files.exists(key):
            return mime, service.files.read(key)
    raise missing()


def missing() -> ClipFileUnknown:
    return ClipFileUnknown(
        Text("这段记录没有这个画面、声音或频谱图。",
             "The clip has no such frame, sound or spectrogram.")
    )  # fmt: skip


def _ensure(service: Service, record: ClipRecord) -> ClipRecord:
    """The clip with its files made. Raises ClipFileUnknown where it has no report."""
    if record.report_en is None:
        raise missing()
    if _made(service, record):
        return record
    with _making:  # one at a time: decoding is the dearest thing that the service does
        with reading(service.records) as session:
            record = session.get(ClipRecord, record.id) or record
        if not _made(service, record):
            with service.files.open_local(record.file_key) as path:
                clip = read_clip(path, limits=service.settings.limits(), name=record.label)
            keep_clip_files(service, record, clip)
            with reading(service.records) as session:
                record = session.get(ClipRecord, record.id) or record
    return record


def _made(service: Service, record: ClipRecord) -> bool:
    if record.spectrogram_key is not None:
        return True
    with reading(service.records) as session:
        return bool(frames(session, record.id))


def _picture(service: Service, record: ClipRecord, waveform: NDArray[np.float32]) -> bytes:
    width_px, height_px = SPECTROGRAM_PX
    noise = findings_of(report_of(json.loads(record.report_en or "{}")), service.settings).noise
    synthetic = [t for t, provenance in noise.provenance.items() if provenance == "synthetic"]
    return spectrogram(
        waveform, noise.events, synthetic=synthetic, width_px=width_px, height_px=height_px
    )


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most FRAME_PX on the longer side. rgb: uint8 (height, width, 3)."""
    height, width = rgb.shape[:2]
    scale = FRAME_PX / max(height, width)
    if scale >= 1.0:
        return rgb
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
