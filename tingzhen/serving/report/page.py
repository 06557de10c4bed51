"""One self-contained page for one clip: works offline, asks no other host for anything."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tingzhen.audio import NOISE_NAMES
from tingzhen.language import Language, Text
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.report import summary
from tingzhen.serving.report.page_pictures import data_url, pictures_of
from tingzhen.serving.report.page_sound import event_rows, picture_of_sound, stretch, type_mark
from tingzhen.serving.report.phrases import minutes, percent, phrase, seconds
from tingzhen.serving.sound import encode_sound
from tingzhen.vision import damage_name

TEMPLATES: Final = Path(__file__).parent / "templates"
TYPES_SHOWN: Final = 4
EVENTS_OPEN: Final = 12
CAUSES_OPEN: Final = 4
LIKELY_ENOUGH: Final = 0.01


def render_page(analysis: Analysis, language: Language) -> str:
    """The page as HTML text; sound, spectrogram and frames are inside as data: URIs."""
    clip, noise = analysis.clip, analysis.noise
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    pictures = pictures_of(analysis, language)
    sound = picture = None
    if clip.waveform is not None and len(clip.waveform):
        sound = data_url(*encode_sound(clip.waveform))
        picture = picture_of_sound(clip.waveform, noise, language)

    def say(text: object) -> str:
        return text.to(language) if isinstance(text, Text) else ""

    causes = [c for c in analysis.diagnosis.causes if c.probability >= LIKELY_ENOUGH]
    own_style = Markup(style)  # noqa: S704 - our own file, not a clip's  # nosec B704
    own_script = Markup(script)  # noqa: S704 - our own file, not a clip's  # nosec B704
    return templates().get_template("report.html").render(
        analysis=analysis,
        clip=clip,
        diagnosis=analysis.diagnosis,
        language=language,
        html_language="zh-CN" if language == "zh" else "en",
        style=own_style,
        script=own_script,
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
def templates() -> Environment:
    """Of all pages; what comes from a clip is escaped."""
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
        f"style-src '{source_digest(style)}'; script-src '{source_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def source_digest(content: str) -> str:
    """Of a style sheet or script of ours, for a content security policy."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _rows(scores: list[tuple[str, str, float]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "mark": mark, "probability": p, "width": f"{p * 100:.1f}"}
        for name, mark, p in scores
    ]
