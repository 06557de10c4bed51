"""The report of a kept clip as one page for a person, made from the report and the kept files."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from tingzhen.errors import TingzhenError
from tingzhen.language import Language
from tingzhen.serving.clips.files import frame_of, frames_of, hidden_in, spectrogram_of
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.privacy import Hidden
from tingzhen.serving.records import ClipFrame, ClipRecord
from tingzhen.serving.report.page import LIKELY_ENOUGH, TEMPLATES, source_digest, templates
from tingzhen.serving.report.page_pictures import MARKED_FRAMES, PLAIN_FRAMES, data_url
from tingzhen.serving.report.phrases import minutes, percent, phrase, seconds
from tingzhen.serving.report.summary import STANDS_OUT
from tingzhen.serving.service import Service

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src '{style}'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class ClipPage:
    """policy: Content-Security-Policy, to be sent as a header too."""

    html: str
    policy: str


def clip_page(
    service: Service, record: ClipRecord, language: Language, *, earlier: str | None = None
) -> ClipPage:
    """Self-contained: pictures are inside, nothing is asked of any host. Blocking; pictures that
    cannot be had now are left out.

    earlier: JSON text of an earlier report to show; without a spectrogram then, since what is
    marked in that is of the newest. Raises ClipNotReady, ClipWithoutReport.
    """
    report: dict[str, Any] = json.loads(earlier or clip_report(record, language))
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    policy = _POLICY.format(style=source_digest(style))
    spectrogram, pictures = None, []
    if earlier is None:
        with suppress(TingzhenError):
            spectrogram = data_url("image/png", spectrogram_of(service, record))
    with suppress(TingzhenError):
        frames = frames_of(service, record)
        hidden = hidden_in(service, record, frames)
        pictures = [
            {"url": data_url("image/jpeg", frame_of(service, record, frame.number)),
             "caption": _caption(frame, hidden[frame.number], language)}
            for frame in _shown(frames, report)
        ]  # fmt: skip
    diagnosis = report["diagnosis"]
    own_style = Markup(style)  # noqa: S704 - our own file, not a clip's  # nosec B704
    html = templates().get_template("clip.html").render(
        report=report,
        language=language,
        html_language="zh-CN" if language == "zh" else "en",
        style=own_style,
        policy=policy,
        headline=_headline(diagnosis, language),
        causes=[c for c in diagnosis["causes"] if c["probability"] >= LIKELY_ENOUGH],
        noise_names={score["type"]: score["name"] for score in report["noise"]["types"]},
        spectrogram=spectrogram,
        pictures=pictures,
        t=lambda key, **values: phrase(key, language, **values),
        percent=lambda p: percent(p, language),
        minutes=lambda n: minutes(n, language),
        seconds=seconds,
    )  # fmt: skip
    return ClipPage(html, policy)


def _caption(frame: ClipFrame, hidden: Sequence[tuple[Hidden, bool]], language: Language) -> str:
    words = [phrase("frame_at", language, s=seconds(frame.time_s))]
    if any(over for _, over in hidden):
        words.append(phrase("blur_over_finding", language))
    return " · ".join(words)


def _headline(diagnosis: dict[str, Any], language: Language) -> str:
    verdict, causes = diagnosis["verdict"], diagnosis["causes"]
    if verdict not in ("fault_likely", "fault_possible"):
        return phrase("unsure_but_stop" if diagnosis["drive"] == "stop" else verdict, language)
    if not causes or causes[0]["probability"] < STANDS_OUT:
        return phrase(f"{verdict}_bare", language)
    return phrase(verdict, language, cause=causes[0]["name"])


def _shown(frames: list[ClipFrame], report: dict[str, Any]) -> list[ClipFrame]:
    """Those nearest to what was found; some plain ones if nothing was."""
    found = report["damage"]["findings"]
    if not found:
        return frames[:: max(1, len(frames) // PLAIN_FRAMES)][:PLAIN_FRAMES]
    nearest = {
        min(frames, key=lambda frame: abs(frame.time_s - finding["time_s"])).number
        for finding in found[:MARKED_FRAMES]
    } if frames else set()  # fmt: skip
    return [frame for frame in frames if frame.number in nearest]
