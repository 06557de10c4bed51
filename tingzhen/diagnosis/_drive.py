"""Whether to drive on: the worst advice that is probable enough to matter, never the average."""

from typing import Final

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._complaint import find_words, normal_complaint
from tingzhen.diagnosis._posterior import GroupPosterior
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import Danger, KnowledgeBase
from tingzhen.diagnosis.result import Cause, DiagnosisVerdict, Drive
from tingzhen.language import Text

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
_STOP_TOGETHER: Final = Text(
    "几种可能的原因都会危及行车安全，虽然每一种单独看都不确定。排除之前请不要行驶。",
    "Several possible causes are dangerous, though none of them is certain by itself. Do not drive "
    "until they are ruled out.",
)


def spoken_danger(knowledge: KnowledgeBase, circumstances: Circumstances) -> Danger | None:
    """The first danger that the complaint names (brake failure, smoke, oil lamp ...), if any."""
    complaint = normal_complaint(circumstances.complaint or "")
    found = (danger for danger in knowledge.dangers if find_words(complaint, danger.words))
    return next(found, None)


def drive_advice(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    *,
    verdict: DiagnosisVerdict,
    mechanical: GroupPosterior,
    causes: list[Cause],
    danger: Danger | None,
) -> tuple[Drive, Text]:
    """Drive advice and its reason; the order of these rules is the rule (docs/diagnosis.md).

    causes: of all groups, with every one that is probable enough to matter here.
    """
    stop = _reason_to_stop(knowledge, mechanical, causes, danger)
    if stop is not None:
        return "stop", stop
    if verdict == "cannot_tell":
        return "unknown", _UNKNOWN
    settings = knowledge.settings
    wrong = 1.0 - mechanical.nothing
    heard = noise.verdict == "abnormal"
    soon = next((c for c in causes if c.drive == "soon" and _weighs(knowledge, c)), None)
    if soon is not None or heard or (mechanical.informed and wrong >= settings.possible_threshold):
        return "soon", soon.drive_reason if soon else _SOON
    if noise.verdict == "normal":
        return "ok", _OK
    harmless = bool(causes) and not mechanical.informed
    return "unknown", _ONLY_SEEN if harmless else _UNKNOWN


def _weighs(knowledge: KnowledgeBase, cause: Cause) -> bool:
    settings = knowledge.settings
    if cause.group == "visible":
        return cause.probability >= settings.drive_threshold_visible
    return cause.probability >= settings.drive_threshold


def _reason_to_stop(
    knowledge: KnowledgeBase,
    mechanical: GroupPosterior,
    causes: list[Cause],
    danger: Danger | None,
) -> Text | None:
    if danger is not None:
        return danger.reason
    stop = next((c for c in causes if c.drive == "stop" and _weighs(knowledge, c)), None)
    if stop is not None:
        return stop.drive_reason
    if mechanical.informed:
        stops = [knowledge.faults[row].drive == "stop" for row in mechanical.rows]
        together = float(mechanical.share[stops].sum())
        if together >= knowledge.settings.drive_threshold_together:
            return _STOP_TOGETHER
    return None
