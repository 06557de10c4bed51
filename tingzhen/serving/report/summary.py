"""The sentences that come first in every report for people: verdict, heard, seen, told."""

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import Cause, Circumstances
from tingzhen.language import Language
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.report.phrases import percent, phrase, seconds
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.vocabulary import damage_name

NAMED = 3
MORE_LIKELY = 0.5
STANDS_OUT = 0.25
WORTH_NAMING = 0.3


def suspects(analysis: Analysis) -> tuple[Cause | None, Cause | None]:
    """The cause to name first, and the first of the other group where that is likely as well.

    Mechanical causes exclude each other and visible damages do not, so their probabilities do not
    compare: where a mechanical fault is more likely than not, it comes first.
    """
    diagnosis = analysis.diagnosis
    if diagnosis.verdict not in ("fault_likely", "fault_possible") or not diagnosis.causes:
        return None, None
    first = {cause.group: cause for cause in reversed(diagnosis.causes)}
    mechanical, visible = first.get("mechanical"), first.get("visible")
    if mechanical is None or visible is None:
        return mechanical or visible, None
    inside = analysis.noise.verdict == "abnormal" or diagnosis.something_wrong >= MORE_LIKELY
    named, other = (mechanical, visible) if inside else (visible, mechanical)
    return named, other if other.probability >= WORTH_NAMING else None


def headline(analysis: Analysis, language: Language) -> str:
    """The verdict in one line; a cause is only named where it stands out."""
    verdict = analysis.diagnosis.verdict
    if verdict not in ("fault_likely", "fault_possible"):
        if analysis.diagnosis.drive == "stop":
            return phrase("unsure_but_stop", language)
        if "tyre_bulge" in analysis.damage.doubtful:
            return phrase("unsure_but_tyre", language)
        visible = verdict == "no_fault_found" and analysis.damage.verdict == "damaged"
        return phrase("unsure_but_visible" if visible else verdict, language)
    cause, _ = suspects(analysis)
    if cause is None or cause.probability < STANDS_OUT:
        return phrase(f"{verdict}_bare", language)
    unsure = verdict == "fault_likely" and cause.probability < MORE_LIKELY
    key = "fault_likely_unsure" if unsure else verdict
    return phrase(key, language, cause=cause.name.to(language))


def sureness(analysis: Analysis, language: Language) -> str:
    """How sure the headline is, and the likely cause of the other group; empty without a cause."""
    cause, other = suspects(analysis)
    if cause is None:
        return ""
    chance = percent(cause.probability, language)
    if cause.probability < STANDS_OUT:
        words = phrase("many_causes", language, cause=cause.name.to(language), p=chance)
    else:
        words = phrase("sure", language, p=chance)
    if other is None:
        return words
    chance = percent(other.probability, language)
    return f"{words} · {phrase('also', language, cause=other.name.to(language), p=chance)}"


def heard(analysis: Analysis, language: Language) -> str:
    """What the sound says, in one line."""
    noise = analysis.noise
    words = phrase(f"noise_{noise.verdict}", language)
    if noise.verdict != "abnormal":
        return words
    faults = noise.claimed or [s.type for s in noise.types if s.type in FAULT_NOISES][:1]
    names = [noise.name(type_).to(language) for type_ in faults]
    return _listed(words, names, language)


def seen(analysis: Analysis, language: Language) -> str:
    """What the pictures say, in one line."""
    damage = analysis.damage
    words = phrase(f"damage_{damage.verdict}", language)
    types = damage.claimed
    if damage.verdict == "cannot_tell" and damage.doubtful:
        words, types = phrase("damage_doubtful", language), damage.doubtful
    return _listed(words, [damage_name(type_).to(language) for type_ in types], language)


def shown_in(finding: DamageFinding, language: Language) -> str:
    """In how many pictures of a clip a damage shows, and from when to when."""
    start_s, end_s = finding.span_s
    if finding.frames == 1:
        return phrase("shown_once", language)
    span = phrase("span", language, start=seconds(start_s), end=seconds(end_s))
    return phrase("shown_in", language, n=finding.frames, span=span)


def told(circumstances: Circumstances, language: Language) -> list[tuple[str, str]]:
    """Label and value of each circumstance that was given."""
    vehicle = circumstances.vehicle
    name = " ".join(str(part) for part in (vehicle.make, vehicle.model, vehicle.year) if part)
    comma = "、" if language == "zh" else ", "
    rows: list[tuple[str, str | None]] = [
        ("vehicle", name or None),
        (
            "powertrain",
            vehicle.powertrain and phrase(f"powertrain_{vehicle.powertrain}", language),
        ),
        ("mileage", None if vehicle.mileage_km is None else f"{vehicle.mileage_km:,.0f} km"),
        ("when", comma.join(phrase(f"when_{w}", language) for w in circumstances.when) or None),
        ("speed", None if circumstances.speed_kmh is None else f"{circumstances.speed_kmh:g} km/h"),
        ("ambient", None if circumstances.ambient_c is None else f"{circumstances.ambient_c:g} °C"),
        (
            "humidity",
            None if circumstances.humidity_pct is None else f"{circumstances.humidity_pct:g} %",
        ),
        ("complaint", circumstances.complaint or None),
        ("codes", ", ".join(circumstances.codes) or None),
    ]
    return [(phrase(key, language), value) for key, value in rows if value]


def clip_facts(analysis: Analysis, language: Language) -> str:
    """Kind, duration and size of the clip in one line."""
    clip = analysis.clip
    facts = [phrase(f"kind_{clip.kind}", language)]
    if clip.kind != "photo":
        facts.append(f"{seconds(clip.duration_s)} s")
    if clip.video is not None:
        facts.append(f"{clip.video.width}×{clip.video.height} {clip.video.codec}")
    if clip.audio is not None:
        facts.append(f"{clip.audio.codec} {clip.audio.sample_rate / 1000:g} kHz")
    facts.append(f"{clip.bytes / 1e6:.1f} MB")
    return " · ".join(facts)


def _listed(words: str, names: list[str], language: Language) -> str:
    if not names:
        return words
    shown = ("、" if language == "zh" else ", ").join(names[:NAMED])
    return f"{words}{'：' if language == 'zh' else ': '}{shown}"
