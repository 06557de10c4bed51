"""One self-contained page for one clip: works offline, asks no other host for anything."""

import base64
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tingzhen.audio import NOISE_NAMES
from tingzhen.language import Language, Text
from tingzhen.media import Frame
from tingzhen.serving import summary
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.page_sound import event_rows, picture_of_sound, stretch, type_mark
from tingzhen.serving.phrases import minutes, percent, phrase, seconds
from tingzhen.serving.sound import encode_sound
from tingzhen.vision import damage_name, draw_findings, encode_jpeg
from tingzhen.vision.findings import DamageFinding

TEMPLATES: Final = Path(__file__).parent / "templates"
MARKED_FRAMES: Final = 6
PLAIN_FRAMES: Final = 3
TYPES_SHOWN: Final = 4
EVENTS_OPEN: Final = 12
CAUSES_OPEN: Final = 4
LIKELY_ENOUGH: Final = 0.01
NAME_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame with what was found in it. url: a data: URI."""

    anchor: str
    time_s: float
    url: str
    caption: str
    names: tuple[str, ...]


def page_name(clip_name: str, taken: Collection[str] = ()) -> str:
    """A file name for the page of a clip: no separators, no leading dot, none of `taken`.

    taken: casefolded names that other clips of the same run have.
    """
    stem = Path(clip_name.replace("\\", "/")).stem
    safe = re.sub(r"[^\w.-]+", "_", stem).strip("._-")[:NAME_CHARACTERS] or "clip"
    name, number = f"{safe}.html", 2
    while name.casefold() in taken:
        name, number = f"{safe}-{number}.html", number + 1
    return name


def render_page(analysis: Analysis, language: Language) -> str:
    """The page as HTML text; sound, spectrogram and frames are inside as data: URIs."""
    clip, noise = analysis.clip, analysis.noise
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    pictures = _pictures(analysis, language)
    sound = picture = None
    if clip.waveform is not None and len(clip.waveform):
        sound = _data_url(*encode_sound(clip.waveform))
        picture = picture_of_sound(clip.waveform, noise, language)

    def say(text: object) -> str:
        return text.to(language) if isinstance(text, Text) else ""

    causes = [c for c in analysis.diagnosis.causes if c.probability >= LIKELY_ENOUGH]
    return _environment().get_template("report.html").render(
        analysis=analysis,
        clip=clip,
        diagnosis=analysis.diagnosis,
        language=language,
        html_language="zh-CN" if language == "zh" else "en",
        style=Markup(style),  # noqa: S704 - our own file, not a clip's
        script=Markup(script),  # noqa: S704 - our own file, not a clip's
        policy=_policy(style, script),
        headline=summary.headline(analysis, language),
        sure=summary.sureness(analysis, language),
        heard=summary.heard(analysis, language),
        seen=summary.seen(analysis, language),
        facts=summary.clip_facts(analysis, language),
        told=summary.told(analysis.circumstances, language),
        sound=sound,
        spectrogram=picture,
        noise_rows=_rows(
            [
                (NOISE_NAMES[t].to(language), type_mark(noise, t, language), probability)
                for t, probability in ((score.type, score.probability) for score in noise.types)
            ]
        ),
        damage_rows=_rows(
            [
                (damage_name(s.type).to(language), "", s.probability)
                for s in analysis.damage.types
            ]
        ),
        events=event_rows(noise, language),
        events_open=EVENTS_OPEN,
        stretch=lambda item: stretch(item.start_s, item.end_s, say(item.text), language),
        pictures=pictures,
        picture_at=lambda s: min(pictures, key=lambda p: abs(p.time_s - s)).anchor,
        causes=causes,
        causes_open=CAUSES_OPEN,
        types_shown=TYPES_SHOWN,
        t=lambda key, **values: phrase(key, language, **values),
        say=say,
        percent=lambda p: percent(p, language),
        minutes=lambda n: minutes(n, language),
        seconds=seconds,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(style: str, script: str) -> str:
    """Content security policy: our one style sheet and our one script, by their hashes."""
    return (
        "default-src 'none'; img-src data:; media-src data:; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _data_url(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _rows(scores: list[tuple[str, str, float]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "mark": mark, "probability": p, "width": f"{p * 100:.1f}"}
        for name, mark, p in scores
    ]


def _pictures(analysis: Analysis, language: Language) -> list[Picture]:
    """The frames with the most probable findings, in order of time; some plain ones if none."""
    frames = analysis.clip.frames
    if not frames:
        return []
    by_frame: dict[int, list[DamageFinding]] = {}
    for finding in sorted(analysis.damage.findings, key=lambda f: -f.probability):
        nearest = min(range(len(frames)), key=lambda i: abs(frames[i].time_s - finding.time_s))
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
    drawn = draw_findings(frame.rgb, found, language=language)
    if analysis.clip.kind == "photo":
        where = phrase("the_photo", language)
    else:
        where = phrase("frame_at", language, s=seconds(frame.time_s))
    # Numbered as in the picture.
    names = tuple(
        f"{number}. {damage_name(f.type).to(language)} {percent(f.probability, language)}"
        for number, f in enumerate(found, start=1)
    )
    return Picture(
        anchor=f"picture-{index}",
        time_s=frame.time_s,
        url=_data_url("image/jpeg", encode_jpeg(drawn)),
        caption=where,
        names=names,
    )
