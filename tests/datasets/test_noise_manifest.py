"""Manifests of recordings, their decoding, and generated sounds."""

import wave

import numpy as np
import pytest

from tingzhen.datasets.generated_sounds import generated_sound, write_generated_sounds
from tingzhen.datasets.noise_manifest import VEHICLE_NEGATIVES, read_noise_manifest
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.errors import ManifestError

HEADER = "path,acoustic,reported,group,source\n"


def write_wav(path, samples, rate=16_000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.asarray(samples) * 32767).astype("<i2").tobytes())


def manifest(folder, *rows, header=HEADER):
    write_wav(folder / "a.wav", np.zeros(160))
    path = folder / "manifest.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_rows_become_clips(tmp_path):
    clips = read_noise_manifest(
        manifest(
            tmp_path,
            "a.wav,knock;tick,engine_knock,g1,s1",
            "a.wav,unsure,low_oil,g2,s1",
            "a.wav,negative,neg_vehicle_passby,g3,s2",
            "a.wav,negative,neg_rain,g4,s2",
            "a.wav,normal,car_clean,g5,s3",
        )
    )
    assert [clip.types for clip in clips] == [
        {"knock", "tick"}, {"normal"}, {"not_vehicle"}, {"normal"},
    ]  # fmt: skip
    assert [clip.faulty for clip in clips] == [True, False, False, False]
    assert [clip.negative for clip in clips] == [False, True, True, False]
    assert [clip.weak for clip in clips] == [False, False, False, True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,knok,,g,s", "line 2: unknown type 'knok'"),
        ("b.wav,knock,,g,s", "line 2: b.wav is missing"),
        ("a.wav,knock,,,s", "line 2: group or source is empty"),
        ("a.wav,unsure,,g,s", "no usable clip"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path, row, message):
    with pytest.raises(ManifestError, match=message):
        read_noise_manifest(manifest(tmp_path, row))


def test_missing_columns_and_files_are_typed_errors(tmp_path):
    with pytest.raises(ManifestError, match="group, source"):
        read_noise_manifest(manifest(tmp_path, header="path,acoustic\n"))
    with pytest.raises(ManifestError, match="cannot be read"):
        read_noise_manifest(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(ManifestError):
        read_noise_manifest(tmp_path / "binary.csv")


def test_recordings_become_16_khz_mono(tmp_path):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)
    write_wav(tmp_path / "tone.wav", tone, rate=44_100)
    waveform = read_waveform(tmp_path / "tone.wav")
    assert waveform.dtype == np.float32 and abs(len(waveform) - 16_000) <= 2
    spectrum = np.abs(np.fft.rfft(waveform))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert np.sqrt(np.mean(waveform**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_sounds_that_cannot_be_decoded_are_typed_errors(tmp_path):
    (tmp_path / "junk.wav").write_bytes(b"junk" * 100)
    write_wav(tmp_path / "empty.wav", [])
    for name in ("junk.wav", "empty.wav", "missing.wav"):
        with pytest.raises(ManifestError, match=name):
            read_waveform(tmp_path / name)


def test_generated_sounds_are_sound_and_repeatable(tmp_path):
    for kind in range(15):
        first = generated_sound(kind, np.random.default_rng(kind))
        assert np.isfinite(first).all() and np.abs(first).max() == pytest.approx(0.5)
        assert np.array_equal(first, generated_sound(kind, np.random.default_rng(kind)))
    clips = write_generated_sounds(tmp_path / "g", seed=3, count=5)
    assert len({clip.group for clip in clips}) == 5
    assert all(clip.types == {"not_vehicle"} and not clip.faulty for clip in clips)
    assert len(read_waveform(clips[0].path)) == 48_000


def test_the_development_manifest_is_read(data_dir):
    clips = read_noise_manifest(data_dir / "audio" / "manifest.csv")
    assert len(clips) == 1239 - 56
    assert {c.reported for c in clips if c.negative and c.types == {"normal"}} == VEHICLE_NEGATIVES
    groups = {}
    for clip in clips:
        assert groups.setdefault(clip.group, clip.source) == clip.source
