"""The pictures of a clip on its page: frames with what was found in them, heat on demand."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tingzhen.language import Language
from tingzhen.media import Frame
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.report.phrases import percent, phrase, seconds
from tingzhen.serving.report.summary import shown_in
from tingzhen.vision import (
    EXPERIMENTAL_DAMAGES,
    damage_colour,
    damage_name,
    draw_findings,
    encode_jpeg,
    encode_png,
    heat_layer,
)
from tingzhen.vision.findings import DamageFinding

MARKED_FRAMES: Final = 6
PLAIN_FRAMES: Final = 3
HEATS: Final = 8  # of one picture; report.css has a switch for each


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding in a picture, numbered and coloured as there. experimental: its box is dashed.
    heat: a data: URI, empty without."""

    number: int
    colour: str
    name: str
    facts: str
    experimental: bool
    heat: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame with what was found in it. url: a data: URI."""

    anchor: str
    time_s: float
    url: str
    caption: str
    marks: tuple[Mark, ...]

    @property
    def words(self) -> str:
        """For those who cannot see it."""
        return ", ".join([self.caption, *(f"{m.number} {m.name}" for m in self.marks)])


def data_url(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def frame_at(frames: Sequence[Frame], time_s: float) -> int:
    """Index of the frame that is nearest in time; frames: at least one."""
    return min(range(len(frames)), key=lambda index: abs(frames[index].time_s - time_s))


def pictures_of(analysis: Analysis, language: Language) -> list[Picture]:
    """The frames with the most probable findings, in order of time; some plain ones if none."""
    frames = analysis.clip.frames
    if not frames:
        return []
    by_frame: dict[int, list[DamageFinding]] = {}
    for finding in sorted(analysis.damage.findings, key=lambda f: -f.probability):
        nearest = frame_at(frames, finding.time_s)
        if nearest in by_frame or len(by_frame) < MARKED_FRAMES:
            by_frame.setdefault(nearest, []).append(finding)
    if not by_frame:
        step = max(1, len(frames) // PLAIN_FRAMES)
        by_frame = {i: [] for i in range(step // 2, len(frames), step)[:PLAIN_FRAMES]}
    return [
        _picture(index, frames[index], found, analysis, language)
        for index, found in sorted(by_frame.items())
    ]


def _picture(
    index: int, frame: Frame, found: list[DamageFinding], analysis: Analysis, language: Language
) -> Picture:
    photo = analysis.clip.kind == "photo"
    key = "the_photo" if photo else "frame_at"
    return Picture(
        anchor=f"picture-{index}",
        time_s=frame.time_s,
        url=data_url("image/jpeg", encode_jpeg(draw_findings(frame.rgb, found, language=language))),
        caption=phrase(key, language, s=seconds(frame.time_s)),
        marks=tuple(
            _mark(number, finding, language, photo=photo)
            for number, finding in enumerate(found, start=1)
        ),
    )


def _mark(number: int, finding: DamageFinding, language: Language, *, photo: bool) -> Mark:
    red, green, blue = damage_colour(finding.type)
    heat = ""
    if finding.heat is not None and number <= HEATS:
        heat = data_url("image/png", encode_png(heat_layer(finding)))
    facts = [percent(finding.probability, language)]
    facts += [] if photo else [shown_in(finding, language)]
    return Mark(
        number=number,
        colour=f"#{red:02x}{green:02x}{blue:02x}",
        name=damage_name(finding.type).to(language),
        facts=" · ".join(facts),
        experimental=finding.type in EXPERIMENTAL_DAMAGES,
        heat=heat,
    )
