"""What to do after the next test, in order: safety, tests, repairs, a better recording, a watch."""

from typing import Final

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._complaint import complaint_of, find_words
from tingzhen.diagnosis._next_test import RankedTest
from tingzhen.diagnosis.circumstances import Circumstances, When
from tingzhen.diagnosis.knowledge import KnowledgeBase, Recording
from tingzhen.diagnosis.result import Cause, DiagnosisVerdict, Drive, NextTest, PlanStep
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings

_TESTS_SHOWN: Final = 3
_REPAIRS_SHOWN: Final = 3
_RECORDINGS_SHOWN: Final = 2
_WORTH_REPAIRING: Final = 0.1
_SURE: Final = 0.8
_DRIVE_NAMES: Final[dict[Drive, Text]] = {
    "stop": Text("请勿继续行驶", "Do not drive on"),
    "soon": Text("可短途行驶，请尽快检修", "Drive only as far as needed; have it seen to soon"),
    "ok": Text("可以继续行驶", "It can be driven"),
    "unknown": Text("无法判断能否继续行驶", "It cannot be said whether to drive on"),
}
_WATCH: Final = PlanStep(
    "watch", "watch",
    Text("继续观察", "Keep an eye on it"),
    Text("暂不需要检修。若声音再次出现，请在出现的当时录制，并记下冷车或热车、车速、制动或转弯等情况。",
         "No work is needed now. If the noise comes back, record it while it is there and note "
         "whether the engine was cold or warm, the speed, and any braking or turning."),
)  # fmt: skip


def plan_steps(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    *,
    verdict: DiagnosisVerdict,
    drive: Drive,
    drive_reason: Text,
    causes: list[Cause],
    ranked: list[RankedTest],
    next_test: NextTest | None,
) -> list[PlanStep]:
    """The first step always says whether to drive on, and why."""
    steps = [PlanStep("safety", drive, _DRIVE_NAMES[drive], drive_reason)]
    if next_test is not None:
        rest = [r.test for r in ranked if r.test.id != next_test.id]
        steps += [
            PlanStep("test", test.id, test.name, test.how, minutes=test.minutes)
            for test in rest[:_TESTS_SHOWN]
        ]
    if verdict in ("fault_likely", "fault_possible"):
        steps += _repairs(knowledge, causes)
    unheard = noise.verdict in ("cannot_tell", "no_audio")
    if verdict == "cannot_tell" or (unheard and verdict == "no_fault_found"):
        steps += _recordings(knowledge, noise, damage, circumstances)
    if verdict == "no_fault_found":
        steps.append(_WATCH)
    return steps


def _repairs(knowledge: KnowledgeBase, causes: list[Cause]) -> list[PlanStep]:
    steps = []
    worth = [c for c in causes if c is causes[0] or c.probability >= _WORTH_REPAIRING]
    for cause in worth[:_REPAIRS_SHOWN]:
        repair = knowledge.faults[knowledge.tables.row_of[cause.fault]].repair
        sure = cause.probability >= _SURE
        zh = "" if sure else f"检查确认是“{cause.name.zh}”之后："
        en = "" if sure else f"Once the tests confirm “{cause.name.en}”: "
        steps.append(
            PlanStep("repair", cause.fault, Text(f"维修：{cause.name.zh}",
                                                 f"Repair: {cause.name.en}"),
                     Text(zh + repair.steps.zh, en + repair.steps.en),
                     minutes=repair.labour_min, parts=repair.parts, fault=cause.fault)
        )  # fmt: skip
    return steps


def _recordings(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
) -> list[PlanStep]:
    """How to record again: sound first, as it fits the circumstances; then the picture."""
    given = set(circumstances.when) | _said_when(knowledge, circumstances)
    wanted: list[Recording] = []
    if noise.verdict != "normal":
        sounds = [r for r in knowledge.recordings if r.medium == "noise"]
        fitting = [r for r in sounds if given & set(r.when)]
        wanted += (fitting or [r for r in sounds if not r.when])[:_RECORDINGS_SHOWN]
    if damage.verdict == "cannot_tell":
        wanted += [r for r in knowledge.recordings if r.medium == "damage"][:1]
    reasons = (*noise.reasons, *damage.reasons)
    zh = "；".join(reason.zh.rstrip("。") for reason in reasons)
    en = "; ".join(reason.en.rstrip(".") for reason in reasons)
    steps = []
    for index, recording in enumerate(wanted):
        text = recording.how
        if index == 0 and reasons:
            text = Text(f"这次无法判断的原因：{zh}。{text.zh}",
                        f"Why this one could not be judged: {en}. {text.en}")  # fmt: skip
        steps.append(PlanStep("record", recording.id, recording.name, text))
    return steps


def _said_when(knowledge: KnowledgeBase, circumstances: Circumstances) -> set[When]:
    complaint = complaint_of(knowledge, circumstances)
    return {
        when for meaning in knowledge.word_meanings
        if meaning.when and find_words(complaint, meaning.words, "situation")
        for when in meaning.when
    }  # fmt: skip
