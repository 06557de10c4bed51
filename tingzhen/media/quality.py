"""How good the recording is, and what to do better the second time.

Thresholds were set on generated sound and pictures of known level, and checked on real phone
clips, of which none that a person can judge may be marked (tests/media/test_quality.py).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tingzhen.language import Text
from tingzhen.media.clip import SAMPLE_RATE_HZ, Clip, QualityFact

USEFUL_DURATION_S = 3.0
QUIET_DBFS = -55.0
CLIPPED_LEVEL = 0.985
CLIPPED_FRACTION = 0.002
DARK_LUMA = 32.0
BLURRED_SHARPNESS = 40.0
# Wind: a phone's microphone overloaded by pressure swings below the voice, broad and gusty.
_WIND_BAND_HZ = 90.0
_WIND_SHARE = 0.85
_WIND_LINE_SHARE = 0.3
_LINE_FACTOR = 5.0
_LINE_REACH = 6
_WINDOW = SAMPLE_RATE_HZ

QUALITY: dict[str, tuple[Text, Text]] = {
    "too_short": (
        Text("录制时间太短。", "The recording is short."),
        Text("请至少录 10 秒，并在异响出现时录制。",
             "Record at least 10 seconds while the noise is there."),
    ),
    "too_quiet": (
        Text("声音太小，几乎听不到。", "Hardly any sound can be heard."),
        Text("请靠近声源（约 30 厘米），不要遮住手机麦克风。",
             "Hold the phone about 30 cm from the noise and do not cover the microphone."),
    ),
    "clipped": (
        Text("声音过大，录音已失真。", "The sound is too loud and distorted."),
        Text("请离声源远一些（约 1 米）再录。", "Record again from about one metre away."),
    ),
    "mostly_speech": (
        Text("录音中主要是说话声。", "Mostly speech is heard."),
        Text("录制时请不要说话，并关闭收音机和音乐。",
             "Do not talk while recording, and switch the radio off."),
    ),
    "wind": (
        Text("录音中有明显的风噪。", "Wind covers the sound."),
        Text("请背风录制，或用手挡风但不要碰到麦克风。",
             "Turn your back to the wind or shield the phone without touching the microphone."),
    ),
    "too_dark": (
        Text("画面太暗。", "The picture is too dark."),
        Text("请打开手机闪光灯，或到光线充足的地方拍摄。",
             "Switch on the phone's light or go where it is bright."),
    ),
    "blurred": (
        Text("画面模糊或抖动。", "The picture is blurred or shaky."),
        Text("请双手持稳手机，靠近后停留两秒再移动。",
             "Hold the phone with both hands, come close and stay still for two seconds."),
    ),
    "no_audio_track": (
        Text("没有声音。", "There is no sound."),
        Text("如需判断异响，请用手机录像（不要静音）或录音。",
             "To have a noise judged, record a video with sound or an audio file."),
    ),
    "no_video_track": (
        Text("没有画面。", "There is no picture."),
        Text("如需判断外观损伤，请拍摄视频或照片。",
             "To have visible damage judged, take a video or a photo."),
    ),
    "damaged_packets": (
        Text("文件有部分数据损坏，已跳过。", "Parts of the file are damaged and were left out."),
        Text("若结果不明确，请重新录制。", "If the result is unclear, record again."),
    ),
    "partly_decoded": (
        Text("视频较大，只分析了部分画面。",
             "The video is heavy to decode; only part of its pictures was analysed."),
        Text("请以 1080p 录制较短的一段。", "Record a shorter clip at 1080p."),
    ),
    "generated_clip": (
        Text("这是程序生成的演示片段，不是真实录音录像。",
             "This is a generated clip, not a real recording."),
        Text("请用您自己车辆的片段。", "Use a clip of your own vehicle."),
    ),
}  # fmt: skip


def quality_fact(code: str) -> QualityFact:
    """The fact with its texts; raises KeyError for a code that is not in QUALITY."""
    message, advice = QUALITY[code]
    return QualityFact(code, message, advice)


def assess(clip: Clip, *, partial: bool = False) -> Clip:
    """The clip with its quality facts. partial: the decoder left wanted pictures out."""
    codes: list[str] = ["generated_clip"] if clip.generated else []
    if clip.kind != "photo" and clip.duration_s < USEFUL_DURATION_S:
        codes.append("too_short")
    if clip.waveform is None:
        codes.append("no_audio_track")
    else:
        codes += sound_codes(clip.waveform)
    if not clip.frames:
        codes.append("no_video_track")
    else:
        luma = [float(frame.rgb[::8, ::8].mean()) for frame in clip.frames]
        if float(np.median(luma)) < DARK_LUMA:
            codes.append("too_dark")
        elif float(np.median([frame.sharpness for frame in clip.frames])) < BLURRED_SHARPNESS:
            codes.append("blurred")
    if clip.damaged_packets:
        codes.append("damaged_packets")
    if partial:
        codes.append("partly_decoded")
    return replace(clip, quality=tuple(quality_fact(code) for code in codes))


def sound_codes(waveform: NDArray[np.float32]) -> list[str]:
    """What is weak in the sound, as codes of QUALITY. waveform: float32 (n,), mono, 16 kHz."""
    level = float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64)))) if len(waveform) else 0.0
    if level < 10 ** (QUIET_DBFS / 20):
        return ["too_quiet"]
    codes = []
    if float(np.mean(np.abs(waveform) >= CLIPPED_LEVEL)) > CLIPPED_FRACTION:
        codes.append("clipped")
    if _is_wind(waveform):
        codes.append("wind")
    return codes


def _is_wind(waveform: NDArray[np.float32]) -> bool:
    """Most of the energy lies under 90 Hz and stands in no lines: an idling engine has lines.

    A line: power over _LINE_FACTOR times the median of its neighbourhood, in the mean of
    periodograms of one second that overlap by half (Welch 1967).
    """
    if len(waveform) < 2 * _WINDOW:
        return False
    starts = range(0, len(waveform) - _WINDOW + 1, _WINDOW // 2)
    window = np.hanning(_WINDOW).astype(np.float32)
    power = np.zeros(_WINDOW // 2 + 1)
    for start in starts:
        power += np.abs(np.fft.rfft(waveform[start : start + _WINDOW] * window)) ** 2
    top = int(_WIND_BAND_HZ / SAMPLE_RATE_HZ * _WINDOW)
    low = power[2 : top + 1]
    if low.sum() < _WIND_SHARE * max(float(power[2:].sum()), 1e-20):
        return False
    neighbourhood = np.lib.stride_tricks.sliding_window_view(
        np.pad(low, _LINE_REACH, mode="edge"), 2 * _LINE_REACH + 1
    )
    lines = low > _LINE_FACTOR * np.median(neighbourhood, axis=1)
    return bool(low[lines].sum() < _WIND_LINE_SHARE * low.sum())
