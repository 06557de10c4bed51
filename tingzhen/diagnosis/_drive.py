"""Whether to drive on: the worst advice that is probable enough to matter, never the average."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._complaint import complaint_of, find_words
from tingzhen.diagnosis._fear import Fear
from tingzhen.diagnosis._perceived import claimed_damages
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import Danger, Fault, KnowledgeBase
from tingzhen.diagnosis.result import DiagnosisVerdict, Drive
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings

_SOON: Final = Text(
    "听到异常声音，但原因尚不确定。请温和驾驶、避免高速，并尽快到店检查。",
    "There is an unusual noise whose cause is not certain. Drive gently, stay off the motorway and "
    "have it checked soon.",
)
_OK: Final = Text(
    "录音中未听到异常，也没有发现需要停驶的迹象。若声音或报警灯再次出现，请重新录制。",
    "Nothing unusual is heard and nothing speaks for stopping. Record again if the noise or a "
    "warning lamp comes back.",
)
_UNKNOWN: Final = Text(
    "现有录音和描述不足以判断能否继续行驶。若有报警灯、制动或转向异常、冒烟或异味，请先停车。",
    "The recording and the description do not tell whether it is safe to drive. Stop if a warning "
    "lamp is lit, the brakes or the steering feel different, or there is smoke or a smell.",
)
_ONLY_SEEN: Final = Text(
    "看到的损伤本身不妨碍行驶，但没有可判断的声音，无法确认车辆其他部分是否正常。",
    "The damage that is seen does not keep the vehicle from driving, but nothing could be heard "
    "that tells about the rest of it.",
)
_DOUBTFUL_PICTURE: Final = Text(
    "声音正常，但画面中可能有影响安全的损伤，无法确认。请查看该部位或重新拍摄后再行驶。",
    "It sounds normal, but the picture may show damage that matters for safety and cannot be "
    "judged. Look at the place or photograph it again before driving.",
)
_CHECK_TYRE: Final = Text(
    "画面中的轮胎可能有鼓包，但把握不足；鼓包的轮胎随时会爆。行驶前请先检查这条轮胎：看胎侧、用手摸，"
    "若有鼓起，请不要行驶，换上备胎或拖车。",
    "A tyre in the picture may have a bulge, though this is not certain; a bulge can burst at any "
    "moment. Check this tyre before driving: look along its side wall and feel it. If there is a "
    "bump, do not drive; fit the spare or have it towed.",
)
_STOP_TOGETHER: Final = Text(
    "几种可能的原因都会危及行车安全，虽然每一种单独看都不确定。排除之前请不要行驶。",
    "Several possible causes are dangerous, though none of them is certain by itself. Do not drive "
    "until they are ruled out.",
)


def spoken_danger(knowledge: KnowledgeBase, circumstances: Circumstances) -> Danger | None:
    """The first danger that the complaint names (brake failure, smoke, oil lamp ...), if any."""
    complaint = complaint_of(knowledge, circumstances)
    found = (
        danger for danger in knowledge.dangers if find_words(complaint, danger.words, "danger")
    )
    return next(found, None)


def drive_advice(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    *,
    verdict: DiagnosisVerdict,
    fear: Fear,
    danger: Danger | None,
) -> tuple[Drive, Text]:
    """Drive advice and its reason; the order of these rules is the rule (docs/diagnosis.md)."""
    if danger is not None:
        return "stop", danger.reason
    weighty = _weighty(knowledge, fear.faults)
    stop = next((fault for fault in weighty if fault.drive == "stop"), None)
    stop = stop or _always_stop(knowledge, damage)
    if stop is not None:
        return "stop", stop.drive_reason
    if fear.stops_together >= knowledge.settings.drive_threshold_together:
        return "stop", _STOP_TOGETHER
    drive: Drive = "unknown"
    reason = _UNKNOWN
    if verdict != "cannot_tell":
        drive, reason = _without_danger(knowledge, noise, fear, weighty)
    if doubts_a_tyre(damage):
        also = (reason,) if drive == "soon" else ()
        return "soon", _joined(_CHECK_TYRE, *also)
    if drive == "ok" and _doubtful_picture(knowledge, damage):
        return "unknown", _DOUBTFUL_PICTURE
    return drive, reason


def _without_danger(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    fear: Fear,
    weighty: list[Fault],
) -> tuple[Drive, Text]:
    soon = next((fault for fault in weighty if fault.drive == "soon"), None)
    if soon is not None:
        return "soon", soon.drive_reason
    if noise.verdict == "abnormal" or fear.something_wrong >= knowledge.settings.possible_threshold:
        return "soon", _SOON
    if noise.verdict == "normal":
        return "ok", _OK
    harmless = bool(weighty) and not fear.informed
    return "unknown", _ONLY_SEEN if harmless else _UNKNOWN


def doubts_a_tyre(damage: DamageFindings) -> bool:
    """Whether a bulge is neither reported nor ruled out: that tyre comes before any driving."""
    return "tyre_bulge" in damage.doubtful


def _always_stop(knowledge: KnowledgeBase, damage: DamageFindings) -> Fault | None:
    """The fault behind a claimed damage whose every explanation advises stop: a bulge in a tyre
    means stop however sure it is."""
    for damage_type in sorted(claimed_damages(damage)):
        rows = knowledge.visible.get(damage_type, ())
        faults: list[Fault] = [knowledge.faults[row] for row in rows]
        if faults and all(fault.drive == "stop" for fault in faults):
            return max(faults, key=lambda fault: fault.prior)
    return None


def _joined(*reasons: Text) -> Text:
    return Text("".join(r.zh for r in reasons), " ".join(r.en for r in reasons))


def _doubtful_picture(knowledge: KnowledgeBase, damage: DamageFindings) -> bool:
    """Whether the picture may show something dangerous that is not claimed."""
    if damage.verdict not in ("cannot_tell", "damaged"):
        return False
    claimed = claimed_damages(damage)
    for score in damage.types:
        if score.type in claimed:
            continue
        faults = [knowledge.faults[row] for row in knowledge.visible.get(score.type, ())]
        if any(fault.drive == "stop" for fault in faults):
            stop = sum(f.prior for f in faults if f.drive == "stop") / sum(f.prior for f in faults)
            if score.probability * stop >= knowledge.settings.drive_threshold_visible:
                return True
    return False


def _weighty(knowledge: KnowledgeBase, feared: NDArray[np.float64]) -> list[Fault]:
    """The faults that are probable enough to decide, most probable first."""
    settings = knowledge.settings
    limits = np.full(len(feared), settings.drive_threshold_visible)
    limits[knowledge.mechanical] = settings.drive_threshold
    rows = np.flatnonzero(feared >= limits)
    return [knowledge.faults[row] for row in rows[np.argsort(-feared[rows], kind="stable")]]
