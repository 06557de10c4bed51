"""The sound's part of the page: its picture, and the events in it with what belongs to each."""

import base64
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import NOISE_NAMES, NoiseFindings, NoiseType, event_colour, spectrogram
from tingzhen.audio.provenance import SYNTHETIC_MARK
from tingzhen.audio.spectrogram_picture import BOTTOM_PX, LEFT_PX, RIGHT_PX, TOP_PX
from tingzhen.language import Language
from tingzhen.media import SAMPLE_RATE_HZ
from tingzhen.serving.report.phrases import frequency_band, phrase, seconds

SPECTROGRAM_PX: Final = (1100, 360)
LEAD_S: Final = 0.5
"""Half a second of what comes before lets the ear notice what begins."""
LONGEST_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """The picture of the sound. left, right, top, bottom: edges of the plot in it, 0..1.

    words: what a person who does not see it is told.
    """

    url: str
    duration_s: float
    width_px: int
    height_px: int
    left: float
    right: float
    top: float
    bottom: float
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a play button plays, in seconds of the clip; words: its name when read aloud."""

    from_s: float
    until_s: float
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event, numbered and coloured as in the spectrogram. mark: empty, or that only synthetic
    sound taught it. band: empty where none was looked for."""

    number: int
    colour: str
    name: str
    mark: str
    band: str
    probability: float
    stretch: Stretch


def stretch(start_s: float, end_s: float | None, words: str, language: Language) -> Stretch:
    """A stretch with a little of what comes before it, of at most LONGEST_S in all."""
    from_s = max(0.0, start_s - LEAD_S)
    end_s = start_s + LONGEST_S if end_s is None else end_s
    span = phrase("span", language, start=seconds(start_s), end=seconds(end_s))
    return Stretch(
        from_s,
        min(end_s, from_s + LONGEST_S),
        f"{seconds(start_s)}–{seconds(end_s)} s",
        phrase("play_stretch", language, what=words, span=span),
    )


def type_mark(noise: NoiseFindings, type_: NoiseType, language: Language) -> str:
    """The badge beside the name of a type; empty where it needs none."""
    synthetic = noise.provenance.get(type_) == "synthetic"
    return SYNTHETIC_MARK.to(language) if synthetic else ""


def event_rows(noise: NoiseFindings, language: Language) -> list[EventRow]:
    rows = []
    for number, event in enumerate(noise.events, start=1):
        blue, green, red = event_colour(event.type)
        rows.append(
            EventRow(
                number=number,
                colour=f"#{red:02x}{green:02x}{blue:02x}",
                name=NOISE_NAMES[event.type].to(language),
                mark=type_mark(noise, event.type, language),
                band=frequency_band(event.low_hz, event.high_hz, language),
                probability=event.probability,
                stretch=stretch(
                    event.start_s,
                    event.end_s,
                    f"{number}, {noise.name(event.type).to(language)}",
                    language,
                ),
            )
        )
    return rows


def picture_of_sound(
    waveform: NDArray[np.float32], noise: NoiseFindings, language: Language
) -> Spectrogram:
    """waveform: float32 (n,), mono, 16 kHz, of the whole clip."""
    width, height = SPECTROGRAM_PX
    synthetic = [t for t, provenance in noise.provenance.items() if provenance == "synthetic"]
    picture = spectrogram(
        waveform,
        noise.events,
        synthetic=synthetic,
        width_px=width,
        height_px=height,
        language=language,
    )
    return Spectrogram(
        url=f"data:image/png;base64,{base64.b64encode(picture).decode()}",
        duration_s=len(waveform) / SAMPLE_RATE_HZ,
        width_px=width,
        height_px=height,
        left=LEFT_PX / width,
        right=1 - RIGHT_PX / width,
        top=TOP_PX / height,
        bottom=1 - BOTTOM_PX / height,
        words=_in_words(noise, language),
    )


def _in_words(noise: NoiseFindings, language: Language) -> str:
    comma, stop = ("，", "；") if language == "zh" else (", ", "; ")
    parts = []
    for number, event in enumerate(noise.events, start=1):
        span = phrase("span", language, start=seconds(event.start_s), end=seconds(event.end_s))
        band = frequency_band(event.low_hz, event.high_hz, language)
        name = noise.name(event.type).to(language)
        parts.append(f"{number} {comma.join(filter(None, (name, span, band)))}")
    return stop.join([phrase("spectrogram_of", language), *parts])
