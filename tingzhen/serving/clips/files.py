"""What of a clip may be looked at and listened to: frames, spectrogram and sound, made once.

Voices are masked in them, faces and plates blurred; what is analysed is the original. A worker
makes them when the report is out and no clip is analysed (jobs/shown_copies.py); else they are made
when somebody first asks, and at the latest before the original is removed. Blocking.
"""

import json
from collections.abc import Sequence
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import spectrogram, with_bands
from tingzhen.errors import ClipFileUnknown, ClipUnknown
from tingzhen.language import Text
from tingzhen.media import SAMPLE_RATE_HZ, Clip, read_clip
from tingzhen.serving.clips.spectrogram import keep_bands
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.privacy import Hidden, blur, hidden_places, mask_speech
from tingzhen.serving.privacy.boxes import Box
from tingzhen.serving.privacy.shown import covers, keep_hidden, kept_hidden
from tingzhen.serving.records import (
    ClipFrame,
    ClipRecord,
    add_frames,
    frames,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.report.findings import findings_of, report_of
from tingzhen.serving.report.page_sound import SPECTROGRAM_PX
from tingzhen.serving.service import Service
from tingzhen.serving.sound import encode_sound
from tingzhen.vision import encode_jpeg

_SOUNDS: Final = {"audio/mpeg": "sound.mp3", "audio/wav": "sound.wav"}
_MIME: Final = {name.rpartition(".")[2]: mime for mime, name in _SOUNDS.items()}
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
    hidden: dict[int, list[Hidden]] = {}
    for row, frame in zip(kept, clip.frames, strict=True):
        hidden[row.number] = hidden_places(frame.rgb)
        service.files.put_bytes(row.file_key, encode_jpeg(blur(frame.rgb, hidden[row.number])))
    if kept:
        keep_hidden(service.files, record.id, hidden)
    sound_key = spectrogram_key = None
    if clip.waveform is not None and len(clip.waveform):
        masked = mask_speech(clip.waveform)
        mime, content = encode_sound(masked)
        sound_key = prefix + _SOUNDS[mime]
        service.files.put_bytes(sound_key, content)
        spectrogram_key = f"{prefix}spectrogram.png"
        service.files.put_bytes(spectrogram_key, _picture(service, record, masked))
    try:
        with writing(service.records) as session:
            now = lock_clip(session, record.id)
            now.masked_sound_key, now.spectrogram_key = sound_key, spectrogram_key
            add_frames(session, kept)
    except ClipUnknown:
        service.files.delete_all(prefix)
        raise


def frames_of(service: Service, record: ClipRecord) -> list[ClipFrame]:
    """In their order; none of a recording without pictures. Raises ClipFileUnknown while there is
    no report."""
    ensure_shown(service, record)
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
    key = ensure_shown(service, record).spectrogram_key
    if key is None:
        raise missing()
    return service.files.read(key)


def sound_of(service: Service, record: ClipRecord) -> tuple[str, bytes]:
    """MIME type and content. Raises ClipFileUnknown."""
    key = ensure_shown(service, record).masked_sound_key
    if key is None:
        raise missing()
    return _MIME[key.rpartition(".")[2]], service.files.read(key)


def hidden_in(
    service: Service, record: ClipRecord, shown: Sequence[ClipFrame]
) -> dict[int, list[tuple[Hidden, bool]]]:
    """What is blurred in each of these frames of a clip, by its number, and whether it covers a
    part of a damage that the report shows in that frame."""
    places = kept_hidden(service.files, record.id)
    boxes: dict[int, list[Box]] = {frame.number: [] for frame in shown}
    for finding in json.loads(record.report_en or "{}").get("damage", {}).get("findings", []):
        nearest = min(shown, key=lambda frame: abs(frame.time_s - finding["time_s"]), default=None)
        if nearest is not None:
            boxes[nearest.number].append(tuple(finding["box"]))
    return {
        number: [(place, covers(place, found)) for place in places.get(number, [])]
        for number, found in boxes.items()
    }


def missing() -> ClipFileUnknown:
    return ClipFileUnknown(
        Text("这段记录没有这个画面、声音或频谱图。",
             "The clip has no such frame, sound or spectrogram.")
    )  # fmt: skip


def ensure_shown(service: Service, record: ClipRecord, clip: Clip | None = None) -> ClipRecord:
    """The clip with its files made. clip: decoded, where it is at hand. Raises ClipFileUnknown
    where it has no report."""
    if record.report_en is None:
        raise missing()
    if is_shown(service, record):
        return record
    with _making:  # one at a time: decoding is the dearest thing that the service does
        with reading(service.records) as session:
            record = session.get(ClipRecord, record.id) or record
        if not is_shown(service, record):
            if clip is None:
                with service.files.open_local(record.file_key) as path:
                    clip = read_clip(path, limits=service.settings.limits(), name=record.label)
            keep_clip_files(service, record, clip)
            with reading(service.records) as session:
                record = session.get(ClipRecord, record.id) or record
    return record


def is_shown(service: Service, record: ClipRecord) -> bool:
    """Whether the copies that may be shown are made."""
    if record.masked_sound_key is not None:
        return True
    with reading(service.records) as session:
        return bool(frames(session, record.id))


def _picture(service: Service, record: ClipRecord, waveform: NDArray[np.float32]) -> bytes:
    width_px, height_px = SPECTROGRAM_PX
    noise = findings_of(report_of(json.loads(record.report_en or "{}")), service.settings).noise
    synthetic = [t for t, provenance in noise.provenance.items() if provenance == "synthetic"]
    events = with_bands(waveform, noise.events)
    keep_bands(service.files, record.id, len(waveform) / SAMPLE_RATE_HZ, events)
    return spectrogram(
        waveform, events, synthetic=synthetic, width_px=width_px, height_px=height_px
    )
